from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..core.layers import average

# the newest arrivals in a warehouse that together make up what lies there
_LAYERS = """
    WITH inside AS (
        SELECT w.id AS warehouse_id, l.id AS location_id
          FROM stock_warehouse w
          JOIN stock_location view ON view.id = w.view_location_id
          JOIN stock_location l ON l.parent_path LIKE view.parent_path || '%%' AND l.usage = 'internal'
         WHERE w.id = ANY(%(warehouses)s)
    ), on_hand AS (
        SELECT q.product_id, inside.warehouse_id, SUM(q.quantity) AS quantity
          FROM stock_quant q
          JOIN inside USING (location_id)
         WHERE q.product_id = ANY(%(products)s) AND (q.owner_id IS NULL OR q.owner_id = %(owner)s)
         GROUP BY 1, 2
        HAVING SUM(q.quantity) > 0
    ), arrival AS (
        SELECT line.product_id, there.warehouse_id, m.id, m.date, SUM(line.quantity_product_uom) AS quantity,
               CASE WHEN m.is_in AND m.value > 0 THEN m.value / NULLIF(
                   SUM(SUM(line.quantity_product_uom)) OVER (PARTITION BY m.id), 0) END AS cost
          FROM stock_move_line line
          JOIN stock_move m ON m.id = line.move_id
          JOIN inside there ON there.location_id = line.location_dest_id
          LEFT JOIN inside before ON before.location_id = line.location_id
                                  AND before.warehouse_id = there.warehouse_id
         WHERE line.product_id = ANY(%(products)s) AND m.state = 'done' AND before.location_id IS NULL
           AND (line.owner_id IS NULL OR line.owner_id = %(owner)s)
         GROUP BY line.product_id, there.warehouse_id, m.id
    ), layer AS (
        SELECT a.product_id, a.warehouse_id, a.cost, h.quantity AS on_hand,
               LEAST(a.quantity, h.quantity - SUM(a.quantity) OVER newest_first + a.quantity) AS part
          FROM arrival a
          JOIN on_hand h USING (product_id, warehouse_id)
        WINDOW newest_first AS (PARTITION BY a.product_id, a.warehouse_id ORDER BY a.date DESC, a.id DESC)
    )
    SELECT product_id, warehouse_id, SUM(part * cost), SUM(part), on_hand
      FROM layer
     WHERE part > 0 AND cost IS NOT NULL
     GROUP BY product_id, warehouse_id, on_hand
"""
_READ = {
    "stock.quant": ["quantity", "location_id", "product_id", "owner_id"],
    "stock.move.line": ["quantity_product_uom", "location_id", "location_dest_id", "move_id", "owner_id"],
    "stock.move": ["state", "date", "is_in", "value"],
}


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _merchant_warehouse_costs(self, warehouses, company, general):
        """What the pieces in warehouses cost, where that can be told and may differ from the company's cost.

        :param general: ``{product id: Decimal}``, the company's cost of one product unit
        :return: ``{(product id, warehouse id): Decimal}``
        """
        valued = self.with_company(company).filtered(lambda product: product.cost_method != "standard")
        by_lot = valued.filtered("lot_valuated")
        layers = [*(valued - by_lot)._merchant_layers(warehouses, company), *by_lot._merchant_lots(warehouses, company)]
        found = {
            (product, warehouse): average(*(Decimal(str(figure)) for figure in figures), general[product])
            for product, warehouse, *figures in layers
        }
        return {key: cost for key, cost in found.items() if cost is not None}

    def _merchant_layers(self, warehouses, company):
        """``[(product id, warehouse id, value, pieces of that value, pieces on hand)]``"""
        if not self or not warehouses:
            return []
        fields_read = [self.env[model]._fields[name] for model, names in _READ.items() for name in names]
        return self.env.execute_query(
            SQL(
                _LAYERS,
                products=self.ids,
                warehouses=warehouses.ids,
                owner=company.partner_id.id,
                to_flush=fields_read,
            )
        )

    def _merchant_lots(self, warehouses, company):
        """The same for products that Odoo values by lot."""
        if not self or not warehouses:
            return []
        found = {}
        for product, warehouse, lot, quantity in self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", self.ids),
                ("location_id.usage", "=", "internal"),
                ("warehouse_id", "in", warehouses.ids),
                ("owner_id", "in", (False, company.partner_id.id)),
            ],
            ["product_id", "warehouse_id", "lot_id"],
            ["quantity:sum"],
        ):
            figures = found.setdefault((product.id, warehouse.id), [0.0, 0.0, 0.0])
            cost = lot.with_company(company).standard_price
            figures[2] += quantity
            if cost > 0:
                figures[0] += quantity * cost
                figures[1] += quantity
        return [(*key, *figures) for key, figures in found.items()]
