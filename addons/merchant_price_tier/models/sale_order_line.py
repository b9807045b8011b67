import json
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL, float_compare, format_amount, format_date

from .price_world import Wish
from .product_pricelist_item import MOST_PIECES

LAST_PRICES = 5
ANSWERS = "merchant_price_answers"
PRICES = ("price_unit", "technical_price_unit")
FOUND = {"merchant_price_trace", "merchant_our_price"}
FLOOR_STATES = [
    ("warn", "Low price"),
    ("reason", "Reason missing"),
    ("ask", "Needs approval"),
    ("asked", "Approval asked"),
    ("approved", "Approved"),
    ("refused", "Refused"),
    ("block", "Below the floor"),
]


class Answers(dict):
    """What was found for many lines at once, handed in the context to Odoo's code that asks line by line.

    ``{line id: (price, rule id or False)}``; ``traces``: ``{line id: trace}``. Known by its class, so that nobody can
    hand in prices over an API.
    """

    def __init__(self, prices=(), traces=()):
        super().__init__(prices)
        self.traces = dict(traces)

    @classmethod
    def at_hand(cls, env):
        found = env.context.get(ANSWERS)
        return found if isinstance(found, cls) else cls()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # text, because the ORM copies a Json value in depth at every touch, which an order of 300 lines feels
    merchant_price_trace = fields.Text(
        compute="_compute_merchant_price_trace",
        store=True,
        copy=False,
        groups="merchant_price_tier.group_cost",
        help="How our price was found when the line was priced: kept, so that it can be told later.",
    )
    merchant_our_price = fields.Float(
        "Our Price",
        compute="_compute_merchant_price_trace",
        store=True,
        copy=False,
        min_display_digits="Product Price",
        help="What our price lists said when the line was priced.",
    )
    merchant_price_why = fields.Json("Why this Price", compute="_compute_merchant_price_why")
    merchant_last_prices = fields.Json("Last Prices", compute="_compute_merchant_last_prices")
    merchant_reason_id = fields.Many2one(
        "merchant.price.reason", string="Reason", groups="merchant_base.group_user", help="Why the price is not ours."
    )
    merchant_floor_state = fields.Selection(FLOOR_STATES, string="Floor", compute="_compute_merchant_floor")
    merchant_floor_text = fields.Char("Floor Says", compute="_compute_merchant_floor")
    merchant_floor_id = fields.Many2one(
        "merchant.price.floor", compute="_compute_merchant_floor", groups="merchant_price_tier.group_cost"
    )
    merchant_approval_ids = fields.One2many("merchant.price.approval", "line_id", groups="merchant_base.group_user")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._merchant_check_found(vals)
        lines = super().create(vals_list)
        # the reason is that of the moment of pricing, so it is not left to be computed when somebody looks
        lines.sudo().mapped("merchant_price_trace")
        return lines

    def write(self, vals):
        self._merchant_check_found(vals)
        return super().write(vals)

    def _merchant_check_found(self, vals):
        """What our lists say is found, never entered: limits for prices by hand are measured from it."""
        if not self.env.su and FOUND & vals.keys():
            raise AccessError(
                self.env._("Our price is what the price lists say: change the lists, or the line's unit price.")
            )

    # -- our price --------------------------------------------------------------------------------------------------

    def _get_order_date(self):
        return self.order_id._merchant_moment() or super()._get_order_date()

    @api.depends("product_id", "product_uom_id", "product_uom_qty")
    def _compute_pricelist_item_id(self):
        """All lines of an order in one question."""
        asked = self.filtered(lambda line: line._merchant_is_answered())
        result = super(SaleOrderLine, self - asked)._compute_pricelist_item_id()
        prices = asked._merchant_prices()
        for line in asked:
            line.pricelist_item_id = prices[line][1]
        return result

    def _compute_price_unit(self):
        compute = super(SaleOrderLine, self._merchant_with_prices())._compute_price_unit
        if not self.env.context.get("force_price_recomputation") or any(self.order_id.mapped("locked")):
            return compute()
        # prices renewed from a button are set one by one: what follows from them is marked once, not for each line
        with self.env.protecting([self._fields[name] for name in PRICES], self):
            result = compute()
        self.modified(PRICES)
        return result

    def _compute_discount(self):
        shown = self.env["product.pricelist.item"]._is_discount_feature_enabled()
        return super(SaleOrderLine, self._merchant_with_prices() if shown else self)._compute_discount()

    def _get_pricelist_price(self):
        """What was found for all lines at once, as long as the line still has that rule."""
        answer = Answers.at_hand(self.env).get(self.id)
        if answer and answer[1] == self.pricelist_item_id.id:
            return answer[0]
        return super()._get_pricelist_price()

    def _merchant_with_prices(self):
        """These lines with their prices at hand."""
        if Answers.at_hand(self.env):
            return self
        prices = self.filtered(lambda line: line._merchant_is_answered())._merchant_prices()
        return self.with_context(**{ANSWERS: Answers({line.id: price for line, price in prices.items()})})

    def _merchant_with_traces(self):
        """These lines with their prices and the reasons of these at hand."""
        traces = self.filtered(lambda line: line._merchant_is_answered())._merchant_traces()
        prices = {line.id: (trace["price"], trace["rule"]) for line, trace in traces.items()}
        answers = Answers(prices, {line.id: trace for line, trace in traces.items()})
        return self.with_context(**{ANSWERS: answers})

    def _merchant_is_answered(self):
        """Does this addon say what the line's product costs? Not where another one has its own way to a price."""
        pricelist = self.order_id.pricelist_id
        return bool(
            self.product_id and not self.display_type and pricelist and pricelist._merchant_answers(self.product_id)
        )

    def _merchant_prices(self):
        """``{line: (price, rule id or False)}``"""
        return self._merchant_questions(
            Answers.at_hand(self.env),
            lambda pricelist, wishes, options: pricelist._merchant_prices(wishes, **options),
        )

    def _merchant_traces(self):
        """``{line: trace}``, see ``merchant.price.why._traces``"""
        why = self.env["merchant.price.why"]
        return self._merchant_questions(
            Answers.at_hand(self.env).traces,
            lambda pricelist, wishes, options: why._traces(pricelist, wishes, **options),
        )

    def _merchant_questions(self, known, ask):
        """Put the lines' questions, those of one list at once, each for its order's moment.

        :param known: ``{line id: answer}`` at hand already
        :param ask: ``(pricelist, wishes, options) -> {key: answer}``
        :return: ``{line: answer}``
        """
        answers = {line: known[line.id] for line in self if line.id in known}
        asked = self.filtered(lambda line: line not in answers)
        moments = {order: lines[:1]._get_order_date() for order, lines in asked.grouped("order_id").items()}
        for (pricelist, currency, company, extras), lines in asked.grouped(
            lambda line: (line.order_id.pricelist_id, line.currency_id, line.company_id, line._merchant_extras())
        ).items():
            # the questions belong to the order's company, as Odoo's own do
            env = self.with_company(company or self.env.company).with_context(**dict(extras)).env
            wishes = [
                Wish(
                    line,
                    line.product_id.with_env(env),
                    line.product_uom_qty or 1.0,
                    line.product_uom_id,
                    moments[line.order_id],
                )
                for line in lines
            ]
            answers |= ask(pricelist.with_company(env.company), wishes, {"currency": currency})
        return answers

    def _merchant_extras(self):
        """What the line's options without variants add to the product's price, as Odoo hands it over."""
        return tuple(self._get_product_price_context().items())

    @api.depends("product_id", "product_uom_id", "product_uom_qty")
    def _compute_merchant_price_trace(self):
        asked = self.filtered(
            lambda line: (
                line._merchant_is_answered()
                and not line.qty_invoiced
                and not line.is_downpayment
                and not line._is_discount_line()
            )
        )
        kept = self.filtered("qty_invoiced")
        for line in self - asked - kept:
            line.merchant_price_trace, line.merchant_our_price = False, 0.0
        for line in kept:
            line.merchant_price_trace, line.merchant_our_price = line.merchant_price_trace, line.merchant_our_price
        traces = asked._merchant_traces()
        for line in asked:
            line.merchant_price_trace = json.dumps(traces[line], separators=(",", ":"))
            line.merchant_our_price = traces[line]["price"]

    def _merchant_renew_trace(self):
        """Tell the price of this moment, also where quantity and product are what they were."""
        names = ("merchant_price_trace", "merchant_our_price")
        for name in names:
            self.env.add_to_compute(self._fields[name], self)
        self._recompute_recordset(names)

    @api.depends(
        "merchant_price_trace",
        "price_unit",
        "discount",
        "price_subtotal",
        "merchant_reason_id",
        "merchant_floor_state",
    )
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_merchant_price_why(self):
        told = self.env["merchant.price.why"]._explain_lines(self)
        for line in self:
            line.merchant_price_why = told.get(line, False)

    # -- last prices ------------------------------------------------------------------------------------------------

    @api.depends("product_id", "order_id.partner_id")
    def _compute_merchant_last_prices(self):
        rows = self._merchant_last_rows()
        for line in self:
            key = line.order_id.partner_id.commercial_partner_id._origin.id, line.product_id._origin.id
            found = [row for row in rows.get(key, []) if row[0] != line._origin.id][:LAST_PRICES]
            line.merchant_last_prices = line._merchant_last_texts(found) if found else False

    def _merchant_last_rows(self):
        """``{(commercial partner, product): [(line, order, day, price, currency, quantity)]}``, newest first."""
        partners = self.order_id.partner_id.commercial_partner_id._origin.ids
        products = self.product_id._origin.ids
        if not partners or not products:
            return {}
        self.env["sale.order.line"].flush_model()
        self.env["sale.order"].flush_model()
        found = {}
        for partner, product, *row in self.env.execute_query(
            SQL(
                """
            SELECT * FROM (
                SELECT p.commercial_partner_id, l.product_id, l.id, o.name, o.date_order,
                       l.price_unit * (1 - COALESCE(l.discount, 0) / 100), o.currency_id, l.product_uom_qty,
                       l.product_uom_id,
                       row_number() OVER (PARTITION BY p.commercial_partner_id, l.product_id
                                          ORDER BY o.date_order DESC, l.id DESC) AS place
                  FROM sale_order_line l
                  JOIN sale_order o ON o.id = l.order_id
                  JOIN res_partner p ON p.id = o.partner_id
                 WHERE p.commercial_partner_id = ANY(%s) AND l.product_id = ANY(%s) AND o.state = 'sale'
                   AND o.company_id = ANY(%s) AND NOT COALESCE(l.is_downpayment, FALSE)
            ) AS sold WHERE place <= %s
            """,
                partners,
                products,
                self.env.companies.ids,
                LAST_PRICES + 1,
            )
        ):
            found.setdefault((partner, product), []).append(row)
        return found

    def _merchant_last_texts(self, rows):
        _, Currency, Unit = self.env._, self.env["res.currency"], self.env["uom.uom"]
        table = []
        for _line, order, moment, price, currency, quantity, unit, _place in rows:
            amount = format_amount(self.env, float(price), Currency.browse(currency))
            unit_name = Unit.browse(unit).name
            table.append([format_date(self.env, moment), order, amount, f"{float(quantity):g} {unit_name}"])
        return {
            "summary": f"{table[0][2]} · {table[0][0]}",
            "short": table[0][2],
            "table": {"columns": [_("Date"), _("Order"), _("Unit Price"), _("Quantity")], "rows": table},
        }

    # -- floor ------------------------------------------------------------------------------------------------------

    @api.depends(
        "price_unit",
        "discount",
        "product_uom_qty",
        "product_uom_id",
        "product_id",
        "tax_ids",
        "state",
        "merchant_reason_id",
        "merchant_approval_ids.state",
        "order_id.order_line.price_subtotal",
    )
    @api.depends_context("lang", "uid", "company")
    def _compute_merchant_floor(self):
        for order, lines in self.grouped("order_id").items():
            judged = lines.filtered(lambda line: line._merchant_is_judged())
            verdicts = judged._merchant_verdicts(order) if judged else {}
            bounds = judged._merchant_bounds() if judged else {}
            limit = self.env["merchant.price.limit"]._of_user(order.company_id or self.env.company) if judged else 0.0
            for line in lines:
                verdict = verdicts.get(line)
                state, text = False, False
                if line in judged:
                    state, text = line._merchant_floor_result(verdict, bounds[line], limit)
                line.merchant_floor_state, line.merchant_floor_text = state, text
                line.merchant_floor_id = verdict.floor.id if verdict else False

    def _merchant_is_judged(self):
        """Goods that are sold here at a price: no sections, discounts on the order, down payments or returns.

        A hook for addons with lines of their own.
        """
        return (
            self.product_id
            and not self.display_type
            and not self.is_downpayment
            and not self._is_discount_line()
            and self.product_type != "combo"
            and self.product_uom_qty > 0
        )

    def _merchant_verdicts(self, order):
        """``{line: Verdict or None}`` of one order's lines."""
        company = order.company_id or self.env.company
        nets = self._merchant_nets(order, company)
        # cost decides; whether it is shown is another matter
        costs = self.sudo().with_company(company)._merchant_costs(company)
        tier = order.partner_id.sudo().with_company(company).merchant_tier_id
        cases = [(line, line.product_id, tier, nets[line], costs[line.id]) for line in self]
        return self.env["merchant.price.floor"]._judge(company, cases)

    def _merchant_nets(self, order, company):
        """``{line: net price}`` per product unit, in the company's currency, without tax."""
        reductions = order._merchant_reductions(order._merchant_floor_discounts())
        amounts = {line: Decimal(str(line.price_subtotal)) + reductions.get(line, 0) for line in self}
        rate = Decimal(str(order.currency_rate or 1.0))
        nets = {}
        for line, amount in amounts.items():
            pieces = line.product_uom_id._compute_quantity(line.product_uom_qty, line.product_id.uom_id, round=False)
            nets[line] = amount / rate / Decimal(str(pieces or 1))
        return nets

    def _merchant_reduced_lines(self):
        """The lines that this discount on the order lowers: goods with its taxes, else all goods.

        A hook for addons that know what a promotion is about.
        """
        goods = self.order_id.order_line.filtered(lambda line: line._merchant_is_judged())
        return goods.filtered(lambda line: line._merchant_rated_taxes() == self._merchant_rated_taxes()) or goods

    def _merchant_rated_taxes(self):
        """Odoo makes one discount line for each group of these."""
        return self.tax_ids.filtered(lambda tax: tax.amount_type != "fixed")

    def _merchant_costs(self, company):
        """``{line id: cost}`` of one product unit in the company's currency; a hook for addons that know the
        warehouse's. Asked with all rights, as the cost is judged by and not shown."""
        today, costs = fields.Date.context_today(self), {}
        for line in self:
            source, cost = line.product_id.cost_currency_id or company.currency_id, line.product_id.standard_price
            if source != company.currency_id:
                cost = source._convert(cost, company.currency_id, company, today, round=False)
            costs[line.id] = Decimal(str(cost))
        return costs

    def _merchant_floor_result(self, verdict, bound, limit):
        """``(state, sentence)`` for one line, in the reader's language and within his rights.

        :param bound: what an approval would be bound to
        :param limit: how many percent below our price the reader may go by hand
        """
        self.ensure_one()
        state, text = False, False
        below_ours = 0.0 if self.order_id._merchant_is_priced_elsewhere() else self._merchant_below_ours()
        company = (self.order_id.company_id or self.env.company).sudo()
        if self.product_uom_qty > MOST_PIECES:
            state, text = "block", self.env._("The quantity is surely a slip: it is above one billion.")
        elif verdict and verdict.below:
            state, text = verdict.floor.action, self._merchant_floor_sentence(verdict, company)
        elif below_ours > limit:
            state = "ask"
            text = self.env._(
                "%(percent)s %% below our price: you may give %(limit)s %%.",
                percent=f"{below_ours:.1f}",
                limit=f"{limit:g}",
            )
        elif company.merchant_hand_reason and below_ours > 0 and not self.sudo().merchant_reason_id:
            state, text = "reason", self.env._("The price is below ours: choose a reason.")
        elif self.price_unit < 0:
            # as stock Odoo allows it, for what is taken back or given off by a line of its own
            state, text = "warn", self.env._("The price is negative: the line lowers the order's total.")
        elif self.price_unit == 0 and not self.pricelist_item_id.sudo()._merchant_is_free():
            state, text = (
                "warn",
                self.env._("The price is 0: the product has no sales price, or its price rule gives 0."),
            )
        if state == "ask":
            state = self._merchant_approval_state(bound)
        return state, text

    def _merchant_floor_sentence(self, verdict, company):
        if not self.env.user.has_group("merchant_price_tier.group_cost"):
            return self.env._("Below the floor.")
        if verdict.limit is None:
            return self.env._("The product has no cost, so nobody knows whether the price is enough: enter its cost.")
        return self.env._(
            "Below the floor of %(limit)s without tax.",
            limit=format_amount(self.env, float(verdict.limit), company.currency_id),
        )

    def _merchant_our_unit_price(self):
        """Our price as the line shows it: with the taxes of the order, and for a part of a combo its share."""
        if self.combo_item_id:
            return self.technical_price_unit * (1 - (self._get_linked_line().discount or 0.0) / 100)
        fiscal_position = self.order_id.fiscal_position_id
        if not fiscal_position:
            return self.merchant_our_price
        return self.product_id._get_tax_included_unit_price_from_price(
            self.merchant_our_price,
            product_taxes=self.product_id.taxes_id._filter_taxes_by_company(self.company_id),
            fiscal_position=fiscal_position,
        )

    def _merchant_is_ours(self):
        """Is the price what our lists said, shown as a discount or not?"""
        net = self.price_unit * (1 - (self.discount or 0.0) / 100)
        return abs(net - self._merchant_our_unit_price()) <= 0.01

    def _merchant_below_ours(self):
        """How far the price lies below ours, in percent."""
        ours = self._merchant_our_unit_price()
        if not ours or ours <= 0:
            return 0.0
        price = self.price_unit * (1 - (self.discount or 0.0) / 100)
        return 0.0 if float_compare(price, ours, precision_digits=2) >= 0 else min(100 * (1 - price / ours), 100.0)

    def _merchant_bounds(self):
        """``{line: what an approval is bound to}``: product, net unit price after all that a floor looks at, quantity,
        unit and currency."""
        found = {}
        for order, lines in self.grouped("order_id").items():
            reductions = order._merchant_reductions(order._merchant_floor_discounts())
            for line in lines:
                amount = line.price_subtotal + float(reductions.get(line, 0))
                net = round(amount / line.product_uom_qty, 4) if line.product_uom_qty else 0.0
                found[line] = (
                    line.product_id.id,
                    net,
                    line.product_uom_qty,
                    line.product_uom_id.id,
                    order.currency_id.id,
                )
        return found

    def _merchant_approval_state(self, bound):
        # everybody learns what became of the question about his line
        own = self.sudo().merchant_approval_ids.filtered(
            lambda approval: approval.state != "outdated" and approval._merchant_bound() == bound
        )
        return own.sorted("id")[-1:].state or "ask"

    def _merchant_asked_because(self):
        """Why an approval is asked for, in words for everybody: who may see costs finds the figures on the line."""
        verdict = self._merchant_verdicts(self.order_id).get(self)
        return self.env._("Below the floor.") if verdict and verdict.below else self.merchant_floor_text
