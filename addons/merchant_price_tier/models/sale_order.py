from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.floor import share
from .sale_order_line import FLOOR_STATES

STRICTEST_FIRST = ("block", "refused", "ask", "reason", "asked", "warn", "approved")
STOPPING = ("block", "refused", "ask", "reason", "asked")


ACCEPTED = "merchant_accepted"


class _Accepted:
    """Known by its class, so that nobody can hand it in over an API."""


class SaleOrder(models.Model):
    _inherit = "sale.order"

    merchant_tier_id = fields.Many2one(
        "merchant.price.tier",
        string="Price Tier",
        compute="_compute_merchant_tier_id",
        store=True,
        groups="merchant_base.group_user",
        help="The customer's tier when the order was made; a later change of tier leaves it.",
    )
    merchant_floor_state = fields.Selection(FLOOR_STATES, string="Prices", compute="_compute_merchant_floor_state")
    merchant_floor_advice = fields.Char("What to Do about Prices", compute="_compute_merchant_floor_state")
    merchant_has_hand_prices = fields.Boolean("Prices by Hand", compute="_compute_merchant_has_hand_prices")
    merchant_approval_ids = fields.One2many("merchant.price.approval", "order_id", groups="merchant_base.group_user")
    merchant_approval_count = fields.Integer(
        "Price Approvals", compute="_compute_merchant_approval_count", groups="merchant_base.group_user"
    )

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        # the tier of this moment, for users without a merchant role, too
        orders.sudo().mapped("merchant_tier_id")
        return orders

    @api.depends("partner_id", "company_id")
    def _compute_merchant_tier_id(self):
        for order in self:
            if order.state in ("draft", "sent"):
                partner = order.partner_id.with_company(order.company_id)
                order.merchant_tier_id = partner.merchant_tier_id
            else:
                order.merchant_tier_id = order.merchant_tier_id

    @api.depends("order_line.merchant_floor_state")
    @api.depends_context("uid", "company")
    def _compute_merchant_floor_state(self):
        for order in self:
            states = set(order.order_line.mapped("merchant_floor_state"))
            order.merchant_floor_state = next((state for state in STRICTEST_FIRST if state in states), False)
            order.merchant_floor_advice = order._merchant_advice(states) if states & set(STOPPING) else False

    @api.depends("order_line.price_unit", "order_line.discount", "order_line.merchant_our_price")
    def _compute_merchant_has_hand_prices(self):
        for order in self:
            priced = order.order_line.filtered("merchant_our_price")
            order.merchant_has_hand_prices = not order._merchant_is_priced_elsewhere() and any(
                line._merchant_is_judged() and not line._merchant_is_ours() for line in priced
            )

    def _compute_merchant_approval_count(self):
        for order in self:
            order.merchant_approval_count = len(order.merchant_approval_ids)

    def _merchant_price_moment(self):
        """The company's moment that counts: a hook for addons whose shops have their own."""
        return (self.company_id or self.env.company).sudo().merchant_price_moment

    def _merchant_moment(self):
        """The moment whose prices hold for this order, or None for the order's own date."""
        policy = self._merchant_price_moment()
        if policy == "order" and self.state in ("sale", "cancel"):
            # Odoo moves an order's date to its confirmation; its prices stay those of the day it was placed
            return self.create_date or None
        if policy == "payment" and (paid := self._merchant_paid_at()):
            return paid
        return None

    def _merchant_paid_at(self):
        """When the customer paid, if he did."""
        # payments are read to learn the moment only
        done = self.sudo().transaction_ids.filtered(lambda payment: payment.state == "done")
        return min(done.mapped("last_state_change"), default=None)

    def _recompute_prices(self):
        lines = self._get_update_prices_lines()._merchant_with_traces()
        result = super(SaleOrder, self.with_env(lines.env))._recompute_prices()
        lines._merchant_renew_trace()
        return result

    def action_quotation_send(self):
        """What is offered is promised: floors and limits come before it, in the name of whoever offers."""
        self.filtered(lambda order: order.state == "draft")._merchant_check_floors()
        return super().action_quotation_send()

    def action_quotation_sent(self):
        self.filtered(lambda order: order.state == "draft")._merchant_check_floors()
        return super().action_quotation_sent()

    def _validate_order(self):
        """The customer signs or pays: he gets what he was offered, and is held to nobody's limits."""
        self._merchant_tell_accepted()
        return super(SaleOrder, self.with_context(**{ACCEPTED: _Accepted()}))._validate_order()

    def _merchant_tell_accepted(self):
        """A note for the shop about lines that lie below a floor all the same; nothing in it tells a cost."""
        for order in self.filtered(lambda order: not order._merchant_is_priced_elsewhere()):
            judged = order.order_line.filtered(lambda line: line._merchant_is_judged())
            bounds = judged._merchant_bounds()
            low = judged.browse(
                line.id for line, found in judged._merchant_verdicts(order).items() if found and found.below
            )
            low = low.filtered(lambda line, bounds=bounds: line._merchant_approval_state(bounds[line]) != "approved")
            if low:
                lang = order.user_id.lang or order.company_id.partner_id.lang
                goods = ", ".join(low.product_id.with_context(lang=lang).mapped("display_name"))
                order.message_post(
                    body=order.with_context(lang=lang).env._(
                        "The customer accepted prices that are below the floor: %(goods)s.", goods=goods
                    ),
                    author_id=self.env.ref("base.partner_root").id,
                )

    def action_confirm(self):
        if isinstance(self.env.context.get(ACCEPTED), _Accepted):
            return super().action_confirm()
        self.filtered(lambda order: order._merchant_price_moment() == "confirm")._merchant_reprice_ours()
        self._merchant_check_floors()
        return super().action_confirm()

    def _merchant_reprice_ours(self):
        """Prices of the moment of confirmation, but for those that were entered by hand."""
        for order in self.filtered(lambda order: order.state in ("draft", "sent") and order.pricelist_id):
            order.date_order = fields.Datetime.now()
            lines = order._get_update_prices_lines().filtered(
                lambda line: line._merchant_is_ours() and line.price_unit == line.technical_price_unit
            )
            lines.invalidate_recordset(["pricelist_item_id"])
            lines = lines.with_context(force_price_recomputation=True)._merchant_with_traces()
            lines._compute_price_unit()
            lines._compute_discount()
            lines._merchant_renew_trace()

    def _merchant_counts_promotions(self):
        """Does a floor look at what promotions leave? A hook for addons whose shops have their own mind."""
        return (self.company_id or self.env.company).sudo().merchant_floor_after_promotion

    def _merchant_discounts(self):
        """The lines that lower others: a hook for addons with promotions."""
        return self.order_line.filtered(lambda line: line._is_discount_line())

    def _merchant_floor_discounts(self):
        """Those of them that count before a price is held against its floor."""
        return self._merchant_discounts()

    def _merchant_reductions(self, discounts):
        """``{line: amount}``, 0 or below and without tax: what these discount lines take from each line of goods."""
        found = {}
        for reduction in discounts:
            amounts = {line: Decimal(str(line.price_subtotal)) for line in reduction._merchant_reduced_lines()}
            for line, part in share(amounts, Decimal(str(min(reduction.price_subtotal, 0)))).items():
                found[line] = found.get(line, Decimal(0)) + part
        return found

    def _merchant_is_priced_elsewhere(self):
        """A platform's order keeps the platform's price: a hook for the addon that knows platforms."""
        return False

    def _merchant_check_floors(self):
        for order in self:
            if order._merchant_is_priced_elsewhere():
                continue
            stopping = order.order_line.filtered(lambda line: line.merchant_floor_state in STOPPING)
            if stopping:
                raise UserError(order._merchant_stop_sentence(stopping))

    def _merchant_stop_sentence(self, lines):
        goods = "\n".join(f"· {line.product_id.display_name}: {line.merchant_floor_text}" for line in lines)
        return f"{self.name}: {self._merchant_advice(set(lines.mapped('merchant_floor_state')))}\n{goods}"

    def _merchant_advice(self, states):
        """What has to be done before an order with these states of its lines is confirmed."""
        _ = self.env._
        if states & {"block", "refused"}:
            return _("These prices are too low and cannot be sold: raise them.")
        if "ask" in states:
            return _("These prices need an approval: press “Ask for Approval”.")
        if "reason" in states:
            return _("These prices were changed by hand: choose a reason on the lines.")
        return _("These prices wait for an approval: confirm the order when it has come.")

    def action_merchant_ask(self):
        """Ask the approvers about every line that needs it."""
        lines = self.order_line.filtered(lambda line: line.merchant_floor_state == "ask")
        self.env["merchant.price.approval"]._ask(lines)
        return True

    def action_merchant_approvals(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Price Approvals"),
            "res_model": "merchant.price.approval",
            "view_mode": "list,form",
            "domain": [("order_id", "=", self.id)],
        }
