import pytz

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    merchant_transfer_want = fields.Integer(
        "Goods Last at Least (days)", default=14, help="Warehouses with less get goods from others."
    )
    merchant_transfer_spare = fields.Integer(
        "A Giver Keeps (days)", default=30, help="What a warehouse sells in these days it does not give away."
    )
    merchant_transfer_least = fields.Float(
        "Smallest Transfer", default=1, digits="Product Unit", help="Less of a product is not worth its way."
    )

    _merchant_transfer_check = models.Constraint(
        "CHECK (merchant_transfer_want >= 0 AND merchant_transfer_spare >= merchant_transfer_want"
        " AND merchant_transfer_least > 0)",
        "A giver keeps goods for at least as many days as a taker is to have; the smallest transfer is above 0.",
    )

    def _merchant_local(self, moment, tz=None):
        """A moment in UTC as the clocks show it where the company works, or in another time zone."""
        zone = pytz.timezone(tz or self.resource_calendar_id.tz or "Asia/Shanghai")
        return pytz.utc.localize(moment).astimezone(zone).replace(tzinfo=None)
