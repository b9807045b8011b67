import json
import logging
import traceback
from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta, timezone

from psycopg2 import errors as pg

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL

from odoo.addons.merchant_base import cipher
from odoo.addons.merchant_base.fields import ReasonCode
from odoo.addons.merchant_base.transaction import CONCURRENCY
from odoo.addons.queue_job.exception import RetryableJobError

from ..core import check, version
from ..core.errors import ChannelError
from ..quiet_sql import values_withheld

_logger = logging.getLogger(__name__)

# How an order came in.
ORIGINS = [
    ("pull", "Pulled"),
    ("push", "API"),
    ("sheet", "Sheet"),
    ("message", "Message"),
    ("webhook", "Webhook"),
    ("hand", "By hand"),
]
# Orders in one transaction: long enough to share the work, short enough not to keep stock locked.
BATCH = 100
# Where others keep changing the same stock a batch shrinks to this few, which are done before anybody comes between.
SMALLEST = 5
# Goods and buyers that a batch holds one by one.
MOST_NEEDS = 500
# Seconds that a batch waits for its turn; then its worker does something else first.
TURN = 10
LARGEST_PAYLOAD = 2 * 1024 * 1024
LONGEST_REASON = 500
# Another transaction made the same at the same moment: what it made is seen when the whole is repeated.
MADE_AT_ONCE = {
    "res_partner_merchant_buyer_uniq",
    "merchant_listing_sku_uniq",
    "sale_order_merchant_platform_order_uniq",
}
# A row read at least this long after it was changed cannot change again within the same second.
SETTLED = timedelta(seconds=5)
# What a person may accept as it is; wrong amounts, for one, may not.
ACCEPTABLE = (
    "zero_price",
    "missing_province",
    "unknown_province",
    "missing_district",
    "missing_address",
    "missing_phone",
    "bad_phone",
    "closed_after_shipping",
    "refunded_after_shipping",
    "address_after_shipping",
    "new_lines",
    "reopened",
    "total_changed",
)


class _Explanation(str):
    """Stands in for a payload that cannot be opened; a payload may itself be a text."""


class MerchantInbox(models.Model):
    """What platforms, sheets and scripts handed over, as it came: one row for each version of each order.

    Rows come in by :meth:`push` and :meth:`_store` alone and are only ever added. Processing takes the newest version
    of an order, once, under a lock; older ones are marked superseded. So repeated, late and reordered deliveries are
    harmless, and nothing that came in is lost.
    """

    _name = "merchant.inbox"
    _description = "Order Inbox"
    _inherit = ["merchant.guarded"]
    _order = "id desc"
    _rec_name = "order_ref"

    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    order_ref = fields.Char("Platform Order", required=True, readonly=True, index=True)
    digest = fields.Char("Version", required=True, readonly=True, size=64)
    modified_at = fields.Datetime("Changed on the Platform", readonly=True)
    received_at = fields.Datetime("Received", required=True, readonly=True, default=fields.Datetime.now)
    processed_at = fields.Datetime("Processed", readonly=True)
    origin = fields.Selection(ORIGINS, required=True, readonly=True)
    origin_ref = fields.Char("Where From", readonly=True, help="For a sheet: its name and row.")
    state = fields.Selection(
        [("new", "New"), ("done", "Done"), ("held", "Held"), ("superseded", "Superseded")],
        required=True,
        readonly=True,
        default="new",
    )
    problems = fields.Json(readonly=True, help="[{code, params}], the first one most telling.")
    reason_code = ReasonCode("Reason in Short", readonly=True, index=True)
    reason = fields.Char(compute="_compute_reason")
    why = fields.Json(compute="_compute_reason", string="Why?")
    accepted = fields.Json(readonly=True, help="Problems that a person accepted for this order: [{code, params}].")
    attempts = fields.Integer(readonly=True)
    next_try_at = fields.Datetime(readonly=True)
    listing_ids = fields.Many2many(
        "merchant.listing", string="Waits For", readonly=True, help="Listings without a product that this order needs."
    )
    sale_order_id = fields.Many2one("sale.order", string="Order", readonly=True, index=True, ondelete="set null")
    # a summary for lists, taken from the payload when it was read
    platform_status = fields.Char("Platform's Word", readonly=True)
    buyer = fields.Char(readonly=True)
    province = fields.Char(readonly=True)
    total = fields.Float(digits=(16, 2), readonly=True)
    line_summary = fields.Char("Lines", readonly=True)
    payload = fields.Binary(
        attachment=False, readonly=True, prefetch=False, groups="base.group_system", help="Compressed and encrypted."
    )
    payload_text = fields.Text(
        "As It Came", compute="_compute_payload_text", groups="merchant_base.group_clerk,merchant_base.group_auditor"
    )

    _version_uniq = models.Constraint(
        "UNIQUE (shop_id, order_ref, digest)", "This version of the order is in the inbox already."
    )
    _shop_idx = models.Index("(shop_id, id)")
    _new_idx = models.Index("(shop_id, id) WHERE state = 'new'")
    _held_idx = models.Index("(shop_id, reason_code) WHERE state = 'held'")

    @api.depends("problems", "reason_code")
    @api.depends_context("lang")
    def _compute_reason(self):
        Reason = self.env["merchant.reason"]
        known = Reason._sentences()
        for row in self:
            sentences = [
                Reason._sentence(problem["code"], problem.get("params"), known) for problem in row.problems or []
            ]
            row.reason = " ".join(sentences[:3]) or Reason._sentence(row.reason_code, None, known)
            row.why = (
                {
                    "summary": sentences[0] if sentences else row.reason,
                    "steps": [
                        {"state": "bad" if row.state == "held" else "info", "text": sentence} for sentence in sentences
                    ],
                }
                if sentences
                else False
            )

    def _compute_payload_text(self):
        payloads = self._payloads()
        for row in self:
            text = json.dumps(payloads.get(row.id), ensure_ascii=False, indent=2, default=str)
            row.payload_text = check.mask_phones(text)

    # -- in ---------------------------------------------------------------------------------------------------------

    @api.model
    def push(self, shop, orders):
        """Hand in orders over the API (JSON-2: ``/json/2/merchant.inbox/push``). Safe to repeat.

        :param shop: id or name of the shop
        :param orders: list of orders in the format of docs/api.md
        :return: one ``{order_id, inbox_id, state}`` for each order, in their order; ``state`` is ``new`` or ``known``
        """
        self.check_access("create")
        shop = self._shop_of(shop)
        if not isinstance(orders, list):
            raise UserError(self.env._("“orders” must be a list of orders."))
        payloads = [identity for order in orders for identity in shop._identify(order)]
        rows = self._store(shop, payloads, "push")
        shop._enqueue_process()
        return [
            {"order_id": ref, "inbox_id": row_id, "state": "new" if fresh else "known"} for ref, row_id, fresh in rows
        ]

    @api.model
    def order_states(self, shop, order_ids):
        """What became of orders, for scripts (JSON-2: ``/json/2/merchant.inbox/order_states``).

        :return: ``{order_id: {inbox_state, reason, order, state, delivery, tracking: [...], total}}``; unknown ids
            are left out
        """
        shop = self._shop_of(shop)
        rows = self.search(
            [("shop_id", "=", shop.id), ("order_ref", "in", list(order_ids)), ("state", "!=", "superseded")], order="id"
        )
        return {row.order_ref: row._state_for_scripts() for row in rows}

    def _state_for_scripts(self):
        order = self.sale_order_id
        return {
            "inbox_state": self.state,
            "reason": self.reason or "",
            "order": order.name or "",
            "state": order.state or "",
            "hold": order.merchant_hold_reason or "",
            "delivery": order.delivery_status or "",
            "tracking": [ref for ref in order.picking_ids.mapped("carrier_tracking_ref") if ref],
            "total": order.amount_total,
        }

    @api.model
    def _shop_of(self, shop):
        domain = [("id", "=", shop)] if isinstance(shop, int) else [("name", "=", str(shop))]
        found = self.env["merchant.shop"].search(domain, limit=2)
        if len(found) != 1:
            raise UserError(
                self.env._("There is no shop “%(shop)s” that you may use: give its id or its exact name.", shop=shop)
            )
        return found

    @api.model
    def _store(self, shop, payloads, origin, origin_refs=None):
        """Add raw payloads, in one statement; a version that is there already is left alone.

        :param payloads: ``[(order id, modified or None, raw order)]``
        :param origin_refs: for sheets, where each came from
        :return: ``[(order ref, inbox id, fresh)]``, one for each payload, in their order
        """
        now = fields.Datetime.now()
        rows = []
        for number, (order_ref, modified, raw) in enumerate(payloads):
            text = version.canonical(raw)
            digest = version.digest(text)
            rows.append(
                (
                    shop.id,
                    shop.company_id.id,
                    _clean(order_ref) or f"?{digest[:16]}",
                    digest,
                    _utc(modified),
                    now,
                    origin,
                    origin_refs[number] if origin_refs else None,
                    cipher.pack(text),
                    self.env.uid,
                    self.env.uid,
                    now,
                    now,
                )
            )
        fresh = self._insert(rows)
        known = self._ids_of(shop, rows)
        return [(row[2], known[row[2], row[3]], known[row[2], row[3]] in fresh) for row in rows]

    def _insert(self, rows):
        """Ids of the rows that were not there before."""
        if not rows:
            return set()
        values = SQL(", ").join(
            SQL("(%s, 'new', 0)", SQL(", ").join(SQL("%s", value) for value in row)) for row in rows
        )
        self.env.cr.execute(
            SQL(
                """
            INSERT INTO merchant_inbox (shop_id, company_id, order_ref, digest, modified_at, received_at, origin,
            origin_ref, payload,
                                        create_uid, write_uid, create_date, write_date, state, attempts)
            VALUES %s ON CONFLICT (shop_id, order_ref, digest) DO NOTHING
            RETURNING id
            """,
                values,
            )
        )
        return {row_id for (row_id,) in self.env.cr.fetchall()}

    def _ids_of(self, shop, rows):
        self.env.cr.execute(
            SQL(
                "SELECT order_ref, digest, id FROM merchant_inbox WHERE shop_id = %s AND order_ref IN %s",
                shop.id,
                tuple({row[2] for row in rows}) or ("",),
            )
        )
        return {(order_ref, digest): row_id for order_ref, digest, row_id in self.env.cr.fetchall()}

    @api.model
    def _not_yet_stored(self, shop, listed):
        """Order ids of a list page whose version is not in the inbox.

        :param listed: ``{order id: (modified or None, raw)}``
        """
        self.env.cr.execute(
            SQL(
                "SELECT order_ref, modified_at, received_at FROM merchant_inbox"
                " WHERE shop_id = %s AND order_ref IN %s AND modified_at IS NOT NULL",
                shop.id,
                tuple(listed) or ("",),
            )
        )
        settled = {
            (ref, modified) for ref, modified, received in self.env.cr.fetchall() if received >= modified + SETTLED
        }
        return [order_id for order_id, (modified, _raw) in listed.items() if (order_id, _utc(modified)) not in settled]

    # -- processing -------------------------------------------------------------------------------------------------

    @api.model
    def _shops_with_work(self):
        """Shops with rows to process now; the safety net behind lost jobs."""
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT shop_id FROM merchant_inbox"
                " WHERE state = 'new' AND (next_try_at IS NULL OR next_try_at <= %s)",
                fields.Datetime.now(),
            )
        )
        return self.env["merchant.shop"].browse(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _process_in_turn(self, shop, limit=BATCH):
        """Process a batch in a transaction of its own, when it is its turn at its goods and buyers.

        A transaction sees what was there as it began: one that has to wait for another's stock in the middle of its
        work has seen old figures, fails, and its work is lost. So who needs the same goods waits before it begins.
        Others who move these goods (a warehouse hand) may still come between: then fewer orders at once are tried,
        which take less time.

        :return: True when there are more
        """
        try:
            with self._turn(shop, limit) as refs, self._afresh() as inbox:
                return bool(refs) and inbox._process_shop(shop.with_env(inbox.env), limit, refs)
        except (*CONCURRENCY, ConcurrencyError) as problem:
            if limit <= SMALLEST or isinstance(problem, pg.LockNotAvailable):
                raise RetryableJobError("Others are at the same goods", seconds=2, ignore_retry=True) from problem
        return self._process_in_turn(shop, max(limit // 5, SMALLEST))

    @contextmanager
    def _turn(self, shop, limit):
        """Hold what a batch is going to need, on a connection of its own; give the batch's order ids.

        All batches take their locks in the same order, so none waits for another in a circle.
        """
        with self._afresh() as inbox:
            refs = [ref for (ref,) in inbox.env.execute_query(inbox._waiting(shop, limit))]
            inbox.env.cr.execute(SQL("SET LOCAL lock_timeout = %s", f"{TURN}s"))
            inbox._hold(inbox._needs(shop.with_env(inbox.env), refs))
            yield refs

    def _hold(self, needs):
        """Wait until no other batch is at any of these; until this transaction ends no other begins.

        A batch of very many goods waits for all others instead, and they for it: PostgreSQL's memory for locks is
        limited, and such a batch would meet most of them anyway.
        """
        alone = len(needs) > MOST_NEEDS
        lock = SQL("pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared")
        needed = [SQL("SELECT %s(hashtext('merchant.inbox'))", lock)]
        if not alone:
            needed.append(
                SQL(
                    "SELECT pg_advisory_xact_lock(hashtext('merchant.inbox'), key)"
                    "  FROM (SELECT DISTINCT hashtext(unnest(%s::text[])) AS key ORDER BY key) AS needs",
                    list(needs),
                )
            )
        for query in needed:
            self.env.cr.execute(query, log_exceptions=False)  # another's turn is no error

    @contextmanager
    def _afresh(self):
        """This model in a transaction that sees what is committed by now; tests, which must not commit, replace it."""
        with self.env.registry.cursor() as cr:
            yield self.with_env(self.env(cr=cr))

    def _needs(self, shop, refs):
        """Names of the goods and buyers of these orders; what cannot be read is held later, with its reason."""
        rows = self.search([("shop_id", "=", shop.id), ("order_ref", "in", refs), ("state", "=", "new")])
        read = rows._read(shop, expected=Exception)
        orders = [order for order in read.values() if not isinstance(order, Exception)]
        return self.env["merchant.order.builder"].with_company(shop.company_id)._needs(shop, orders)

    @api.model
    def _process_shop(self, shop, limit=BATCH, refs=None):
        """Process a batch of a shop's new rows.

        :param refs: only these orders
        :return: True when there are more
        :raises psycopg2.Error, ConcurrencyError: others were at the same rows: the transaction is to be repeated
        """
        rows = self._take(shop, limit, refs)
        if not rows:
            # another job took these while this one waited for its turn, and counts on it for what came after them
            return bool(refs and self._shops_with_work() & shop)
        rows._process(whole=limit > SMALLEST)
        return len(rows) >= limit or bool(self._shops_with_work() & shop)

    def _take(self, shop, limit, refs=None):
        """Lock the newest new version of up to ``limit`` orders and mark the older ones superseded.

        The lock is on the order, not on its rows: two versions of one order never run side by side.

        :param refs: only these orders
        """
        while locked := self._lock_orders(shop, limit, refs):
            if rows := self._newest(shop, locked):  # or all were older than what is done: look for others
                return rows
        return self.browse()

    def _lock_orders(self, shop, limit, refs):
        self.env.cr.execute(
            SQL(
                "WITH waiting AS MATERIALIZED (%s)"
                " SELECT order_ref FROM waiting WHERE pg_try_advisory_xact_lock(%s, hashtext(order_ref))"
                " ORDER BY first",
                self._waiting(shop, limit, refs, SQL(", MIN(id) AS first")),
                shop.id,
            )
        )
        return [ref for (ref,) in self.env.cr.fetchall()]

    def _waiting(self, shop, limit, refs=None, more=None):
        """The query for the order ids that are to be processed now, the longest waiting first."""
        self.env["merchant.inbox"].flush_model(["state", "next_try_at"])
        return SQL(
            """
            SELECT order_ref %(more)s FROM merchant_inbox
             WHERE shop_id = %(shop)s AND state = 'new' AND (next_try_at IS NULL OR next_try_at <= %(now)s)
               AND %(wanted)s
             GROUP BY order_ref ORDER BY MIN(id) LIMIT %(limit)s
            """,
            more=more or SQL(),
            shop=shop.id,
            now=fields.Datetime.now(),
            limit=limit,
            wanted=SQL("order_ref IN %s", tuple(refs)) if refs else SQL("TRUE"),
        )

    def _newest(self, shop, refs):
        self.env.cr.execute(
            SQL(
                """
            WITH ranked AS (
                SELECT id, state,
                       ROW_NUMBER() OVER (PARTITION BY order_ref ORDER BY modified_at DESC NULLS LAST, id DESC) AS rank
                  FROM merchant_inbox
                 WHERE shop_id = %(shop)s AND order_ref IN %(refs)s AND state != 'superseded'
            ), old AS (
                UPDATE merchant_inbox SET state = 'superseded', processed_at = %(now)s
                 WHERE id IN (SELECT id FROM ranked WHERE rank > 1 AND state IN ('new', 'held'))
            )
            SELECT id FROM ranked WHERE rank = 1 AND state = 'new' ORDER BY id
            """,
                shop=shop.id,
                refs=tuple(refs),
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model(["state", "processed_at"])
        return self.browse(row_id for (row_id,) in self.env.cr.fetchall())

    def _process(self, whole=False):
        """Process rows together; when that fails, halve, until the one that fails stands alone and is held.

        :param whole: what another transaction made at the same moment is no reason to halve: all is to be repeated
        """
        if not self:
            return
        try:
            with values_withheld(), self.env.cr.savepoint():
                self._understand()
                self.env.flush_all()
        except CONCURRENCY:
            raise
        except Exception as problem:  # noqa: BLE001 - one bad record must stop only itself; _hold_failed logs and shows it
            if whole and isinstance(problem, pg.UniqueViolation) and problem.diag.constraint_name in MADE_AT_ONCE:
                raise ConcurrencyError(problem.diag.constraint_name) from problem
            self.env.invalidate_all()
            if len(self) == 1:
                self._hold_failed(problem)
                return
            middle = len(self) // 2
            self[:middle]._process()
            self[middle:]._process()

    def _understand(self):
        """Read the payloads; hold what is unreadable, hand the rest to the order builder, shop by shop."""
        for shop, rows in self.grouped("shop_id").items():
            readable = []
            for row, order in rows._read(shop).items():
                if isinstance(order, Exception):
                    words = check.mask_phones(str(order))[:LONGEST_REASON]
                    row._finish("held", [{"code": "unreadable", "params": {"error": words}}])
                else:
                    readable.append((row, order))
            self.env["merchant.order.builder"].with_company(shop.company_id)._take(shop, readable)

    def _read(self, shop, expected=(ChannelError, ValueError)):
        """``{row: ChannelOrder, or the exception that says why it cannot be read}``; others than expected are raised"""
        payloads, found = self._payloads(), {}
        for row in self:
            try:
                if isinstance(payloads[row.id], _Explanation):
                    raise ValueError(payloads[row.id])
                [found[row]] = shop._core("mapping").to_orders(payloads[row.id])
            except expected as problem:
                found[row] = problem
        return found

    def _payloads(self):
        """``{id: raw order}``; a payload that is too large or under a lost key is an explanation instead."""
        if not self.ids:
            return {}
        self.env.cr.execute(SQL("SELECT id, payload FROM merchant_inbox WHERE id IN %s", tuple(self.ids)))
        return {row_id: self._open(payload) for row_id, payload in self.env.cr.fetchall()}

    def _open(self, payload):
        try:
            text = cipher.unpack(payload)
        except (cipher.KeyWrong, cipher.KeyMissing):
            return _Explanation(self.env._("Stored with a key that the server does not have any more."))
        if len(text) > LARGEST_PAYLOAD:
            size, limit = round(len(text) / 2**20, 1), LARGEST_PAYLOAD // 2**20
            return _Explanation(self.env["merchant.reason"]._sentence("too_large", {"size": size, "limit": limit}))
        return json.loads(text)

    def _finish(self, state, problems=(), **values):
        """Write down the outcome of processing."""
        problems = list(problems)
        self.write(
            {
                "state": state,
                "problems": problems or False,
                "reason_code": problems[0]["code"] if problems else False,
                "processed_at": fields.Datetime.now(),
                "attempts": self.attempts + 1 if len(self) == 1 else 1,
                "next_try_at": False,
                **values,
            }
        )

    def _hold_failed(self, problem):
        """Hold the one row that could not be processed, with a reason a clerk understands."""
        if isinstance(problem, pg.UniqueViolation) and self.attempts < 5:
            # most likely another job just made the same buyer: the next try finds it
            self.write({"attempts": self.attempts + 1, "next_try_at": fields.Datetime.now() + timedelta(seconds=5)})
            return
        if isinstance(problem, (UserError, AccessError)):
            words = check.mask_phones(str(problem.args[0] if problem.args else problem))[:LONGEST_REASON]
            self._finish("held", [{"code": "failed", "params": {"error": words}}])
            return
        reference = f"inbox-{self.id}-{self.attempts + 1}"
        # the error's own words may hold a name, a number or an address: its kind and place have to do
        place = "".join(traceback.format_tb(problem.__traceback__))
        _logger.error("Order could not be processed (%s): %s at\n%s", reference, type(problem).__name__, place)
        self._finish("held", [{"code": "crashed", "params": {"reference": reference}}])

    # -- by hand ----------------------------------------------------------------------------------------------------

    def action_retry(self):
        """Process again, now for a few, in the background for many."""
        rows = self._acting().filtered(lambda row: row.state in ("held", "new"))
        rows._requeue()
        if len(rows) <= 20:
            for shop, mine in rows.grouped("shop_id").items():
                mine.flush_recordset()
                mine._take(shop, len(mine), mine.mapped("order_ref"))._process()
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "%(count)s orders are tried again in the background; what still cannot go on comes back here.",
                    count=len(rows),
                ),
                "type": "info",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_accept(self):
        """Take held orders as they are where a person may decide that."""
        for row in self._acting().filtered(lambda row: row.state == "held"):
            codes = [problem["code"] for problem in row.problems or []]
            if final := [code for code in codes if code not in ACCEPTABLE]:
                raise UserError(
                    self.env._(
                        "%(order)s cannot be accepted as it is: %(reason)s",
                        order=row.order_ref,
                        reason=self.env["merchant.reason"]._sentence(
                            final[0], next(p.get("params") for p in row.problems if p["code"] == final[0])
                        ),
                    )
                )
            row.accepted = [
                *(row.accepted or []),
                *(problem for problem in row.problems or [] if problem not in (row.accepted or [])),
            ]
        return self.action_retry()

    def action_view_order(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.sale_order_id.id,
            "views": [(False, "form")],
        }

    def action_view_listings(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_channel.merchant_listing_action")
        return {**action, "domain": [("id", "in", self.listing_ids.ids)], "context": {}}

    def _requeue(self):
        rows = self.filtered(lambda row: row.state in ("held", "new"))
        rows.write({"state": "new", "next_try_at": False})
        for shop in rows.shop_id:
            shop._enqueue_process()

    @api.model
    def _waiting_for(self, listings):
        """``{listing: held inbox rows that need it}``."""
        rows = self.search([("state", "=", "held"), ("listing_ids", "in", listings.ids)])
        waiting = defaultdict(self.browse)
        for row in rows:
            for listing in row.listing_ids & listings:
                waiting[listing] |= row
        return waiting


def _utc(moment):
    """An aware moment as Odoo stores it."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if moment else None


def _clean(text):
    return version.whole(str(text)).replace("\x00", "").strip()[:120]
