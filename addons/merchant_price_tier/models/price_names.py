"""What the words of a price sheet mean."""

from collections import defaultdict


class Names:
    """What a sheet's words mean: lists, products and units looked up in one query each."""

    def __init__(self, sheet, rows):
        self.sheet, self.env = sheet, sheet.env
        self.lists = self._by_name("product.pricelist", {row.pricelist for row in rows if row.pricelist})
        tiers = self._by_name("merchant.price.tier", {row.pricelist for row in rows if row.pricelist})
        for name, tier in tiers.items():
            self.lists.setdefault(name, tier.pricelist_id)
        self.units = self._by_name("uom.uom", {row.unit for row in rows if row.unit})
        self.products = self._find_products({row.product for row in rows})
        self.products |= self._find_templates({row.product for row in rows} - self.products.keys())

    def _by_name(self, model, names):
        domain = [("name", "in", list(names))]
        if "company_id" in self.env[model]._fields:
            domain.append(("company_id", "in", (False, self.sheet.company_id.id)))
        return {record.name: record for record in self.env[model].search(domain)} if names else {}

    def _find_products(self, codes):
        Product, found = self.env["product.product"].with_context(active_test=False), defaultdict(set)
        company = ("company_id", "in", (False, self.sheet.company_id.id))
        for field in ("default_code", "barcode"):
            wanted = [(field, "in", list(codes)), company]
            for product in Product.search_fetch(wanted, [field, "product_tmpl_id", "active"]):
                found[product[field]].add(product)
        return self._living(found)

    def _find_templates(self, names):
        """Goods with all their variants, by name: what has no code of its own."""
        Template, found = self.env["product.template"].with_context(active_test=False), defaultdict(set)
        company = ("company_id", "in", (False, self.sheet.company_id.id))
        for template in Template.search_fetch([("name", "in", list(names)), company], ["name", "active"]):
            found[template.name].add(template)
        return self._living(found)

    def _living(self, found):
        """An archived product stands back behind a living one with the same code."""
        return {
            code: {product for product in products if product.active} or products for code, products in found.items()
        }

    def vals(self, row):
        """``(vals of the rule or None, (column, code, text) or None)``"""
        pricelist = self.lists.get(row.pricelist) if row.pricelist else self.sheet.pricelist_id
        if not pricelist:
            missing = "unknown_list" if row.pricelist else "list_missing"
            return None, ("pricelist", missing, row.pricelist)
        products = self.products.get(row.product, ())
        if len(products) != 1:
            return None, ("product", "double_product" if products else "unknown_product", row.product)
        (product,) = products
        if not product.active:
            return None, ("product", "archived_product", row.product)
        if row.unit and row.unit not in self.units:
            return None, ("unit", "unknown_unit", row.unit)
        unit = self.units.get(row.unit, self.env["uom.uom"])
        if unit and not unit._has_common_reference(product.uom_id):
            return None, ("unit", "other_unit", row.unit)
        return self._rule(row, pricelist, product, unit), None

    def _rule(self, row, pricelist, product, unit):
        template = product if product._name == "product.template" else product.product_tmpl_id
        goods = {"product_tmpl_id": template.id}
        if product == template or template.product_variant_count == 1:
            goods["applied_on"] = "1_product"
        else:
            goods |= {"applied_on": "0_product_variant", "product_id": product.id}
        return {
            "pricelist_id": pricelist.id,
            **goods,
            "min_quantity": float(row.quantity),
            "merchant_uom_id": unit.id if unit and unit != product.uom_id else False,
            "compute_price": "fixed" if row.price is not None else "percentage",
            "base": "list_price",
            "fixed_price": float(row.price or 0),
            "percent_price": float(row.discount or 0),
            "date_start": row.start or False,
            "date_end": row.end or False,
        }
