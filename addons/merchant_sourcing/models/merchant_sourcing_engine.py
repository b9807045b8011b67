from dataclasses import replace
from datetime import date, timedelta
from math import floor

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from ..core.decide import BACKORDER, HELD, SHIP, SOURCED, UNRULED, World, decide_all
from ..core.rule import Line, Order

GRAMS, MILLIGRAMS, FEN = 1000, 1_000_000, 100


class MerchantSourcingEngine(models.AbstractModel):
    """Brings orders, rules and stock to the core and writes down what it decided: every step takes a whole batch."""

    _name = "merchant.sourcing.engine"
    _description = "Sourcing"

    # -- the two doors ------------------------------------------------------------------------------------------------

    @api.model
    def _source(self, orders, cause):
        """Decide about orders of any companies and store the plan.

        :param orders: ``sale.order`` without deliveries, as superuser
        :param cause: why they are sourced, see ``merchant.sourcing.decision.cause``
        :return: the orders that are held
        """
        held = orders.browse()
        for company, mine in orders.grouped("company_id").items():
            rules = self._live_rules(company)
            if not rules:
                continue
            engine = self.with_company(company)
            plans = engine._decide(mine, rules)
            engine._store(plans, cause)
            held |= mine.browse([order.id for order, _core, decision in plans if decision.state == "held"])
        return held

    @api.model
    def _decide(self, orders, rules, moment=None):
        """Decide about orders of one company without writing anything.

        :param rules: ``[core.rule.Rule]``
        :param moment: when, in UTC; now by default
        :return: ``[(order, core order, decision)]`` in the sequence in which they were served
        """
        orders = orders.sorted(self._turn)
        needs = self._needs(orders)
        scales = self._scales(needs)
        cores = [self._prepare_order(order, needs[order], scales, moment) for order in orders]
        world = self._world(orders.company_id or self.env.company, rules, scales)
        return list(zip(orders, cores, decide_all(cores, rules, world), strict=True))

    def _live_rules(self, company):
        ruleset = self.env["merchant.sourcing.ruleset"]._live(company)
        return ruleset.rule_ids._to_core()

    # -- orders for the core ------------------------------------------------------------------------------------------

    def _turn(self, order):
        """Whose turn it is for shared stock: the promised day, the customer's rank, the time of payment."""
        day = self._due(order) or date.max
        return day, *self._rank(order), self._paid_at(order), order.id or order._origin.id or 0

    def _rank(self, order):
        """The customer's place among those promised for the same day, the lower the sooner; an addon may add to it."""
        return (-int(order.partner_id.commercial_partner_id.merchant_source_rank or "0"),)

    def _due(self, order):
        """The day that was promised to the customer, where his seller works."""
        return self._local(order.company_id, order.commitment_date).date() if order.commitment_date else None

    def _planned(self, order, lines, moment):
        """When stock Odoo would plan the delivery for: on the promised day, or after the goods' lead time."""
        taken = order.date_order if order.state == "sale" else moment or fields.Datetime.now()
        lead = max((line.customer_lead for line in lines), default=0)
        day = order.commitment_date or taken + timedelta(days=lead)
        return self._local(order.company_id, day - timedelta(days=order.company_id.security_lead))

    def _paid_at(self, order):
        return order.date_order or fields.Datetime.now()

    def _needs(self, orders):
        """``{order: [(line, product, quantity in the product's unit)]}`` of what warehouses have to supply."""
        lines = orders.order_line._merchant_to_source()
        exploded = lines._merchant_needs()
        needs = {order: [] for order in orders}
        for line in lines:
            needs[line.order_id] += [(line, product, quantity) for product, quantity in exploded[line]]
        return needs

    def _scales(self, needs):
        """``{product id: pieces in one unit}``: one where all is whole, else what the unit's decimals ask for."""
        scales = {}
        fine = 10 ** self.env["decimal.precision"].precision_get("Product Unit")
        for wants in needs.values():
            for _line, product, quantity in wants:
                whole = abs(quantity - round(quantity)) < 1e-6  # noqa: PLR2004 - far below any unit's decimals
                scales[product.id] = max(scales.get(product.id, 1), 1 if whole else fine)
        return scales

    def _prepare_order(self, order, wants, scales, moment=None):
        place, point = self._place(order.partner_shipping_id)
        return Order(
            key=order.id or order._origin.id or 0,
            lines=tuple(self._prepare_line(line, product, quantity, scales) for line, product, quantity in wants),
            place=place,
            point=point,
            facts=self._prepare_facts(order),
            grams=round(sum(product.weight * quantity for _line, product, quantity in wants) * GRAMS),
            # rules speak of amounts in the company's currency
            fen=round(order.amount_total / (order.currency_rate or 1) * FEN),
            moment=self._local(order.company_id, moment),
            due=self._due(order),
            planned=self._planned(order, [line for line, _product, _quantity in wants], moment),
            one_delivery=order.picking_policy == "one",
            refused=frozenset(order.merchant_refused_warehouse_ids.ids),
        )

    def _prepare_line(self, line, product, quantity, scales):
        scale = scales[product.id]
        return Line(
            key=line.id or line._origin.id or 0,
            sku=product.id,
            pieces=round(quantity * scale),
            grams=round(product.weight * MILLIGRAMS / scale),
            scale=scale,
            tags={
                "product": frozenset((product.id, line.product_id.id)),
                "category": frozenset(map(int, (line.product_id.categ_id.parent_path or "").split("/")[:-1])),
                "tag": frozenset(line.product_id.all_product_tag_ids.ids),
            },
        )

    def _prepare_facts(self, order):
        """``{kind: ids}`` that rules may ask for; an addon with another condition extends it."""
        # one by one: a union of partners would no longer be read together with those of the other orders
        partner, shipping = order.partner_id, order.partner_shipping_id
        commercial = partner.commercial_partner_id
        return {
            "team": frozenset(order.team_id.ids),
            "customer": frozenset((partner.id, commercial.id, shipping.id)),
            "customer_tag": frozenset((*partner.category_id.ids, *commercial.category_id.ids)),
            "pricelist": frozenset(order.pricelist_id.ids),
            "carrier": frozenset(order.carrier_id.ids),
        }

    def _place(self, partner):
        """``(codes outwards, point)`` of where the goods go."""
        codes, point = self.env["merchant.division"]._facts().get(partner.merchant_division_id.id, ((), None))
        country = partner.country_id.code or (partner.state_id.country_id.code if partner.state_id else None)
        country = country or ("CN" if codes else None)
        return (*codes, country) if country else codes, point

    def _local(self, company, moment=None):
        """The time at the company's place of work."""
        return company._merchant_local(moment or fields.Datetime.now())

    # -- stock for the core -------------------------------------------------------------------------------------------

    def _world(self, company, rules, scales, free=None, first=None):
        """What decisions draw from: stock and everything else as it is now.

        :param scales: ``{product id: pieces in one unit}`` of the products that matter
        :param free: ``{(warehouse id, product id): quantity}`` to start from instead of what is there now
        :param first: the day it starts, when not today; nothing is promised yet then
        """
        Stock = self.env["merchant.sourcing.stock"]
        warehouses = self._warehouses(company)
        products = self.env["product.product"].browse(scales)
        kept = self.env["merchant.sourcing.safety"]._kept(warehouses, products)
        pieces, held = Stock._pieces(Stock._free(warehouses, products.ids) if free is None else free, kept, scales)
        fading = Stock._fading(warehouses, products.ids) if free is None else {}
        daily = {}
        if any(rule.ranking == "longest" for rule in rules):
            daily = {
                place: quantity * scales[place[1]] for place, quantity in Stock._daily(warehouses, products.ids).items()
            }
        return World(
            warehouses._merchant_to_core({} if first else Stock._load(warehouses), first),
            pieces,
            kept=held,
            daily=daily,
            fading=self._fading_pieces(company, fading, scales),
            rates=self.env["merchant.freight.rate"]._to_core(company),
            rankings=self._rankings(),
        )

    def _fading_pieces(self, company, fading, scales):
        return {
            place: [
                [until and self._local(company, until), floor(quantity * scales[place[1]] + 1e-6)]
                for until, quantity in lots
            ]
            for place, lots in fading.items()
        }

    def _warehouses(self, company):
        return self.env["stock.warehouse"].search([("company_id", "=", company.id)])

    def _rankings(self):
        """``{name: function}`` of rankings that other addons add; see :data:`core.decide.RANKINGS`."""
        return {}

    # -- writing the plan down ----------------------------------------------------------------------------------------

    def _store(self, plans, cause):
        """Parts, explanation and warehouses of decided orders: one statement a table."""
        orders = self.env["sale.order"].browse([order.id for order, _core, _decision in plans])
        self._replace_parts(orders, plans)
        self._write_decisions(plans, cause)
        for _order, core, decision in plans:
            for index, route in decision.routes:
                self.env["sale.order.line"].browse(core.lines[index].key).route_ids = [(6, 0, [route])]
        by_main = {}
        for order, _core, decision in plans:
            if main := decision.warehouses[:1]:
                by_main.setdefault(main[0], []).append(order.id)
        for warehouse, ids in by_main.items():
            changed = orders.browse(ids).filtered(lambda order, here=warehouse: order.warehouse_id.id != here)
            changed.write({"warehouse_id": warehouse})
        orders.order_line._merchant_follow_parts()

    def _replace_parts(self, orders, plans):
        self._lock(plans)
        self.env.cr.execute(SQL("DELETE FROM merchant_sourcing_part WHERE order_id = ANY(%s)", list(orders.ids)))
        self._insert_parts(orders, plans)

    def _lock(self, plans):
        places = {
            (warehouse, core.lines[index].sku)
            for _order, core, decision in plans
            for index, warehouse, _pieces, kind in decision.parts
            if kind == SHIP
        }
        self.env["merchant.sourcing.stock"]._lock(places)

    def _insert_parts(self, orders, plans):
        now, user = fields.Datetime.now(), self.env.uid
        rows = [
            (order.id, core.lines[index].key, core.lines[index].sku, warehouse, pieces / core.lines[index].scale, kind,
             decision.days.get(warehouse) if kind == SHIP else None, order.company_id.id, user, user, now, now)
            for order, core, decision in plans
            for index, warehouse, pieces, kind in decision.parts
        ]  # fmt: skip
        if rows:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO merchant_sourcing_part (order_id, line_id, product_id, warehouse_id, quantity, kind,"
                    " ship_date, company_id, create_uid, write_uid, create_date, write_date) VALUES %s",
                    SQL(", ").join(SQL("(%s, %s, %s, %s, %s, %s, %s::date, %s, %s, %s, %s, %s)", *row) for row in rows),
                )
            )
        self.env["merchant.sourcing.part"].invalidate_model()
        orders.order_line.invalidate_recordset(["merchant_part_ids"])

    def _write_decisions(self, plans, cause):
        now = fields.Datetime.now()
        names = dict(self._warehouse_names(plans))
        rows = SQL(", ").join(
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s::int, %s::int, %s, %s::numeric, %s::date, %s::date, %s::jsonb, %s, %s)",
                order.id, order.company_id.id, now, self.env.uid, cause,
                decision.state,
                next((entry["r"][0] for entry in decision.tale if entry["s"]), None),
                decision.warehouses[0] if decision.parts else None,
                len(decision.warehouses), None if decision.fen is None else decision.fen / FEN,
                decision.ships or None, decision.arrives or None,
                Json(self._tale(decision, names)), self.env.uid, now,
            )
            for order, _core, decision in plans
        )  # fmt: skip
        self.env.cr.execute(
            SQL(
                """WITH made AS (
                       INSERT INTO merchant_sourcing_decision (order_id, company_id, date, user_id, cause, state,
                              rule_id, warehouse_id, parcels, freight, ship_date, arrival_date, tale, create_uid,
                              create_date) VALUES %s RETURNING id, order_id, state, ship_date)
                   UPDATE sale_order SET merchant_decision_id = made.id, merchant_source_state = made.state,
                          merchant_ship_date = made.ship_date
                     FROM made WHERE made.order_id = sale_order.id""",
                rows,
                to_flush=self.env["sale.order"]._fields["merchant_decision_id"],
            )
        )
        self.env["sale.order"].browse([order.id for order, _c, _d in plans]).invalidate_recordset(
            ["merchant_decision_id", "merchant_source_state", "merchant_ship_date", "merchant_decision_ids"]
        )

    def _warehouse_names(self, plans):
        told = {line[0] for _o, _c, decision in plans for entry in decision.tale for line in entry.get("c", ())}
        told |= {warehouse for _o, _c, decision in plans for warehouse in decision.warehouses}
        known = self.env["stock.warehouse"].with_context(active_test=False).browse(told).exists()
        return [(warehouse.id, warehouse.name) for warehouse in known]

    def _tale(self, decision, names):
        """What is kept: the core's codes and figures, and the names as they are now."""
        told = {line[0] for entry in decision.tale for line in entry.get("c", ())} | set(decision.warehouses)
        pieces = {}
        for _index, warehouse, count, _kind in decision.parts:
            pieces[warehouse] = pieces.get(warehouse, 0) + count
        return {
            "t": decision.tale,
            "w": {str(key): names.get(key, "?") for key in told},
            "p": [[warehouse, pieces[warehouse]] for warehouse in decision.warehouses],
        }

    # -- more of a line -----------------------------------------------------------------------------------------------

    @api.model
    def _source_more(self, line, quantity):
        """Plan more of a confirmed line's product and add the parts to its plan; what the rules cannot serve waits at
        the line's warehouse.

        :return: ``{warehouse: quantity}``, empty when no rule speaks
        """
        order, rules = line.order_id, self._live_rules(line.company_id)
        needs = {order: [(line, line.product_id, quantity)]}
        scales = self._scales(needs)
        core = self._prepare_order(order, needs[order], scales)
        [decision] = decide_all([core], rules, self._world(line.company_id, rules, scales))
        if decision.state == UNRULED:
            return {}
        if decision.state == HELD or decision.routes:
            decision = replace(decision, parts=[(0, line.warehouse_id.id, core.lines[0].pieces, BACKORDER)], routes=[])
        if decision.state != SOURCED or order.merchant_source_state == BACKORDER:
            decision = replace(decision, state=BACKORDER, ships=None, arrives=None)  # who waits is promised no day
        plans = [(order, core, decision)]
        self._lock(plans)
        self._insert_parts(order, plans)
        self._write_decisions(plans, "more")
        plan = {}
        for _index, warehouse, pieces, _kind in decision.parts:
            place = self.env["stock.warehouse"].browse(warehouse)
            plan[place] = plan.get(place, 0.0) + pieces / core.lines[0].scale
        return plan
