from odoo import fields, models
from odoo.fields import Domain

from odoo.addons.merchant_price_tier.models.price_world import Wish
from odoo.addons.merchant_price_tier.models.product_pricelist_item import BRAND, TAG

# room for the numbers of products and quantity breaks in the number of a till's row
PRODUCTS, BREAKS = 10**8, 64


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    def _merchant_beyond_till(self):
        """Those of these lists that say more than the till's own code understands.

        It would take a brand's price for that of all goods, and a box's for that of a piece. A rule on cost is not read
        by every cashier; the price it gives is told to all.
        """
        # what a list says decides, also for a cashier who may not read all of its rules
        unknown = Domain("applied_on", "in", (BRAND, TAG))
        unknown |= Domain("merchant_uom_id", "!=", False) | Domain("merchant_ending", "!=", False)
        unknown |= Domain("base", "=", "standard_price") & Domain("compute_price", "!=", "fixed")
        rules = self.env["product.pricelist.item"].sudo().search(Domain("pricelist_id", "in", self.ids) & unknown)
        return self.filtered(
            lambda pricelist: pricelist.sudo().merchant_level or pricelist.id in rules.pricelist_id.ids
        )

    def _merchant_till_rows(self, products, names):
        """What these lists ask for products now, as rules that the till understands: one for each quantity break.

        :param names: fields of ``product.pricelist.item`` that the till reads
        """
        empty = dict.fromkeys(names, False)
        rows = []
        for pricelist in self.sudo():
            rows += [{**empty, **row} for row in pricelist._merchant_till_prices(products.sudo())]
        return rows

    def _merchant_till_prices(self, products):
        moment, unit = fields.Datetime.now(), self.env["uom.uom"]
        breaks = self._merchant_breaks([Wish(product, product, 1.0, unit) for product in products], date=moment)
        steps = {product: [0.0, *(least for least in breaks[product] if least > 0)][:BREAKS] for product in products}
        # the price below the first break is asked for half of it
        asked = {
            (product, least): least or (own[1] / 2 if len(own) > 1 else 1.0)
            for product, own in steps.items()
            for least in own
        }
        prices = self._merchant_prices(
            [Wish(key, key[0], quantity, unit) for key, quantity in asked.items()], date=moment
        )
        for product, own in steps.items():
            before = None
            for place, least in enumerate(own):
                price, rule = prices[product, least]
                if rule and (price, rule) != before:
                    number = -((self.id * PRODUCTS + product.id) * BREAKS + place)
                    yield {"id": number, **self._merchant_till_row(product, least, price, rule)}
                before = price, rule

    def _merchant_till_row(self, product, least, price, rule):
        goods = {"product_tmpl_id": product.product_tmpl_id.id}
        if product.product_tmpl_id.product_variant_count > 1:
            goods["product_id"] = product.id
        row = {
            **goods,
            "pricelist_id": self.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "min_quantity": least,
            "base": "list_price",
        }
        rule = self.env["product.pricelist.item"].browse(rule)
        if rule.compute_price == "percentage" and rule.base == "list_price" and not rule.merchant_ending:
            return {**row, "compute_price": "percentage", "percent_price": rule.percent_price}  # of the options, too
        return {**row, "compute_price": "fixed", "fixed_price": price}
