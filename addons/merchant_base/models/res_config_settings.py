from odoo import fields, models
from odoo.exceptions import AccessError

from .. import cipher


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    merchant_key_state = fields.Selection(
        [("ready", "Ready"), ("short", "Too short"), ("missing", "Missing")],
        string="Key for Secrets",
        compute="_compute_merchant_key_state",
        help="Secrets of shops and buyers' data are encrypted with a key that lies outside the database.",
    )

    def action_merchant_health_token(self):
        """Make a new token for outside monitors and show it this once."""
        self.ensure_one()
        if not self.env.user.has_group("merchant_base.group_owner"):
            raise AccessError(self.env._("Only an owner makes tokens for monitors."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Monitor Token"),
            "res_model": "merchant.health.token",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_token": self.env["merchant.health"]._new_token()},
        }

    def _compute_merchant_key_state(self):
        keys = cipher.keys()
        shortest = min(map(len, keys), default=0)
        state = "ready" if shortest >= cipher.SHORTEST_KEY else "short" if keys else "missing"
        for settings in self:
            settings.merchant_key_state = state
