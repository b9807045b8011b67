from odoo import fields, models


class MerchantPublicationDrift(models.Model):
    """A listing whose platform had another quantity than it was told."""

    _name = "merchant.publication.drift"
    _description = "Stock Difference"
    _order = "id desc"
    _rec_name = "listing_id"

    check_id = fields.Many2one(
        "merchant.publication.check", required=True, readonly=True, ondelete="cascade", index=True
    )
    publication_id = fields.Many2one("merchant.publication", readonly=True, ondelete="cascade", index=True)
    listing_id = fields.Many2one("merchant.listing", required=True, readonly=True, ondelete="cascade", index=True)
    shop_id = fields.Many2one(related="check_id.shop_id", store=True, index=True)
    company_id = fields.Many2one(related="check_id.company_id", store=True, index=True)
    product_id = fields.Many2one(related="listing_id.product_id")
    at = fields.Datetime(related="check_id.at", store=True, index=True)
    expected = fields.Integer("Told", readonly=True)
    platform_quantity = fields.Float("Platform Has", readonly=True, digits="Product Unit")
    difference = fields.Float(readonly=True, digits="Product Unit")
    repaired_at = fields.Datetime("Repaired", compute="_compute_repaired_at", search="_search_repaired_at")

    def _compute_repaired_at(self):
        for drift in self:
            told = drift.publication_id.sent_at
            drift.repaired_at = told if told and told >= drift.at else False

    def _search_repaired_at(self, operator, value):
        if operator not in ("in", "not in") or list(value) != [False]:
            return NotImplemented
        self.env.cr.execute(
            """
            SELECT drift.id FROM merchant_publication_drift drift
              JOIN merchant_publication publication ON publication.id = drift.publication_id
             WHERE publication.sent_at >= drift.at
            """
        )
        repaired = [row[0] for row in self.env.cr.fetchall()]
        return [("id", "not in" if operator == "in" else "in", repaired)]
