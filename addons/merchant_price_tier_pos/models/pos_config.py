from datetime import timedelta

from odoo import models


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _action_to_open_ui(self):
        if self._get_available_pricelists()._merchant_beyond_till():
            self._merchant_start_afresh()
        return super()._action_to_open_ui()

    def _merchant_start_afresh(self):
        """Let the till read everything when it is opened next: prices that it kept may be those of yesterday."""
        # a cashier opens the till; that its copy is old is no choice of his
        self.sudo().last_data_change = self.env.cr.now() + timedelta(seconds=1)
