from odoo import api, models


class StockRule(models.Model):
    _inherit = "stock.rule"

    @api.model
    def _search_rule_for_warehouses(self, route_ids, packaging_uom_id, product_id, warehouse_ids, domain):
        """The lines of a batch ask the same of the same routes: the database is asked once for each set of routes."""
        ask = super()._search_rule_for_warehouses
        question = (route_ids, packaging_uom_id, product_id, warehouse_ids, domain)
        if not self.env.context.get("merchant_batch"):
            return ask(*question)
        once = self.env["merchant.order.builder"]._in_batch
        # the routes of a product are looked up once, too
        where = (product_id.id, route_ids and route_ids.ids, packaging_uom_id and packaging_uom_id.id)
        where = (repr(where), warehouse_ids and tuple(warehouse_ids.ids), repr(domain))
        key = once(("rule of", *where), lambda: self._merchant_rule_key(*question))
        return once(("rules", *key), lambda: ask(*question))

    def _merchant_rule_key(self, route_ids, packaging_uom_id, product_id, warehouse_ids, domain):
        """What stock's answer depends on: the routes, by where they come from, the warehouses and the domain."""
        routes = warehouse_ids.route_ids if warehouse_ids else self.env["stock.route"]
        return (
            tuple(route_ids.ids) if route_ids else (),
            tuple(packaging_uom_id.package_type_id.route_ids.ids) if packaging_uom_id else (),
            tuple((product_id.route_ids | product_id.categ_id.total_route_ids).ids),
            tuple(route.id for route in routes if self._filter_warehouse_routes(product_id, warehouse_ids, route)),
            tuple(warehouse_ids.ids) if warehouse_ids else (),
            repr(domain),
        )
