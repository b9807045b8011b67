from odoo import fields, models


class MerchantNoticeTopic(models.Model):
    """What a notice is about; an addon that tells people something ships its topic as data."""

    _name = "merchant.notice.topic"
    _description = "Notice Topic"
    _order = "sequence, id"

    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)

    _code_uniq = models.Constraint("UNIQUE (code)", "There is already a topic of that code.")
