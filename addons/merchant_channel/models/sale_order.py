from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.merchant_base.fields import ReasonCode

from ..core.change import Ours
from ..core.order import FLAGS, STATUSES
from .merchant_inbox import ORIGINS

ROLES = "merchant_base.group_user"
STATUS_LABELS = [
    ("unpaid", "Unpaid"),
    ("paid", "Paid"),
    ("part_shipped", "Partly shipped"),
    ("shipped", "Shipped"),
    ("finished", "Finished"),
    ("closed", "Closed"),
    ("unknown", "Unknown"),
]
FLAG_LABELS = [("red", "Red"), ("yellow", "Yellow"), ("green", "Green"), ("blue", "Blue"), ("purple", "Purple")]
for labels, words in ((STATUS_LABELS, STATUSES), (FLAG_LABELS, FLAGS)):
    if [code for code, _label in labels] != list(words):
        raise AssertionError("every shared word needs a label")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    merchant_shop_id = fields.Many2one(
        "merchant.shop", string="Shop", copy=False, readonly=True, index=True, check_company=True
    )
    merchant_platform = fields.Selection(related="merchant_shop_id.platform", store=True, string="Platform")
    merchant_origin = fields.Selection(
        [("entered", "Entered"), *ORIGINS],
        string="Order Source",
        default="entered",
        required=True,
        readonly=True,
        copy=False,
        help="How the order came in.",
    )
    platform_order_ref = fields.Char("Platform Order", copy=False, readonly=True, index="trigram")
    platform_status = fields.Selection(STATUS_LABELS, string="Platform State", copy=False, readonly=True, tracking=True)
    platform_status_text = fields.Char("Platform's Word", copy=False, readonly=True)
    platform_total = fields.Monetary(
        "Platform Total", copy=False, readonly=True, help="What the order is worth on the platform, postage included."
    )
    platform_paid_total = fields.Monetary("Paid by Buyer", copy=False, readonly=True)
    platform_refunded_total = fields.Monetary(
        "Refunded",
        copy=False,
        readonly=True,
        help="For lines that are not shipped; this order is worth that much less than the buyer paid.",
    )
    platform_seller_discount = fields.Monetary("Seller Discount", copy=False, readonly=True)
    platform_discount = fields.Monetary(
        "Platform Discount", copy=False, readonly=True, help="Borne by the platform; for information."
    )
    platform_rounding = fields.Monetary(
        "Platform Rounding",
        copy=False,
        readonly=True,
        help="Fen that the platform's own rounding left, booked on the largest line.",
    )
    platform_created_at = fields.Datetime("Ordered", copy=False, readonly=True)
    platform_paid_at = fields.Datetime("Paid At", copy=False, readonly=True)
    platform_modified_at = fields.Datetime("Changed on the Platform", copy=False, readonly=True)
    merchant_buyer_remark = fields.Char("Buyer's Message", copy=False, readonly=True)
    merchant_seller_remark = fields.Char("Seller's Remark", copy=False, readonly=True)
    merchant_seller_flag = fields.Selection(FLAG_LABELS, string="Flag", copy=False, readonly=True)
    merchant_hold_code = ReasonCode("Hold", copy=False, readonly=True, index="btree_not_null", tracking=True)
    merchant_hold_reason = fields.Char("On Hold Because", compute="_compute_merchant_hold_reason")
    # readable by the suite's roles only: somebody who has just Odoo's sales rights must still be able to read an order
    merchant_inbox_ids = fields.One2many("merchant.inbox", "sale_order_id", string="Inbox", groups=ROLES)
    merchant_notice_ids = fields.One2many(
        "merchant.shipment.notice", "sale_order_id", string="Shipment Notices", groups=ROLES
    )
    merchant_inbox_count = fields.Integer(compute="_compute_merchant_counts", groups=ROLES)
    merchant_notice_count = fields.Integer(compute="_compute_merchant_counts", groups=ROLES)

    # The promise that nothing happens twice rests on this index, whatever path an order takes.
    _merchant_platform_order_uniq = models.UniqueIndex(
        "(merchant_shop_id, platform_order_ref) WHERE merchant_shop_id IS NOT NULL AND platform_order_ref IS NOT NULL",
        "This order of the shop exists already.",
    )

    @api.depends("merchant_hold_code")
    @api.depends_context("lang")
    def _compute_merchant_hold_reason(self):
        for order in self:
            order.merchant_hold_reason = self.env["merchant.reason"]._sentence(order.merchant_hold_code)

    def _get_invoiced(self):
        """Who may not read invoices opens an order all the same, and is shown none."""
        if self.env["account.move.line"].has_access("read"):
            return super()._get_invoiced()
        orders = self.sudo()  # sudo: to write down that there is nothing to see
        orders.invoice_ids, orders.invoice_count = False, 0
        return None

    def _compute_merchant_counts(self):
        inbox = dict(
            self.env["merchant.inbox"]._read_group([("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"])
        )
        notices = dict(
            self.env["merchant.shipment.notice"]._read_group(
                [("sale_order_id", "in", self.ids)], ["sale_order_id"], ["__count"]
            )
        )
        for order in self:
            order.merchant_inbox_count = inbox.get(order._origin, 0)
            order.merchant_notice_count = notices.get(order._origin, 0)

    # -- buttons ----------------------------------------------------------------------------------------------------

    def action_merchant_release(self):
        """A person decides that shipping may go on although the platform or a rule held the order."""
        for order in self.filtered("merchant_hold_code"):
            order.message_post(
                body=self.env._("Released by hand; it was held because: %(reason)s", reason=order.merchant_hold_reason)
            )
            order._merchant_release()
        return True

    def action_merchant_hold(self):
        self.filtered(lambda order: order.state != "cancel")._merchant_hold("by_hand")
        return True

    def action_view_merchant_inbox(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_channel.merchant_inbox_action")
        return {**action, "domain": [("sale_order_id", "in", self.ids)], "context": {}}

    def action_view_merchant_notices(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_channel.merchant_shipment_notice_action")
        return {**action, "domain": [("sale_order_id", "in", self.ids)], "context": {}}

    def action_merchant_reread(self):
        """Ask the platform for these orders again, now."""
        for shop, orders in self.filtered("platform_order_ref").grouped("merchant_shop_id").items():
            shop._check_pullable()
            with shop._platform_trouble():
                found = dict(shop._client().details(orders.mapped("platform_order_ref")))
                payloads = [
                    identity for raw in found.values() if isinstance(raw, dict) for identity in shop._identify(raw)
                ]
                self.env["merchant.inbox"]._store(shop, payloads, "pull")
                shop._enqueue_process()
        return True

    def _confirmation_error_message(self):
        return (
            super()._confirmation_error_message() or self.filtered("merchant_hold_code").merchant_hold_reason or False
        )

    # -- steps of the order builder and of core/change.py -------------------------------------------------------------

    def _merchant_confirm(self):
        """Confirm a batch; sales figures keep the day the buyer ordered, not the day it arrived here."""
        ordered = {order: order.date_order for order in self}
        batch = self.with_context(merchant_batch=True)
        with self.env["merchant.order.builder"]._batch():
            batch.action_confirm()
            for order, moment in ordered.items():
                order.date_order = moment
            batch.env.flush_all()  # what is computed from the lines asks for their kits, too
        self.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel")).action_confirm()

    def _merchant_ours(self):
        """What :func:`core.change.plan` has to know of this order."""
        self.ensure_one()
        goods = self.order_line.filtered("platform_line_ref")
        return Ours(
            confirmed=self.state == "sale",
            cancelled=self.state == "cancel",
            shipped_lines=frozenset(line.platform_line_ref for line in goods if line._merchant_is_shipped()),
            dropped_lines=frozenset(line.platform_line_ref for line in goods if not line.product_uom_qty),
            all_lines=frozenset(goods.mapped("platform_line_ref")),
            refunded_lines=frozenset(line.platform_line_ref for line in goods if line.platform_refund == "refunded"),
            goods_lines=frozenset(line.platform_line_ref for line in goods if line.product_id.type == "consu"),
            address=self.partner_shipping_id.merchant_address_key or "",
            remarks=(
                self.merchant_buyer_remark or "",
                self.merchant_seller_remark or "",
                self.merchant_seller_flag or "",
            ),
            held=self.merchant_hold_code or "",
        )

    def _merchant_states(self):
        """``{order id: (platform state, hold code)}``, of which each change stands in the order's history."""
        return {order.id: (order.platform_status, order.merchant_hold_code) for order in self}

    def _merchant_log_states(self, before):
        """Write what changed since `_merchant_states` into the histories, a few statements for all orders."""
        notes = {order.id: Markup("<br/>").join(order._merchant_news(*before[order.id])) for order in self}
        notes = {order_id: note for order_id, note in notes.items() if note}
        if notes:
            self.browse(notes)._message_log_batch(notes)

    def _merchant_news(self, platform_status, hold_code):
        """Sentences on what changed; that the platform closed the order is told by `_merchant_cancel`."""
        labels = dict(self._fields["platform_status"]._description_selection(self.env))
        if self.platform_status != platform_status:
            yield self.env._(
                "Platform state: %(before)s → %(now)s",
                before=labels.get(platform_status, "–"),
                now=labels.get(self.platform_status, "–"),
            )
        if self.merchant_hold_code and self.merchant_hold_code != hold_code:
            yield self.env._("On hold: %(reason)s", reason=self.merchant_hold_reason)
        elif hold_code and not self.merchant_hold_code and self.state != "cancel":
            yield self.env._("The hold is over: shipping may go on.")

    def _merchant_cancel(self, order, address):
        self._action_cancel()
        self.merchant_hold_code = False
        self.message_post(body=self.env._("Cancelled: the platform closed the order."))

    def _merchant_drop_lines(self, order, address, lines):
        """Refunded before shipping: the lines stay visible with quantity 0, their deliveries are cancelled."""
        dropped = self.order_line.filtered(lambda line: line.platform_line_ref in lines)
        moves = self.env["stock.move"].browse(dropped.move_ids._rollup_move_origs()) | dropped.move_ids
        moves.filtered(lambda move: move.state not in ("done", "cancel"))._action_cancel()
        locked = self.locked
        self.locked = False
        dropped.with_context(skip_procurement=True).product_uom_qty = 0
        self.locked = locked
        names = ", ".join(dropped.mapped("name"))
        self.message_post(body=self.env._("Taken out, the buyer got the money back: %(lines)s", lines=names))
        if not any(line.product_uom_qty for line in self.order_line if line.platform_line_ref):
            self._merchant_cancel(order, address)

    def _merchant_note_refunds(self, order):
        """Show how far each line's refund has come."""
        refunds = {line.line_id: line.refund for line in order.lines}
        for line in self.order_line.filtered("platform_line_ref"):
            refund = refunds.get(line.platform_line_ref, line.platform_refund)
            if refund != line.platform_refund:
                line.platform_refund = refund

    def _merchant_readdress(self, order, address):
        self.with_context(update_delivery_shipping_partner=False).write({"partner_shipping_id": address.id})
        open_pickings = self.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        open_pickings.write({"partner_id": address.id})
        open_pickings.move_ids.write({"partner_id": address.id})
        self.message_post(body=self.env._("The buyer changed the delivery address."))

    def _merchant_remark(self, order, address):
        self.write(
            {
                "merchant_buyer_remark": order.buyer_remark,
                "merchant_seller_remark": order.seller_remark,
                "merchant_seller_flag": order.seller_flag,
            }
        )

    def _merchant_hold(self, order, address=None, reason=None):
        """Stop shipping. ``order`` may be the reason itself when nothing came from the platform."""
        self.merchant_hold_code = reason or order

    def _merchant_release(self, order=None, address=None):
        """Shipping may go on; a quotation that only waited for it is confirmed."""
        self.merchant_hold_code = False
        waiting = self.filtered(lambda sale: sale.state in ("draft", "sent") and sale.merchant_shop_id.auto_confirm)
        if waiting:
            waiting._merchant_confirm()

    def _merchant_warn(self, order, address, reason, lines=()):
        """What the platform wants came too late to be done without a person."""
        codes = {line.line_id: line.sku or line.title for line in order.lines}
        names = [f"{codes[line_id]} {line_id}" if codes.get(line_id) else line_id for line_id in lines]
        return [{"code": reason, "params": {"lines": ", ".join(names)}}]

    def _merchant_check_shippable(self):
        """:raises UserError: one of the orders is on hold"""
        for order in self.filtered("merchant_hold_code"):
            raise UserError(
                self.env._(
                    "%(order)s must not be shipped: %(reason)s",
                    order=order.platform_order_ref or order.name,
                    reason=order.merchant_hold_reason,
                )
            )
