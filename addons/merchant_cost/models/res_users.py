from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _merchant_sees_costs(self):
        """People without any role of the suite see what stock Odoo shows them."""
        return self._has_group("merchant_price_tier.group_cost") or not self._has_group("merchant_base.group_user")
