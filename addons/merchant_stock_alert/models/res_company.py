import pytz

from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    stock_alert_window = fields.Selection(
        [("7", "7 days"), ("14", "14 days"), ("28", "28 days"), ("56", "56 days"), ("91", "91 days")],
        string="Average of the Last",
        default="28",
        required=True,
        help="Average daily sales are taken from these days, those without stock left out.",
    )
    stock_alert_tz = fields.Selection(
        lambda self: [
            (zone, zone) for zone in sorted(pytz.all_timezones, key=lambda zone: not zone.startswith("Asia/"))
        ],
        string="Days End in",
        default="Asia/Shanghai",
        required=True,
    )
    stock_alert_escalate = fields.Float(
        "Escalate after (hours)",
        default=24,
        help="An alert that nobody took up is told once more, also on channels for such alerts only. 0: never.",
    )
    stock_alert_day = fields.Date("Stock Evaluated for", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_stock_thresholds()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if {"stock_alert_window", "stock_alert_tz"} & vals.keys():
            self._recount_stock(days="stock_alert_tz" in vals)
        return result

    def _recount_stock(self, days=False):
        """Have the averages, and with another time zone the days too, counted anew."""
        self.env.flush_all()
        for company in self:
            company.stock_alert_day = False
            self.env.cr.execute(
                "UPDATE merchant_stock_position SET demand_day = %s WHERE company_id = %s",
                (None if days else "1970-01-01", company.id),
            )
            # the marks say nothing but that something is to be counted
            warehouses = self.env["stock.warehouse"].sudo().search([("company_id", "=", company.id)])
            self.env["merchant.stock.mark"]._mark((None, warehouse.id) for warehouse in warehouses)

    def _create_stock_thresholds(self):
        """What a new company starts with; to be changed at will."""
        defaults = (
            {"kind": "low", "method": "days", "days": 7},
            {"kind": "over", "method": "days", "days": 120},
            {"kind": "slow", "method": "days", "days": 90},
            {"kind": "expiring", "method": "days", "days": 30},
            {"kind": "negative", "method": "quantity"},
        )
        # made with the company, whoever may make companies
        thresholds = self.env["merchant.stock.threshold"].sudo()
        missing = self.filtered(lambda company: not thresholds.search_count([("company_id", "=", company.id)], limit=1))
        thresholds.create([{**values, "company_id": company.id} for company in missing for values in defaults])
