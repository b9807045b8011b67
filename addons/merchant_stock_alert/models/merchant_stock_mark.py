import logging
import random
import time
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import psycopg2
import pytz
from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
_MARKS, _AWAKE = "merchant_stock_mark", "merchant_stock_awake"
BATCH = 2000
FEW = 50  # products
TRIES = 8
# Seconds: the evaluation stays awake for a moment after it found something, so that in a busy warehouse it is woken now
# and then instead of with every delivery; but one of the server's few job workers is taken meanwhile.
LINGER, LOOK_EVERY, LONGEST = 2, 0.2, 10


class MerchantStockMark(models.Model):
    """A product in a warehouse whose stock changed and that is to be looked at again.

    Rows are only ever added, by one statement at the end of the transaction that changed the stock, and taken away by
    the evaluation; without links, so that adding one waits for nobody. No product means: everything in the warehouse;
    no warehouse means: wherever the product is.
    """

    _name = "merchant.stock.mark"
    _description = "Stock Change to Evaluate"
    _log_access = False

    product_id = fields.Integer()
    warehouse_id = fields.Integer()
    since = fields.Date(help="The sales of the days from here on changed; empty: only those of today.")

    # -- marking --------------------------------------------------------------------------------------------------

    @api.model
    def _mark(self, pairs, since=None):
        """Remember to look at these again; written with the transaction, gone with it.

        :param pairs: iterable of (product id, warehouse id), either may be None
        :param since: the first local day whose sales changed
        """
        precommit = self.env.cr.precommit
        if _MARKS not in precommit.data:
            precommit.data[_MARKS] = {}
            precommit.add(self._write_marks)
        marks = precommit.data[_MARKS]
        for pair in pairs:
            known = marks.get(pair)
            marks[pair] = min(known, since) if known and since else known or since

    def _write_marks(self):
        marks = self.env.cr.precommit.data.pop(_MARKS, None)
        if not marks:
            return
        products, warehouses, since = zip(*((*pair, day) for pair, day in marks.items()), strict=True)
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO merchant_stock_mark (product_id, warehouse_id, since)"
                " SELECT * FROM unnest(%s::int[], %s::int[], %s::date[]) RETURNING id",
                list(products),
                list(warehouses),
                list(since),
            )
        )
        self.env.cr.postcommit.add(partial(self._wake, min(rows)[0]))

    # -- waking ---------------------------------------------------------------------------------------------------

    def _wake(self, first):
        """Have the evaluation run, unless it is awake or somebody who marked before has woken it.

        Asked when the marks are there for others to see: whoever is awake looks at the marks once more after it fell
        asleep, and whoever takes the earlier mark looks again after it. Waking costs more than marking: Odoo opens a
        connection for it. If it fails the evaluation finds the marks with the next minute.

        :param first: the smallest id of the marks that were committed
        """
        for _attempt in range(TRIES):
            try:
                return self._wake_once(first)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:  # the evaluation ended at this very moment
                trouble = error
            except psycopg2.Error as error:
                trouble = error
                break
        _logger.warning("The stock evaluation was not woken, it runs with the next minute: %s", trouble)
        return None

    def _wake_once(self, first):
        with self.env.registry.cursor() as cr:
            marks = self.with_env(self.env(cr=cr, su=True))  # whoever moves stock need not know of jobs
            if marks._is_asleep(first):
                marks._cron()._trigger()

    def _is_asleep(self, first):
        self.env.cr.execute(
            SQL(
                "SELECT pg_try_advisory_xact_lock_shared(hashtext(%s))"
                " AND NOT EXISTS (SELECT 1 FROM merchant_stock_mark WHERE id < %s)",
                _AWAKE,
                first,
            )
        )
        return self.env.cr.fetchone()[0]

    @contextmanager
    def _awake(self):
        """While this is held nobody wakes the evaluation; afterwards it has to look at the marks once more."""
        self.env.cr.execute(SQL("SELECT pg_advisory_lock(hashtext(%s))", _AWAKE))
        try:
            yield
        finally:
            self.env.cr.rollback()  # an error leaves a transaction that takes no statement
            self.env.cr.execute(SQL("SELECT pg_advisory_unlock(hashtext(%s))", _AWAKE))
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _cron(self):
        return self.env.ref("merchant_stock_alert.ir_cron_evaluate")

    @api.model
    def _mark_everything(self):
        """Have all warehouses looked at."""
        # all companies' warehouses: whoever asks, the marks say nothing but that something is to be counted
        warehouses = self.env["stock.warehouse"].sudo().with_context(active_test=False).search([])
        self._mark((None, warehouse.id) for warehouse in warehouses)

    # -- evaluating -----------------------------------------------------------------------------------------------

    @api.model
    def _cron_evaluate(self):
        """Look at what changed, begin new days, wake snoozed alerts, escalate forgotten ones; commits as it goes."""
        self._repeat(self._begin_days)
        with self._awake():
            self._attend()
        if self.env.execute_query(SQL("SELECT EXISTS (SELECT 1 FROM merchant_stock_mark)"))[0][0]:
            self._cron()._trigger()
        self._repeat(self.env["merchant.stock.alert"]._wake_and_escalate)

    def _attend(self):
        """Evaluate what is marked and what is marked soon after; not for long, other jobs want their turn, too."""
        now = time.monotonic
        begun, linger = now(), LINGER if self.env.context.get("cron_id") else 0
        seen = None
        while now() < begun + LONGEST:
            self.env.invalidate_all(flush=False)
            if self._repeat(self._evaluate_marks):
                seen = now()
            elif seen is None or now() >= seen + linger:
                return
            else:
                time.sleep(LOOK_EVERY)

    def _repeat(self, step):
        """Run a step in a transaction of its own, again when another worker was quicker at the same products."""
        for attempt in range(TRIES):
            try:
                result = step()
                self.env.cr.commit()  # pylint: disable=invalid-commit
                return result
            except OperationalError as error:
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                if attempt == TRIES - 1 or not isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                    raise
                _logger.info("Stock evaluation is repeated: %s", str(error).splitlines()[0])
                # not in step with whoever was quicker
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        return None

    @api.model
    def _evaluate_marks(self, limit=BATCH):
        """Evaluate the oldest marks, unless another worker is at it: what is marked meanwhile wakes the next one.

        :return: the number of marks taken
        """
        self._write_marks()
        self.env.flush_all()
        # two at the same products would only undo each other's work; the lock ends with the transaction
        if not self.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", _MARKS))[0][0]:
            return 0
        rows = self.env.execute_query(
            SQL(
                "DELETE FROM merchant_stock_mark WHERE id IN (SELECT id FROM merchant_stock_mark ORDER BY id LIMIT %s"
                " FOR UPDATE SKIP LOCKED) RETURNING product_id, warehouse_id, since",
                limit,
            )
        )
        if rows:
            self._evaluate_taken(rows)
        return len(rows)

    def _evaluate_taken(self, rows):
        """:param rows: [(product, warehouse, since)]"""
        companies = self._warehouses_by_company()
        whole = {warehouse for product, warehouse, _since in rows if product is None}
        since = {}
        for product, warehouse, day in rows:
            if product is not None and warehouse not in whole:
                since[product, warehouse] = min(filter(None, (since.get((product, warehouse)), day)), default=None)
        for company, warehouses in companies.items():
            if wanted := whole & warehouses or (None in whole and warehouses):
                self._evaluate_warehouses(company, wanted)
            pairs = {pair: day for pair, day in since.items() if pair[1] is None or pair[1] in warehouses}
            if pairs:
                company.fetch(["stock_alert_tz", "stock_alert_window", "currency_id"])  # not all the rest of a company
                self._evaluate_pairs(company, pairs)

    def _warehouses_by_company(self):
        self.env.cr.execute(SQL("SELECT company_id, array_agg(id) FROM stock_warehouse GROUP BY company_id ORDER BY 1"))
        return {self.env["res.company"].browse(company): set(ids) for company, ids in self.env.cr.fetchall()}

    def _evaluate_pairs(self, company, since):
        """:param since: {(product, warehouse or None): first day whose sales changed, or None}"""
        figures = self.env["merchant.stock.figures"]
        # for a few, finding the best order of joins would take longer than joining them in the order it is written
        joins = SQL("1") if len(since) <= FEW else SQL("DEFAULT")
        self.env.cr.execute(SQL("SET LOCAL join_collapse_limit = %s; SET LOCAL jit = off", joins))
        today = figures._today(company)
        ids, days = figures._positions(company, since)
        if not ids:
            return
        figures._refresh_stock(company, ids, always=True)
        figures._refresh_days(company, today, ids, days)
        figures._refresh_demand(company, today, ids)
        figures._refresh_lead(company, ids)
        self._judge(company, today, ids)

    def _evaluate_warehouses(self, company, warehouses):
        """All of some warehouses: what is new there is counted with its history, the rest is put right."""
        figures = self.env["merchant.stock.figures"]
        # one pass over everything: hash tables that fit, no compiler for statements that run once, and several cores,
        # for which PostgreSQL sees no reason because it expects every row to differ
        self.env.cr.execute(
            "SET LOCAL work_mem = '256MB'; SET LOCAL jit = off; SET LOCAL join_collapse_limit TO DEFAULT;"
            " SET LOCAL parallel_tuple_cost = 0.001; SET LOCAL parallel_setup_cost = 100"
        )
        today = figures._today(company)
        figures._discover(company, sorted(warehouses))
        figures._refresh_stock(company)
        uncounted, stale = figures._uncounted(company, today)
        if uncounted:
            figures._refresh_days(company, today, uncounted)
            # thousands of new rows: without statistics the averages would be joined row by row
            self.env.cr.execute("ANALYZE merchant_stock_position, merchant_stock_day")
        if stale:
            figures._refresh_demand(company, today, stale=True)
        figures._refresh_lead(company)
        self._judge(company, today)

    def _judge(self, company, today, ids=None):
        changed = self.env["merchant.stock.judge"]._judge(company, today, ids)
        self.env["merchant.stock.alert"]._sync(company, ids, changed)
        self.env["merchant.stock.position"].invalidate_model()

    @api.model
    def _begin_days(self):
        """Companies whose local day began: averages move on, and once a month the classes."""
        for company in self.env["res.company"].sudo().search([]):
            today = self.env["merchant.stock.figures"]._today(company)
            if company.stock_alert_day != today:
                self._begin_day(company, today)

    def _begin_day(self, company, today):
        figures = self.env["merchant.stock.figures"]
        new_month = not company.stock_alert_day or company.stock_alert_day.month != today.month
        warehouses = self._warehouses_by_company().get(company)
        company.stock_alert_day = today
        self.env.flush_all()
        if not warehouses:
            return
        self._evaluate_warehouses(company, warehouses)
        if new_month:
            figures._classify(company, today)
            self._judge(company, today)

    @api.model
    def _evaluate_everything(self, company):
        """The full pass of one company: equal to what the marks would have led to, whatever happened to them."""
        self.env.flush_all()
        self._evaluate_warehouses(company, self._warehouses_by_company().get(company, set()))


def local_day(moment, zone):
    """:param moment: naive UTC datetime; :return: the date in that time zone"""
    return pytz.utc.localize(moment or datetime.utcnow()).astimezone(pytz.timezone(zone)).date()
