from odoo import fields, models


class MerchantSourceWarehouse(models.TransientModel):
    _inherit = "merchant.source.warehouse"

    shop_ids = fields.Many2many(
        "merchant.shop",
        string="Serves the Shops",
        check_company=True,
        default=lambda self: self.env["merchant.shop"].search([("company_id", "=", self.env.company.id)]),
        help="Whose orders it may ship; its stock counts for them.",
    )

    def _add(self):
        warehouse = super()._add()
        self.shop_ids.write({"warehouse_ids": [(4, warehouse.id)]})
        return warehouse
