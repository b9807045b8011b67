from odoo import api, fields, models


class MerchantTierChange(models.Model):
    """One change of a customer's tier: kept for ever, changed by nobody."""

    _name = "merchant.tier.change"
    _description = "Tier Change"
    _order = "id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    old_tier_id = fields.Many2one("merchant.price.tier", string="From", ondelete="set null")
    new_tier_id = fields.Many2one("merchant.price.tier", string="To", ondelete="set null")
    reason = fields.Selection(
        [("hand", "By hand"), ("import", "Import"), ("earned", "Earned"), ("lost", "Fell below")],
        required=True,
        default="hand",
    )
    spend = fields.Monetary(help="What was bought within the window when the change was made.")
    order_count = fields.Integer("Orders")
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user, string="By")

    @api.model
    def _record(self, before, partners, company):
        """Write down what changed.

        :param before: ``{partner id: tier id or False}`` before the change
        """
        facts = self.env.context.get("merchant_tier_facts", {})
        reason = self.env.context.get("merchant_tier_reason") or (
            "import" if self.env.context.get("import_file") else "hand"
        )
        self.create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "old_tier_id": before[partner.id],
                    "new_tier_id": partner.merchant_tier_id.id,
                    "reason": reason,
                    "spend": facts.get("spend", 0),
                    "order_count": facts.get("orders", 0),
                }
                for partner in partners
                if partner.merchant_tier_id.id != before[partner.id]
            ]
        )
