from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

LONGEST = timedelta(days=90)


class MerchantPullWizard(models.TransientModel):
    """Pull a stretch of time by hand, for instance after an outage; what is known already stays as it is."""

    _name = "merchant.pull.wizard"
    _description = "Pull Orders of a Period"

    shop_ids = fields.Many2many(
        "merchant.shop", string="Shops", required=True, default=lambda self: self._default_shops()
    )
    start = fields.Datetime(
        "Changed From", required=True, default=lambda self: fields.Datetime.now() - timedelta(days=1)
    )
    end = fields.Datetime("Until", required=True, default=fields.Datetime.now)

    def _default_shops(self):
        if self.env.context.get("active_model") == "merchant.shop":
            return self.env["merchant.shop"].browse(self.env.context.get("active_ids"))
        return self.env["merchant.shop"].search([("platform", "!=", "own"), ("state", "=", "ready")])

    def action_pull(self):
        self.ensure_one()
        if self.start >= self.end:
            raise UserError(self.env._("The period ends before it begins: correct its dates."))
        if self.end - self.start > LONGEST:
            raise UserError(self.env._("Platforms tell at most three months: choose a shorter period."))
        for shop in self.shop_ids:
            shop._check_pullable()
            shop._enqueue_pull(fields.Datetime.to_string(self.start), fields.Datetime.to_string(self.end))
        return self.shop_ids[:1]._notify(
            self.env._("The period is pulled in the background; new orders appear in the inbox.")
        )
