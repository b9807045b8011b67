from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    merchant_wms_id = fields.Many2one(
        "merchant.wms",
        "Outside Warehouse System",
        check_company=True,
        index="btree_not_null",
        copy=False,
        groups="merchant_base.group_user",
        help="Its deliveries are shipped by this system and validated by its results.",
    )

    @api.constrains("merchant_wms_id", "delivery_steps")
    def _check_merchant_wms_steps(self):
        # sudo: whoever changes the steps need not see the outside warehouses
        for warehouse in self.sudo():
            if warehouse.merchant_wms_id and warehouse.delivery_steps != "ship_only":
                raise ValidationError(
                    self.env._(
                        "%(warehouse)s is kept by an outside warehouse, which picks and packs by itself: "
                        "choose “Deliver goods directly (1 step)” for it.",
                        warehouse=warehouse.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        if any(vals.get("merchant_wms_id") for vals in vals_list):
            self.env.registry.clear_cache()
        return warehouses

    def write(self, vals):
        result = super().write(vals)
        if "merchant_wms_id" in vals:
            self.env.registry.clear_cache()
            self._merchant_wms_catch_up()
        return result

    @api.model
    @tools.ormcache()
    def _merchant_wms_kept(self):
        """Ids of the warehouses that an outside system keeps: asked with every move, so remembered."""
        # sudo: the ids decide whether there is anything to do
        return frozenset(self.sudo().with_context(active_test=False).search([("merchant_wms_id", "!=", False)]).ids)

    def _merchant_wms_catch_up(self):
        """What is ready at warehouses that were handed over just now is told, too."""
        domain = [("picking_type_id.warehouse_id", "in", self.ids), ("state", "=", "assigned")]
        # sudo: whoever hands a warehouse over need not see its deliveries
        self.env["stock.picking"].sudo().search(domain)._merchant_wms_mark()
