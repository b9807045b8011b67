from odoo import fields, models
from odoo.exceptions import UserError


class MerchantStockPropose(models.TransientModel):
    """From which sales, and for which, minimum and maximum are proposed."""

    _name = "merchant.stock.propose"
    _description = "Propose Min/Max"

    service = fields.Float("Service Level", default=0.95, help="Share of lead times that pass without selling out.")
    review = fields.Integer("Days between Orders", default=14)
    warehouse_id = fields.Many2one("stock.warehouse", help="Empty: every warehouse.")
    categ_id = fields.Many2one("product.category", "Category", help="Empty: every category.")
    abc = fields.Selection([("A", "A"), ("B", "B"), ("C", "C")], string="ABC", help="Empty: every class.")
    position_ids = fields.Many2many("merchant.stock.position", default=lambda self: self._chosen_positions())

    _service_range = models.Constraint(
        "CHECK (service >= 0.5 AND service < 1)", "The service level lies between 50 % and 99.99 %."
    )
    _review_check = models.Constraint("CHECK (review >= 0)", "Between two orders lie 0 days or more.")

    def _chosen_positions(self):
        if self.env.context.get("active_model") == "merchant.stock.position":
            return self.env.context.get("active_ids")
        return False

    def action_propose(self):
        """Work them out and show the table."""
        self.ensure_one()
        positions = self.position_ids or self.env["merchant.stock.position"].search(self._domain())
        proposals = self.env["merchant.stock.proposal"]._propose(positions, self.service, self.review)
        if not proposals:
            raise UserError(self.env._("Nothing was sold of these in the window: there is nothing to propose from."))
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("merchant_stock_alert.merchant_stock_proposal_action"),
            "domain": [("id", "in", proposals.ids)],
        }

    def _domain(self):
        domain = [("daily", ">", 0), ("company_id", "in", self.env.companies.ids)]
        if self.warehouse_id:
            domain.append(("warehouse_id", "=", self.warehouse_id.id))
        if self.categ_id:
            domain.append(("categ_id", "child_of", self.categ_id.id))
        if self.abc:
            domain.append(("abc", "=", self.abc))
        return domain
