from odoo import fields, models


class MerchantPriceReason(models.Model):
    """Why a price was changed by hand."""

    _name = "merchant.price.reason"
    _description = "Reason for a Price by Hand"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
