from odoo import fields, models

from .. import cipher


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    merchant_key_state = fields.Selection(
        [("ready", "Ready"), ("short", "Too short"), ("missing", "Missing")],
        string="Key for Secrets",
        compute="_compute_merchant_key_state",
        help="Secrets of shops and buyers' data are encrypted with a key that lies outside the database.",
    )

    def _compute_merchant_key_state(self):
        keys = cipher.keys()
        shortest = min(map(len, keys), default=0)
        state = "ready" if shortest >= cipher.SHORTEST_KEY else "short" if keys else "missing"
        for settings in self:
            settings.merchant_key_state = state
