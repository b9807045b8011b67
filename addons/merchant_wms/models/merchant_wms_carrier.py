from odoo import fields, models


class MerchantWmsCarrier(models.Model):
    """What an outside warehouse calls a carrier."""

    _name = "merchant.wms.carrier"
    _description = "Outside Warehouse's Carrier Code"
    _order = "wms_id, code"
    _rec_name = "code"

    wms_id = fields.Many2one("merchant.wms", required=True, ondelete="cascade", index=True)
    code = fields.Char(required=True, help="As the warehouse writes it in its results, e.g. SF.")
    carrier_id = fields.Many2one("delivery.carrier", required=True, ondelete="cascade")

    _code_uniq = models.Constraint("UNIQUE (wms_id, code)", "This warehouse has a carrier of that code already.")
