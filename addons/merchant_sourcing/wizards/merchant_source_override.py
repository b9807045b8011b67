from odoo import api, fields, models
from odoo.exceptions import UserError


class MerchantSourceOverride(models.TransientModel):
    """A person says where orders ship from, and why."""

    _name = "merchant.source.override"
    _description = "Choose the Warehouse by Hand"

    order_ids = fields.Many2many("sale.order", required=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True)
    reason = fields.Char(required=True)
    why = fields.Json(compute="_compute_why", help="What the rules said of the order, and what each warehouse had.")

    @api.depends("order_ids")
    def _compute_why(self):
        for wizard in self:
            wizard.why = wizard.order_ids.merchant_source_why if len(wizard.order_ids) == 1 else False

    def action_apply(self):
        self.ensure_one()
        if other := self.order_ids.filtered(lambda order: order.company_id != self.warehouse_id.company_id)[:1]:
            raise UserError(
                self.env._("%(warehouse)s is not of the company of %(order)s.",
                           warehouse=self.warehouse_id.name, order=other.name)
            )  # fmt: skip
        self.order_ids.check_access("write")
        self.order_ids._merchant_ship_from(self.warehouse_id, self.reason)
        return {"type": "ir.actions.act_window_close"}
