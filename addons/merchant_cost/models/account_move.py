from odoo import models

from .merchant_cost_guard import AT_WORK, CONTEXT


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        """An invoice books what its goods cost."""
        return super(AccountMove, self.with_context(**{CONTEXT: AT_WORK}))._post(soft=soft)
