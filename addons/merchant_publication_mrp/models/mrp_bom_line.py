from odoo import api, models


class MrpBomLine(models.Model):
    _inherit = "mrp.bom.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.bom_id._merchant_mark()
        return lines

    def write(self, vals):
        self.bom_id._merchant_mark()
        result = super().write(vals)
        self.bom_id._merchant_mark()
        return result

    def unlink(self):
        boms = self.bom_id
        boms._merchant_mark()
        result = super().unlink()
        boms._merchant_mark()
        return result
