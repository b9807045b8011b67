from odoo import fields, models


class MerchantPriceSheetProblem(models.Model):
    """One cell to mend."""

    _name = "merchant.price.sheet.problem"
    _description = "Row to Mend of a Price Sheet"
    _order = "row, id"

    sheet_id = fields.Many2one("merchant.price.sheet", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="sheet_id.company_id", store=True)
    row = fields.Integer()
    column = fields.Char()
    reason = fields.Char()
    found = fields.Char()
