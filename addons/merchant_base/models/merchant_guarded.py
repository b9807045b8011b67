from odoo import api, models


class MerchantGuarded(models.AbstractModel):
    """Records that tell what happened: made and changed by jobs and buttons alone.

    Over RPC whoever has a role may press their buttons, but could otherwise claim another source or outcome.
    """

    _name = "merchant.guarded"
    _description = "Written by Jobs and Buttons"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_guard("create")
        return super().create(vals_list)

    def write(self, vals):
        self._check_guard("write")
        return super().write(vals)

    def _check_guard(self, operation):
        if not self.env.su:
            raise self.env["ir.model.access"]._make_access_error(self._name, operation)

    def _acting(self):
        """These records for the work of a button, for those who may press it."""
        self.check_access("write")
        # sudo: whoever has the role may press the button, but nobody writes a record's outcome himself (see `write`)
        return self.sudo()
