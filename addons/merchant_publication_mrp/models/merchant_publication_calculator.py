from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL


class MerchantPublicationCalculator(models.AbstractModel):
    _inherit = "merchant.publication.calculator"

    @api.model
    def _kits_with(self, products):
        """Listed products and parts of kits whose kit holds one of these products, however deep."""
        if not products:
            return super()._kits_with(products)
        self.env["mrp.bom"].flush_model()
        self.env["mrp.bom.line"].flush_model()
        self.env.cr.execute(
            SQL(
                """
            WITH RECURSIVE kit (product_id) AS (
                SELECT unnest(%s::int[])
                 UNION
                SELECT variant.id
                  FROM kit
                  JOIN mrp_bom_line line ON line.product_id = kit.product_id
                  JOIN mrp_bom bom ON bom.id = line.bom_id AND bom.type = 'phantom' AND bom.active
                  JOIN product_product variant ON variant.product_tmpl_id = bom.product_tmpl_id
                       AND (bom.product_id IS NULL OR bom.product_id = variant.id))
            SELECT product_id FROM kit
            """,
                sorted(products),
            )
        )
        return super()._kits_with(products) | {row[0] for row in self.env.cr.fetchall()} - set(products)

    @api.model
    def _parts(self, products):
        found = super()._parts(products)
        kits = self._kit_boms(products)
        for product, bom in kits.items():
            _boms, lines = bom.explode(product, 1.0, picking_type=bom.picking_type_id)
            made = bom.product_uom_id._compute_quantity(bom.product_qty, product.uom_id, round=False)
            parts = defaultdict(float)
            for line, values in lines:
                quantity = line.product_uom_id._compute_quantity(values["qty"], line.product_id.uom_id, round=False)
                parts[line.product_id.id] += quantity / made
            found[product.id] = tuple(sorted((part, pieces) for part, pieces in parts.items() if pieces > 0))
        return found

    def _kit_boms(self, products):
        """``{product: its kit's bill of materials}``; products without any are sorted out in one query."""
        self.env["mrp.bom"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT variant.id FROM product_product variant"
                "  JOIN mrp_bom bom ON bom.product_tmpl_id = variant.product_tmpl_id"
                "   AND bom.type = 'phantom' AND bom.active WHERE variant.id = ANY(%s)",
                sorted(products),
            )
        )
        # sudo: what a kit holds decides its offer, whoever asks
        left = self.env["product.product"].sudo().browse(row[0] for row in self.env.cr.fetchall())
        found = {}
        for company in self.env["merchant.shop"].sudo().search([("publishes", "=", True)]).company_id if left else ():
            boms = self.env["mrp.bom"].sudo()._bom_find(left, company_id=company.id, bom_type="phantom")
            found.update((product, bom) for product, bom in boms.items() if bom)
            left -= left.browse(product.id for product in found)
        return found
