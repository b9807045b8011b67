from odoo import models

# The vendors' list on a product is a list of prices, and hands the product's cost on to its rows.
VENDORS = {"seller_ids", "variant_seller_ids"}


class IrUiView(models.Model):
    _inherit = "ir.ui.view"

    def _postprocess_tag_field(self, node, name_manager, node_info):
        self._merchant_guard_node(node.get("name"), name_manager, node_info)
        return super()._postprocess_tag_field(node, name_manager, node_info)

    def _postprocess_tag_label(self, node, name_manager, node_info):
        self._merchant_guard_node(node.get("for"), name_manager, node_info)
        return super()._postprocess_tag_label(node, name_manager, node_info)

    def _merchant_guard_node(self, name, name_manager, node_info):
        """As a field's own groups do: the page of whoever may not read a cost has no place for it."""
        if name in getattr(name_manager.model, "_merchant_cost_fields", ()) or name in VENDORS:
            groups = self.env["res.groups"]._get_group_definitions()
            sees = groups.parse("merchant_price_tier.group_cost", raise_if_not_found=False)
            ours = groups.parse("merchant_base.group_user", raise_if_not_found=False)
            node_info["model_groups"] &= sees | ~ours
