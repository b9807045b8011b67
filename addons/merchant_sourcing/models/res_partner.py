from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    merchant_source_rank = fields.Selection(
        [("2", "First"), ("1", "Early"), ("0", "In turn")],
        string="Served",
        default="0",
        help="When many orders want the last pieces, these customers' orders are served before others that were "
        "promised for the same day.",
    )
