from collections import defaultdict
from datetime import datetime
from math import floor

from odoo import api, models
from odoo.tools import SQL

SALES_DAYS = 30


class MerchantSourcingStock(models.AbstractModel):
    """What warehouses have, read in as many queries for one order as for five hundred."""

    _name = "merchant.sourcing.stock"
    _description = "Stock for Sourcing"

    @api.model
    def _free(self, warehouses, product_ids):
        """What may be promised: on the shelves (not at the gates), not reserved, and not waited for by earlier
        deliveries that could not be reserved yet.

        :return: ``{(warehouse id, product id): quantity in the product's unit}``
        """
        if not product_ids or not warehouses:
            return {}
        rows = self.env.execute_query(
            SQL(
                """WITH shelf AS (%(shelves)s)
                   SELECT warehouse_id, product_id, SUM(quantity) FROM (
                       SELECT shelf.warehouse_id, quant.product_id, quant.quantity - quant.reserved_quantity AS quantity
                         FROM stock_quant quant JOIN shelf ON shelf.id = quant.location_id
                        WHERE quant.product_id = ANY(%(products)s) AND %(fresh)s
                       UNION ALL
                       SELECT shelf.warehouse_id, move.product_id, COALESCE(held.quantity, 0) - move.product_qty
                         FROM stock_move move
                         JOIN shelf ON shelf.id = move.location_id
                         LEFT JOIN shelf target
                           ON target.id = move.location_dest_id AND target.warehouse_id = shelf.warehouse_id
                         LEFT JOIN LATERAL (
                             SELECT SUM(quantity_product_uom) AS quantity FROM stock_move_line WHERE move_id = move.id
                         ) held ON TRUE
                        WHERE move.product_id = ANY(%(products)s) AND target.id IS NULL
                          AND move.state IN ('confirmed', 'partially_available')
                          AND move.procure_method = 'make_to_stock'
                   ) figures GROUP BY warehouse_id, product_id""",
                shelves=self._shelves(warehouses),
                products=list(product_ids),
                fresh=self._fresh(),
                to_flush=self.env["stock.quant"]._fields["reserved_quantity"],
            )
        )
        return {(warehouse, product): quantity for warehouse, product, quantity in rows}

    @api.model
    def _fresh(self):
        """With ``product_expiry`` nobody reserves lots past their removal date, so nobody is promised them."""
        quants = self.env["stock.quant"]
        if "removal_date" not in quants._fields:
            return SQL("TRUE")
        quants.flush_model(["removal_date"])
        self.env["product.template"].flush_model(["use_expiration_date"])
        return SQL(
            """(quant.removal_date IS NULL OR quant.removal_date >= now() AT TIME ZONE 'UTC' OR NOT EXISTS (
                   SELECT FROM product_product product
                     JOIN product_template template ON template.id = product.product_tmpl_id
                    WHERE product.id = quant.product_id AND template.use_expiration_date))"""
        )

    @api.model
    def _fading(self, warehouses, product_ids):
        """What is free now but will not be for deliveries planned for later: with ``product_expiry`` a delivery takes
        no lots whose removal date comes before it.

        :return: ``{(warehouse id, product id): [(removal date or None, quantity)]}`` where there is such a date, in the
            order in which stock Odoo takes the lots
        """
        if "removal_date" not in self.env["stock.quant"]._fields or not product_ids or not warehouses:
            return {}
        rows = self.env.execute_query(
            SQL(
                """WITH shelf AS (%(shelves)s)
                   SELECT shelf.warehouse_id, quant.product_id, quant.removal_date,
                          quant.quantity - quant.reserved_quantity, quant.in_date, quant.id
                     FROM stock_quant quant JOIN shelf ON shelf.id = quant.location_id
                     JOIN product_product product ON product.id = quant.product_id
                     JOIN product_template template ON template.id = product.product_tmpl_id
                    WHERE quant.product_id = ANY(%(products)s) AND template.use_expiration_date
                      AND quant.quantity > quant.reserved_quantity AND %(fresh)s""",
                shelves=self._shelves(warehouses),
                products=list(product_ids),
                fresh=self._fresh(),
            )
        )
        lots = defaultdict(list)
        for warehouse, product, *lot in rows:
            lots[warehouse, product].append(lot)
        return {
            place: self._in_order(place, found)
            for place, found in lots.items()
            if any(until for until, *_rest in found)
        }

    def _in_order(self, place, lots):
        """As the removal strategy takes them; of strategies that look at places or packages, the oldest first."""
        warehouse, product = self.env["stock.warehouse"].browse(place[0]), self.env["product.product"].browse(place[1])
        strategy = self.env["stock.quant"]._get_removal_strategy(product, warehouse.lot_stock_id)
        if strategy == "fefo":
            lots = sorted(lots, key=lambda lot: (lot[0] or datetime.max, *lot[2:]))
        else:
            lots = sorted(lots, key=lambda lot: lot[2:], reverse=strategy == "lifo")
        return [(until, quantity) for until, quantity, _in_date, _id in lots]

    @api.model
    def _shelves(self, warehouses):
        """The locations from which orders are picked, with their warehouse."""
        fields_read = (
            self.env["stock.quant"]._fields["quantity"],
            self.env["stock.move"]._fields["state"],
            self.env["stock.move"]._fields["product_qty"],
            self.env["stock.move"]._fields["location_id"],
            self.env["stock.move.line"]._fields["quantity_product_uom"],
            self.env["stock.location"]._fields["parent_path"],
        )
        for field in fields_read:
            self.env[field.model_name].flush_model([field.name])
        return SQL(
            """SELECT location.id, warehouse.id AS warehouse_id
                 FROM stock_warehouse warehouse
                 JOIN stock_location top ON top.id = warehouse.lot_stock_id
                 JOIN stock_location location
                   ON location.parent_path LIKE top.parent_path || '%%' AND location.usage = 'internal'
                WHERE warehouse.id = ANY(%s)""",
            list(warehouses.ids),
        )

    @api.model
    def _daily(self, warehouses, product_ids, days=SALES_DAYS):
        """``{(warehouse id, product id): pieces delivered to customers a day}`` of the last days."""
        rows = self.env.execute_query(
            SQL(
                """SELECT type.warehouse_id, move.product_id, SUM(move.product_qty) / %(days)s
                     FROM stock_move move
                     JOIN stock_picking_type type ON type.id = move.picking_type_id
                     JOIN stock_location target ON target.id = move.location_dest_id AND target.usage = 'customer'
                    WHERE move.state = 'done' AND move.product_id = ANY(%(products)s)
                      AND type.warehouse_id = ANY(%(warehouses)s)
                      AND move.date >= now() AT TIME ZONE 'UTC' - make_interval(days => %(days)s)
                    GROUP BY type.warehouse_id, move.product_id""",
                days=days,
                products=list(product_ids),
                warehouses=list(warehouses.ids),
                to_flush=self.env["stock.move"]._fields["state"],
            )
        )
        return {(warehouse, product): float(quantity) for warehouse, product, quantity in rows}

    @api.model
    def _load(self, warehouses):
        """``{warehouse id: {date: orders promised}}`` from today on, of warehouses with a limit."""
        limited = warehouses.filtered("merchant_capacity")
        if not limited:
            return {}
        rows = self.env.execute_query(
            SQL(
                """SELECT part.warehouse_id, part.ship_date, COUNT(DISTINCT part.order_id)
                     FROM merchant_sourcing_part part
                     JOIN sale_order ON sale_order.id = part.order_id AND sale_order.state = 'sale'
                    WHERE part.warehouse_id = ANY(%s) AND part.ship_date >= CURRENT_DATE - 1
                    GROUP BY part.warehouse_id, part.ship_date""",
                list(limited.ids),
                to_flush=self.env["sale.order"]._fields["state"],
            )
        )
        load = defaultdict(dict)
        for warehouse, day, orders in rows:
            load[warehouse][day] = orders
        return load

    @api.model
    def _lock(self, places):
        """Let nobody else reserve there until this transaction ends; always in the same sequence, so that two batches
        never wait for each other. A place that somebody changed meanwhile makes PostgreSQL ask for a new try.

        :param places: ``{(warehouse id, product id)}``
        """
        if not places:
            return
        warehouses = self.env["stock.warehouse"].browse({warehouse for warehouse, _product in places})
        self.env.cr.execute(
            SQL(
                """WITH shelf AS (%(shelves)s)
                   SELECT quant.id FROM stock_quant quant
                    WHERE (quant.location_id, quant.product_id) IN (
                        SELECT shelf.id, place.product_id FROM shelf
                          JOIN (VALUES %(places)s) AS place (warehouse_id, product_id)
                            ON place.warehouse_id = shelf.warehouse_id)
                    ORDER BY quant.id FOR NO KEY UPDATE OF quant""",
                shelves=self._shelves(warehouses),
                places=SQL(", ").join(SQL("(%s, %s)", *place) for place in sorted(places)),
            )
        )

    @api.model
    def _pieces(self, free, kept, scales):
        """Turn quantities into the core's whole pieces and take out what is kept back.

        :param scales: ``{product id: pieces in one unit}``
        :return: ``({(warehouse, product): pieces}, {(warehouse, product): pieces kept back of those there})``
        """
        pieces, held = {}, {}
        for (warehouse, product), quantity in free.items():
            there = floor(quantity * scales[product] + 1e-6)
            back = round(kept.get((warehouse, product), 0.0) * scales[product])
            pieces[warehouse, product] = there - back
            held[warehouse, product] = max(0, min(back, there))
        return pieces, held
