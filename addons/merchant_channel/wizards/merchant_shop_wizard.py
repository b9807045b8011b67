from odoo import api, fields, models

from odoo.addons.merchant_base.fields import Secret


class MerchantShopWizard(models.TransientModel):
    """A new shop in one step: what it is, its keys, where it ships from; connected before it is saved for good."""

    _name = "merchant.shop.wizard"
    _description = "Add a Shop"

    name = fields.Char(required=True)
    platform = fields.Selection(
        selection=lambda self: self.env["merchant.shop"]._platforms(),
        required=True,
        default=lambda self: self._default_platform(),
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    gateway = fields.Char(
        help="Leave it empty for the platform's own address; a rehearsal names the rehearsal marketplace."
    )
    app_key = fields.Char("App Key")
    app_secret = Secret("App Secret")
    session = Secret("Session")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Ships From",
        required=True,
        domain="[('company_id', '=', company_id)]",
        compute="_compute_warehouse_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    unknown_sku = fields.Selection(
        [("hold", "Hold the order until it is matched"), ("create", "Make a product for it")],
        required=True,
        default="hold",
        string="Unknown SKU",
    )
    pull_from = fields.Datetime(
        "First Pull From", default=lambda self: self.env["merchant.shop"].default_get(["pull_from"])["pull_from"]
    )

    @api.model
    def _default_platform(self):
        platforms = [code for code, _label in self.env["merchant.shop"]._platforms()]
        return next((code for code in platforms if code != "own"), "own")

    @api.depends("company_id")
    def _compute_warehouse_id(self):
        for wizard in self:
            wizard.warehouse_id = self.env["stock.warehouse"].search(
                [("company_id", "=", wizard.company_id.id)], limit=1
            )

    def action_create(self):
        """Make the shop and test its connection; a shop that cannot connect is not made, and the sentence says why."""
        self.ensure_one()
        shop = self.env["merchant.shop"].create(self._prepare_shop())
        if shop._has_client():
            shop._check_connected_once()
            shop.action_test()
            shop._enqueue_pull()
            shop.action_read_listings()
        return {
            "type": "ir.actions.act_window",
            "res_model": "merchant.shop",
            "res_id": shop.id,
            "views": [(False, "form")],
        }

    def _prepare_shop(self):
        names = ("name", "platform", "gateway", "app_key", "app_secret", "session", "unknown_sku", "pull_from")
        return {
            **{name: self[name] for name in names},
            "company_id": self.company_id.id,
            "warehouse_id": self.warehouse_id.id,
            "address_check": "none" if self.platform == "own" else "full",
        }
