from odoo import api, fields, models
from odoo.tools import SQL


class MerchantWmsDay(models.Model):
    """How many products differed at an outside warehouse when they were last compared on a day."""

    _name = "merchant.wms.day"
    _description = "Differences by Day"
    _log_access = False
    _order = "day desc, wms_id"
    _rec_name = "day"

    wms_id = fields.Many2one("merchant.wms", "System", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    day = fields.Date(required=True, readonly=True)
    compared = fields.Integer("Products Compared", readonly=True)
    differing = fields.Integer("Differing", readonly=True)
    pieces = fields.Float("Pieces Apart", digits="Product Unit", readonly=True, help="All differences, none set off.")

    _day_uniq = models.Constraint("UNIQUE (wms_id, day)", "Each day has one figure.")

    @api.model
    def _note(self, wms):
        """The day's figure as it is now; the last one of the day stays."""
        zone = wms.company_id.partner_id.tz or wms.user_id.tz or "Asia/Shanghai"
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO merchant_wms_day (wms_id, company_id, day, compared, differing, pieces)
                SELECT %(wms)s, %(company)s, %(day)s, COUNT(*), COUNT(*) FILTER (WHERE difference != 0),
                       COALESCE(SUM(ABS(difference)), 0)
                  FROM merchant_wms_stock WHERE wms_id = %(wms)s
                ON CONFLICT (wms_id, day) DO UPDATE
                   SET compared = EXCLUDED.compared, differing = EXCLUDED.differing, pieces = EXCLUDED.pieces
                """,
                wms=wms.id,
                company=wms.company_id.id,
                day=fields.Date.context_today(self.with_context(tz=zone)),
            )
        )
        self.invalidate_model()
