from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    stock_alert_window = fields.Selection(related="company_id.stock_alert_window", readonly=False, required=True)
    stock_alert_tz = fields.Selection(related="company_id.stock_alert_tz", readonly=False, required=True)
    stock_alert_escalate = fields.Float(related="company_id.stock_alert_escalate", readonly=False)

    def action_recount_stock(self):
        """Count sales, averages and alerts of this company anew, from Odoo's own movements."""
        self.env.company._recount_stock(days=True)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": self.env._("Everything is being counted anew."), "type": "success"},
        }
