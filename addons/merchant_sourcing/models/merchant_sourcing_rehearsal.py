import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..core.decide import SHIP, SOURCED, Decision, settle
from ..core.replay import figures, replay

ORDERS_AT_MOST, CHUNK = 20_000, 1_000
# Played while the user waits; more orders are played by a job.
AT_ONCE = 300
_logger = logging.getLogger(__name__)


class MerchantSourcingRehearsal(models.Model):
    """A rule set played on the real orders of past days, beside another set or what really happened. Stock starts as it
    was on the first day and goods arrive as they did; nothing is written to the orders."""

    _name = "merchant.sourcing.rehearsal"
    _description = "Sourcing Rehearsal"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    ruleset_id = fields.Many2one(
        "merchant.sourcing.ruleset", string="Rules", required=True, check_company=True, ondelete="cascade"
    )
    compare_with = fields.Selection(
        [("live", "The live rules"), ("actual", "What really happened")],
        required=True,
        default="actual",
        string="Beside",
    )
    date_from = fields.Date("From", required=True, default=lambda self: fields.Date.today() - timedelta(days=7))
    date_to = fields.Date("Until", required=True, default=fields.Date.today)
    late_days = fields.Integer("Late After (days)", default=2, help="For orders that carry no promised day themselves.")
    state = fields.Selection(
        [("draft", "To be played"), ("playing", "Playing"), ("done", "Played"), ("stopped", "Stopped")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    progress = fields.Float(readonly=True, copy=False, aggregator=None, help="In percent.")
    error = fields.Char(readonly=True, copy=False)
    order_count = fields.Integer("Orders", readonly=True)
    figures = fields.Json(readonly=True)
    share_ids = fields.One2many("merchant.sourcing.rehearsal.share", "rehearsal_id", string="Shares", readonly=True)
    change_ids = fields.One2many(
        "merchant.sourcing.rehearsal.change", "rehearsal_id", string="Orders That Change", readonly=True
    )
    change_count = fields.Integer("Changed Orders", readonly=True)
    figures_html = fields.Html(compute="_compute_figures_html", sanitize=False)

    _dates_check = models.Constraint("CHECK (date_from <= date_to)", "The first day lies before the last.")

    @api.depends("ruleset_id", "date_from", "date_to")
    def _compute_display_name(self):
        for rehearsal in self:
            rehearsal.display_name = f"{rehearsal.ruleset_id.name} {rehearsal.date_from}–{rehearsal.date_to}"

    # -- playing ------------------------------------------------------------------------------------------------------

    def action_play(self):
        """Play the days, before and after, on the same stock; many orders are played by a job that can be stopped."""
        for rehearsal in self.filtered(lambda rehearsal: rehearsal.state != "playing"):
            count = rehearsal._check_orders()
            if count <= AT_ONCE:
                rehearsal._play()
            else:
                rehearsal.write({"state": "playing", "progress": 0, "error": False, "order_count": count})
                # an owner starts the job, which runs as the system does
                self.env.ref("merchant_sourcing.cron_rehearse").sudo()._trigger()
        return True

    def action_stop(self):
        """End a play that takes too long; nothing of it is kept."""
        self.filtered(lambda rehearsal: rehearsal.state == "playing").state = "stopped"
        return True

    def action_switch_on(self):
        """The rehearsed rules are good: use them."""
        self.ensure_one()
        return self.ruleset_id.action_switch_on()

    @api.model
    def _cron_play(self):
        """Play what waits, one after the other."""
        for rehearsal in self.search([("state", "=", "playing")], order="id"):
            starter = rehearsal.write_uid  # reads what went wrong
            rehearsal.with_company(rehearsal.company_id).with_context(lang=starter.lang)._play_by_job()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _play_by_job(self):
        try:
            self._play(self._tell)
        except _Stopped:
            self.env.invalidate_all()  # nothing was written yet
        except UserError as problem:
            self._fail(str(problem))
        except Exception:
            _logger.exception("The rehearsal %s could not be played", self.display_name)
            self._fail(self.env._("It could not be played to its end. Play it again, or ask whoever runs the system."))

    def _fail(self, error):
        self.env.cr.rollback()
        self.write({"state": "stopped", "error": error})

    def _tell(self, percent):
        """Show how far it is, at once, in a transaction of its own.

        :raises _Stopped: somebody wants it to end
        """
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "UPDATE merchant_sourcing_rehearsal SET progress = %s WHERE id = %s AND state = 'playing'",
                    percent,
                    self.id,
                )
            )
            if not cr.rowcount:
                raise _Stopped
        # the transaction so far has only read; the results are written upon what stands there now
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _play(self, tell=lambda _percent: None):
        """
        :param tell: called now and then with the percentage that is done
        """
        self.env.flush_all()  # stock of the days is read in SQL
        orders = self._orders()
        if not orders:
            raise UserError(self.env._("No confirmed order of these days has goods from stock."))
        # the play reads stock and addresses of the whole company and writes nothing but its own figures
        engine = self.env["merchant.sourcing.engine"].sudo().with_company(self.company_id)
        needs = self._needs_in_chunks(engine, orders, tell)
        scales = engine._scales(needs)
        cores = self._cores(engine, orders, needs, scales, tell)
        opening, arrivals = self._stock_of_the_days(engine, scales)
        played = engine, cores, opening, self._local(engine, arrivals), scales
        after, after_figures = self._replay(self.ruleset_id, *played, lambda part: tell(60 + 20 * part))
        before, before_figures = self._before(*played, lambda part: tell(80 + 20 * part))
        self._write_results(orders, cores, before, after, before_figures, after_figures)

    def _replay(self, ruleset, engine, cores, opening, arrivals, scales, told):
        rules = ruleset.rule_ids._to_core()
        world = self._world(engine, rules, opening, scales)
        return replay(cores, rules, world, arrivals, self.late_days, told)

    def _check_orders(self):
        """How many orders the days have.

        :raises UserError: none or too many
        """
        count = self.env["sale.order"].sudo().search_count(self._orders_domain(), limit=ORDERS_AT_MOST + 1)
        if not count:
            raise UserError(self.env._("No confirmed order of these days has goods from stock."))
        if count > ORDERS_AT_MOST:
            raise UserError(
                self.env._("These days have more than %(count)s orders: choose fewer.", count=ORDERS_AT_MOST)
            )
        return count

    def _orders_domain(self):
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "sale"),
            ("date_order", ">=", self._utc(self.date_from)),
            ("date_order", "<", self._utc(self.date_to + timedelta(days=1))),
        ]

    def _orders(self):
        """Confirmed orders of the days with something to source, oldest first."""
        # of the whole company, whoever sold them; the figures are what is shown
        orders = self.env["sale.order"].sudo().search(self._orders_domain(), order="date_order, id")
        return orders & orders.order_line._merchant_to_source().order_id

    def _utc(self, day):
        """Midnight of a day at the company's place, in UTC."""
        engine = self.env["merchant.sourcing.engine"]
        midnight = fields.Datetime.to_datetime(day)
        return midnight - (engine._local(self.company_id, midnight) - midnight)

    def _needs_in_chunks(self, engine, orders, tell):
        needs = {}
        for start in range(0, len(orders), CHUNK):
            needs.update(engine._needs(orders[start : start + CHUNK]))
            tell(30 * len(needs) / len(orders))
        return needs

    def _cores(self, engine, orders, needs, scales, tell):
        cores = []
        for start in range(0, len(orders), CHUNK):
            cores += [
                engine._prepare_order(order, needs[order], scales, order.date_order)
                for order in orders[start : start + CHUNK]
            ]
            tell(30 + 30 * len(cores) / len(orders))
        return cores

    def _world(self, engine, rules, opening, scales):
        """Stock as it was on the first day, everything else as it is now."""
        return engine._world(self.company_id, rules, scales, opening, self.date_from)

    def _stock_of_the_days(self, engine, scales):
        """``({(warehouse, product): quantity on the first day}, [(moment, warehouse, product, quantity)])``

        The opening is what is there now without what has moved since; what arrived or left otherwise than for these
        orders is played again at its time.
        """
        warehouses = engine._warehouses(self.company_id)
        Stock = self.env["merchant.sourcing.stock"].sudo()
        shelves = Stock._shelves(warehouses)
        opening = {
            (warehouse, product): quantity
            for warehouse, product, quantity in self.env.execute_query(
                SQL(
                    """WITH shelf AS (%(shelves)s)
                       SELECT shelf.warehouse_id, quant.product_id, SUM(quant.quantity)
                         FROM stock_quant quant JOIN shelf ON shelf.id = quant.location_id
                        WHERE quant.product_id = ANY(%(products)s) GROUP BY 1, 2""",
                    shelves=shelves,
                    products=list(scales),
                )
            )
        }
        arrivals = []
        for moment, warehouse, product, quantity, is_sale in self._moves_since(shelves, scales):
            opening[warehouse, product] = opening.get((warehouse, product), 0.0) - quantity
            if not is_sale:
                arrivals.append((moment, warehouse, product, round(quantity * scales[product])))
        return opening, arrivals

    def _moves_since(self, shelves, scales):
        return self.env.execute_query(
            SQL(
                """WITH shelf AS (%(shelves)s),
                        moved AS (
                       SELECT line.date, line.product_id, line.quantity_product_uom AS quantity,
                              source.warehouse_id AS source, target.warehouse_id AS target,
                              move.sale_line_id IS NOT NULL AND move.origin_returned_move_id IS NULL AS is_sale
                         FROM stock_move_line line
                         JOIN stock_move move ON move.id = line.move_id
                         LEFT JOIN shelf source ON source.id = line.location_id
                         LEFT JOIN shelf target ON target.id = line.location_dest_id
                        WHERE line.state = 'done' AND line.date >= %(since)s AND line.product_id = ANY(%(products)s)
                          AND source.warehouse_id IS DISTINCT FROM target.warehouse_id)
                   SELECT date, source, product_id, -quantity, is_sale FROM moved WHERE source IS NOT NULL
                   UNION ALL
                   SELECT date, target, product_id, quantity, false FROM moved WHERE target IS NOT NULL
                   ORDER BY 1""",
                shelves=shelves,
                since=self._utc(self.date_from),
                products=list(scales),
            )
        )

    def _local(self, engine, arrivals):
        return [(engine._local(self.company_id, moment), *rest) for moment, *rest in arrivals]

    def _before(self, engine, cores, opening, arrivals, scales, told):
        if self.compare_with == "live":
            live = self.env["merchant.sourcing.ruleset"].sudo()._live(self.company_id)
            return self._replay(live, engine, cores, opening, arrivals, scales, told)
        world = self._world(engine, [], opening, scales)
        decisions = self._actual(cores, world)
        return decisions, figures(cores, decisions, world, self.late_days)

    def _actual(self, cores, world):
        """What really happened, as decisions: from which warehouse each article left or is to leave."""
        rows = self.env.execute_query(
            SQL(
                """SELECT line.order_id, move.product_id, move.warehouse_id, SUM(move.product_qty)
                     FROM stock_move move JOIN sale_order_line line ON line.id = move.sale_line_id
                     JOIN stock_location source ON source.id = move.location_id
                     JOIN stock_warehouse warehouse ON warehouse.id = move.warehouse_id
                     JOIN stock_location top ON top.id = warehouse.lot_stock_id
                    WHERE line.order_id = ANY(%s) AND move.state NOT IN ('cancel', 'draft')
                      AND source.parent_path LIKE top.parent_path || '%%'
                    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
                [core.key for core in cores],
            )
        )
        left = {}
        for order, product, warehouse, quantity in rows:
            left.setdefault((order, product), []).append([warehouse, quantity])
        return [self._actual_one(core, left, world) for core in cores]

    def _actual_one(self, core, left, world):
        decision = Decision(core.key, SOURCED)
        for index, line in enumerate(core.lines):
            need = line.pieces
            for row in left.get((core.key, line.sku), ()):
                count = min(need, round(row[1] * line.scale))
                if count > 0 and row[0] in world.warehouses:
                    decision.parts.append((index, row[0], count, SHIP))
                    row[1] -= count / line.scale
                    need -= count
        settle(world, core, decision)
        return decision


class _Stopped(Exception):
    """Somebody stopped the play."""
