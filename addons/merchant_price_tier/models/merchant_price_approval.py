from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class MerchantPriceApproval(models.Model):
    """A question to somebody who may decide: may this line be sold at this price in this quantity?"""

    _name = "merchant.price.approval"
    _description = "Price Approval"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    line_id = fields.Many2one("sale.order.line", required=True, readonly=True, index=True, ondelete="cascade")
    order_id = fields.Many2one(related="line_id.order_id", store=True, index=True)
    order_state = fields.Selection(related="order_id.state")
    company_id = fields.Many2one(related="line_id.company_id", store=True)
    partner_id = fields.Many2one(related="order_id.partner_id")
    # those of the moment of asking: another product on the line is another question
    product_id = fields.Many2one("product.product", compute="_compute_subject", store=True, precompute=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_subject", store=True, precompute=True)
    price = fields.Float(
        "Net Unit Price",
        digits=(16, 4),
        required=True,
        readonly=True,
        help="After discounts and promotions as far as floors count them, without tax.",
    )
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)
    amount = fields.Monetary(compute="_compute_amount", help="Net, of the whole line.")
    tier_id = fields.Many2one(related="order_id.merchant_tier_id")
    our_price = fields.Float(related="line_id.merchant_our_price", help="What our price lists say for this line.")
    reason_id = fields.Many2one(related="line_id.merchant_reason_id", string="Reason Given")
    uom_id = fields.Many2one("uom.uom", string="Unit", required=True, readonly=True)
    why = fields.Char("Asked Because", readonly=True)
    floor_text = fields.Char("Floor Says", compute="_compute_floor_text", groups="merchant_price_tier.group_cost")
    state = fields.Selection(
        [("asked", "Asked"), ("approved", "Approved"), ("refused", "Refused"), ("outdated", "Outdated")],
        default="asked",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )
    user_id = fields.Many2one("res.users", string="Asked By", readonly=True, default=lambda self: self.env.user)
    decided_by_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    decided_at = fields.Datetime("Decided", readonly=True)
    answer = fields.Char(help="Word to the person who asked.")

    _one_open = models.UniqueIndex("(line_id) WHERE state = 'asked'", "This line's price is being asked for already.")

    @api.depends("order_id", "product_id")
    def _compute_name(self):
        for approval in self:
            approval.name = f"{approval.order_id.name} · {approval.product_id.display_name}"

    @api.depends("line_id")
    def _compute_subject(self):
        for approval in self:
            approval.product_id = approval.line_id.product_id
            approval.currency_id = approval.line_id.order_id.currency_id

    @api.depends("price", "quantity")
    def _compute_amount(self):
        for approval in self:
            approval.amount = approval.price * approval.quantity

    @api.depends("line_id.merchant_floor_text")
    @api.depends_context("lang", "uid")
    def _compute_floor_text(self):
        for approval in self:
            approval.floor_text = approval._is_about_line() and approval.line_id.merchant_floor_text

    def action_approve(self):
        """Allow exactly this price, in exactly this quantity, on exactly this line."""
        return self._decide("approved")

    def action_refuse(self):
        """Keep the order from being confirmed at this price."""
        return self._decide("refused")

    def action_reopen(self):
        """Take a decision back, as long as the order has not been confirmed by it."""
        self._check_approver()
        for approval in self:
            if approval.state not in ("approved", "refused") or approval.order_id.state not in ("draft", "sent"):
                raise UserError(self.env._("%(name)s is not open to a new decision.", name=approval.name))
        self.write({"state": "asked", "decided_by_id": False, "decided_at": False})
        self._notify()
        for approval in self:
            text = self.env._("Price of %(product)s: is decided anew.", product=approval.product_id.display_name)
            # as in deciding
            approval.order_id.sudo().message_post(body=text, partner_ids=approval.user_id.partner_id.ids)
        return True

    def _check_approver(self):
        if not self.env.user.has_group("merchant_price_tier.group_price_approver"):
            raise AccessError(self.env._("Only an approver of prices decides this: ask one of them."))

    def _decide(self, state):
        self._check_approver()
        for approval in self:
            if approval.state != "asked":
                raise UserError(self.env._("%(name)s was decided already.", name=approval.name))
        self._forget_outdated()
        waiting = self.filtered(lambda approval: approval.state == "asked")
        waiting.write({"state": state, "decided_by_id": self.env.uid, "decided_at": fields.Datetime.now()})
        waiting.activity_feedback(["mail.mail_activity_data_todo"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        for approval in waiting:
            text = self.env._(
                "Price of %(product)s: %(state)s. %(answer)s",
                product=approval.product_id.display_name,
                state=labels[state],
                answer=approval.answer or "",
            )
            # the approver may see prices without being one of the order's salespeople
            approval.order_id.sudo().message_post(body=text, partner_ids=approval.user_id.partner_id.ids)
        return (self - waiting)._tell_outdated() if self - waiting else True

    def _tell_outdated(self):
        text = self.env._(
            "The order has another price or quantity by now, so nothing was decided: %(names)s. It can be asked anew.",
            names=", ".join(self.mapped("name")),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning", "message": text, "next": {"type": "ir.actions.act_window_close"}},
        }

    def _forget_outdated(self):
        """What was asked about a price or quantity that is no longer on the line."""
        old = self.filtered(lambda approval: approval.state == "asked" and not approval._is_about_line())
        old.write({"state": "outdated"})
        old.activity_unlink(["mail.mail_activity_data_todo"])

    def _is_about_line(self):
        """Is the line still what was asked about?"""
        line = self.line_id.sudo()
        return line._merchant_bounds()[line] == self._merchant_bound()

    def _merchant_bound(self):
        """What the answer is bound to, see ``sale.order.line._merchant_bounds``."""
        return self.product_id.id, round(self.price, 4), self.quantity, self.uom_id.id, self.currency_id.id

    @api.model
    def _ask(self, lines):
        """Ask about lines; those that are being asked about already are left alone.

        :return: the new approvals
        """
        # who sells asks, but may not write the answer
        Approval = self.sudo()
        Approval.search([("line_id", "in", lines.ids), ("state", "=", "asked")])._forget_outdated()
        asked = Approval.search([("line_id", "in", lines.ids), ("state", "=", "asked")]).line_id
        bounds = lines._merchant_bounds()
        new = Approval.create(
            [
                {
                    "line_id": line.id,
                    "price": bounds[line][1],
                    "quantity": line.product_uom_qty,
                    "uom_id": line.product_uom_id.id,
                    "why": line._merchant_asked_because(),
                    "user_id": self.env.uid,
                }
                for line in lines - asked
            ]
        )
        new._notify()
        return new

    def _notify(self):
        approvers = self.env.ref("merchant_price_tier.group_price_approver").all_user_ids
        for approval in self:
            allowed = approvers.filtered(lambda user, company=approval.company_id: company in user.company_ids)
            for user in allowed.filtered("active") - self.env.ref("base.user_root"):
                approval.activity_schedule(
                    "mail.mail_activity_data_todo", user_id=user.id, summary=self.env._("Price below the floor")
                )
