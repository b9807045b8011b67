from odoo import api, fields, models


class MerchantSheetProblem(models.Model):
    """A row of a sheet that was not taken, and why."""

    _name = "merchant.sheet.problem"
    _description = "Row to Mend"
    _order = "row, id"
    _rec_name = "row"

    import_id = fields.Many2one("merchant.sheet.import", required=True, ondelete="cascade", index=True)
    row = fields.Integer("Row No.", required=True, help="As a spreadsheet program shows it.")
    order_ref = fields.Char("Order No.")
    code = fields.Char("Reason Code", required=True)
    params = fields.Json()
    reason = fields.Char(compute="_compute_reason")

    @api.depends("code", "params")
    @api.depends_context("lang")
    def _compute_reason(self):
        for problem in self:
            problem.reason = self.env["merchant.reason"]._sentence(problem.code, problem.params)
