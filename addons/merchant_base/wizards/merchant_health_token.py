from odoo import fields, models


class MerchantHealthToken(models.TransientModel):
    """Shows a new token for outside monitors, this once."""

    _name = "merchant.health.token"
    _description = "Monitor Token"

    token = fields.Char(readonly=True, store=False)
    json_url = fields.Char("Health as JSON", compute="_compute_urls")
    prometheus_url = fields.Char("Metrics for Prometheus", compute="_compute_urls")

    def _compute_urls(self):
        base = self.get_base_url()
        for wizard in self:
            wizard.json_url = f"{base}/merchant/health"
            wizard.prometheus_url = f"{base}/merchant/metrics"
