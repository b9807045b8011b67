from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _merchant_kits(self):
        """``{product: phantom bill of materials}`` of the lines' products, one search a company."""
        kits = {}
        for company, lines in self.grouped("company_id").items():
            # whoever sells a kit need not read bills of materials
            boms = self.env["mrp.bom"].sudo()._bom_find(lines.product_id, company_id=company.id, bom_type="phantom")
            kits.update({product: bom for product, bom in boms.items() if bom})
        return kits

    def _merchant_to_source(self):
        return super(SaleOrderLine, self.with_context(merchant_kits=frozenset(
            product.id for product in self._merchant_kits()
        )))._merchant_to_source().with_env(self.env)  # fmt: skip

    def _merchant_is_stored(self):
        """A kit's parts are in stock, the kit itself never is."""
        return super()._merchant_is_stored() or self.product_id.id in self.env.context.get("merchant_kits", ())

    def _merchant_needs(self):
        needs, kits = super()._merchant_needs(), self._merchant_kits()
        for line in self:
            if bom := kits.get(line.product_id):
                needs[line] = line._merchant_parts_needed(bom)
        return needs

    def _merchant_parts_needed(self, bom):
        """``[(part, quantity in the part's unit)]`` of what a kit line takes from the shelves."""
        return [
            (
                part.product_id,
                part.product_uom_id._compute_quantity(quantity, part.product_id.uom_id, rounding_method="HALF-UP"),
            )
            for part, quantity in self._merchant_explode(bom, self.product_uom_qty, self.product_uom_id)
            if part.product_id.is_storable and quantity > 0
        ]

    def _merchant_explode(self, bom, quantity, uom):
        """``[(line of the bill, quantity in its unit)]``"""
        kits = uom._compute_quantity(quantity, bom.product_uom_id, round=False) / bom.product_qty
        _boms, parts = bom.explode(
            self.product_id, kits, never_attribute_values=self.product_no_variant_attribute_value_ids
        )
        return [(part, data["qty"]) for part, data in parts]

    def _create_procurements(self, product_qty, procurement_uom, values):
        """Parts of one kit that leave from several warehouses are asked for one by one."""
        bom = self._merchant_kits().get(self.product_id)
        places = self.sudo().merchant_part_ids.warehouse_id  # stock users launch deliveries too
        if not bom or not places:
            return super()._create_procurements(product_qty, procurement_uom, values)
        first_time = self.product_uom_id.compare(
            procurement_uom._compute_quantity(product_qty, self.product_uom_id), self.product_uom_qty
        )
        if len(places) == 1 or first_time != 0:
            values = self._merchant_values_at(places if len(places) == 1 else self.warehouse_id, values)
            return self._merchant_plain_procurements(product_qty, procurement_uom, values)
        return self._merchant_part_procurements(bom, product_qty, procurement_uom, values)

    def _merchant_plain_procurements(self, quantity, uom, values):
        """Past the plan of the line, which speaks of parts."""
        rule = self.env["stock.rule"]
        return [
            rule.Procurement(
                self.product_id, quantity, uom, self._get_location_final(), self.product_id.display_name,
                self.order_id.name, self.order_id.company_id, values,
            )
        ]  # fmt: skip

    def _merchant_part_procurements(self, bom, quantity, uom, values):
        left = {}
        for part in self.sudo().merchant_part_ids:
            left.setdefault(part.product_id, []).append([part.warehouse_id, part.quantity])
        procurements = []
        for part, wanted in self._merchant_explode(bom, quantity, uom):
            mine = {**values, "bom_line_id": part.id}
            wanted = part.product_uom_id._compute_quantity(wanted, part.product_id.uom_id, rounding_method="HALF-UP")
            for warehouse, count in self._merchant_divide(part.product_id, wanted, left):
                procurements.append(
                    self.env["stock.rule"].Procurement(
                        part.product_id, count, part.product_id.uom_id, self._get_location_final(),
                        self.product_id.display_name, self.order_id.name, self.order_id.company_id,
                        self._merchant_values_at(warehouse, mine),
                    )
                )  # fmt: skip
        return procurements

    def _merchant_divide(self, product, wanted, left):
        """``[(warehouse, quantity)]``; what the plan does not name leaves from the main warehouse."""
        places = []
        for row in left.get(product, ()):
            count = min(wanted, row[1])
            if count > 0:
                places.append((row[0], count))
                row[1] -= count
                wanted -= count
        if product.uom_id.compare(wanted, 0) > 0:
            places.append((self.warehouse_id, wanted))
        return places
