from odoo import fields, models


class MerchantCarrierCode(models.Model):
    """What a platform calls a carrier."""

    _name = "merchant.carrier.code"
    _description = "Carrier Code of a Platform"
    _order = "platform, carrier_id"
    _rec_name = "code"

    carrier_id = fields.Many2one("delivery.carrier", required=True, ondelete="cascade", index=True)
    platform = fields.Selection(selection=lambda self: self.env["merchant.shop"]._platforms(), required=True)
    code = fields.Char(required=True, help="As the platform spells it, e.g. SF or ZTO.")

    _carrier_uniq = models.Constraint(
        "UNIQUE (platform, carrier_id)", "This carrier has a code on this platform already."
    )
