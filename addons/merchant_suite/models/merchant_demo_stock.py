import csv
import io
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import file_open

# supplier, days until delivery, {code: (price, least, sold a day)}
SUPPLIERS = (
    (
        "武夷山茶厂",
        6,
        {"TEA-001": (82, 12, 14), "TEA-002": (130, 6, 2), "tea 003": (55, 12, 4), "TEA-004": (88, 10, 1)},
    ),
    ("恩施茶叶合作社", 4, {"TEA-005": (41, 20, 18)}),
    ("宜兴陶瓷工坊", 15, {"TEA-POT-RED": (190, 4, 5), "TEA-POT-WHT": (195, 4, 1), "TEA-010": (14, 24, 6)}),
    ("景德镇瓷业", 9, {"TEA-CUP-BLU": (30, 12, 3), "TEA-CUP-GRN": (30, 12, 12), "TEA-CUP-WHT": (33, 12, 1)}),
    ("义乌茶具商行", 3, {"TEA-006": (9, 48, 9), "TEA-007": (2.5, 100, 2), "CHAJIA-6": (12, 20, 0)}),
)
# sold out in the first warehouse while orders wait, plenty in the second; and one that nobody has bought for months
GIFT = ("GIFT-01", "八方来客茶礼盒", 298, 150, 8, 160)
DEAD = ("TEA-2019", "2019 陈年茶饼 珍藏版", 459, 210, 60)
SUBSTITUTES = (("TEA-CUP-GRN", "TEA-CUP-BLU"), ("TEA-POT-RED", "TEA-POT-WHT"))
WEEKS, REAL_GOODS = 3, 60
SHOP_LINE = 12  # pieces


class MerchantDemo(models.AbstractModel):
    """The demo company's last weeks: what was sold a day, who supplies it, what runs out."""

    _inherit = "merchant.demo"

    @api.model
    def _create(self, market_url):
        result = super()._create(market_url)
        self._create_stock_story()
        return result

    def _create_stock_story(self):
        """Weeks of deliveries of tea ware and of a real week's goods (Online Retail), then the first evaluation."""
        codes = self._create_suppliers()
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1)
        self._play_days(warehouse, self._days_of_tea(codes) + self._days_of_the_sheet())
        self._create_extremes(warehouse)
        self.env["merchant.stock.mark"]._mark_everything()
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self.env["merchant.stock.mark"]._cron_evaluate()
        self._create_shop_lines()
        self._hold_back()

    def _create_shop_lines(self):
        """The mini program is to have some of everything: a line for what it can sell."""
        shop = self.env["merchant.shop"].search([("platform", "=", "own"), ("publishes", "=", True)], limit=1)
        self.env["merchant.stock.threshold"].create({"kind": "shop", "shop_id": shop.id, "quantity": SHOP_LINE})
        self.env["merchant.publication"]._work_off()

    def _hold_back(self):
        """What a buyer did about one of the alerts: the shops offer less of it until there is more."""
        alerts = self.env["merchant.stock.alert"].search([("kind", "=", "low"), ("state", "=", "open")])
        promised = alerts.filtered("promised").sorted(lambda alert: -alert.available)[:1]
        if promised:
            self.env["merchant.stock.answer"].browse(promised.action_limit_shops()["res_id"]).action_confirm()
            self.env["merchant.publication"]._work_off()

    def _create_extremes(self, warehouse):
        """A gift box that is sold out here and plentiful there, and a cake of tea that nobody buys."""
        gift, dead = self.env["product.product"].create(
            [
                {"default_code": code, "name": name, "list_price": price, "standard_price": cost, "is_storable": True}
                for code, name, price, cost, *_stock in (GIFT, DEAD)
            ]
        )
        other = self.env["stock.warehouse"].search([("code", "=", "HZ")], limit=1)
        self._put_in_stock([(gift, other, GIFT[5])])
        self._play_days(warehouse, [(ago, {gift: GIFT[4]}) for ago in range(7 * WEEKS, 0, -1)])
        suppliers = self.env.ref("stock.stock_location_suppliers")
        self._done(warehouse.in_type_id, suppliers, warehouse.lot_stock_id, {dead: DEAD[4]}, 150)
        for units in (3, 1, 2):
            self._transfer(
                warehouse.out_type_id,
                warehouse.lot_stock_id,
                self.env.ref("stock.stock_location_customers"),
                {gift: units},
            )

    def _create_suppliers(self):
        """:return: ``{code: product}``"""
        products = self.env["product.product"].search([("default_code", "!=", False)])
        codes = {product.default_code: product for product in products}
        vals_list = []
        for name, delay, goods in SUPPLIERS:
            partner = self.env["res.partner"].create({"name": name, "is_company": True, "supplier_rank": 1})
            vals_list += [
                {
                    "partner_id": partner.id,
                    "product_tmpl_id": codes[code].product_tmpl_id.id,
                    "price": price,
                    "min_qty": least,
                    "delay": delay,
                }
                for code, (price, least, _sold) in goods.items()
            ]
        self.env["product.supplierinfo"].create(vals_list)
        for short, other in SUBSTITUTES:
            codes[short].merchant_substitute_ids = codes[other].product_tmpl_id
        return codes

    def _days_of_tea(self, codes):
        """``[(days ago, {product: units})]`` of the last weeks; weekends sell half as much again."""
        days = []
        for ago in range(7 * WEEKS, 0, -1):
            busy = 1.5 if (fields.Date.today() - timedelta(days=ago)).weekday() > 4 else 1
            sold = {
                codes[code]: round(rate * busy) for *_who, goods in SUPPLIERS for code, (_p, _m, rate) in goods.items()
            }
            days.append((ago, {product: units for product, units in sold.items() if units}))
        return days

    def _days_of_the_sheet(self):
        """The real week's sales of its best sellers, as if it were the week before today."""
        found, total = defaultdict(lambda: defaultdict(int)), defaultdict(int)
        with file_open("merchant_order_import/data/sample/online_retail_week.csv", "rb") as stream:
            for row in csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")):
                code, units = row["StockCode"].strip(), int(row["Quantity"])
                if code[:5].isdigit() and units > 0:
                    found[row["InvoiceDate"][:10]][code] += units
                    total[code] += units
        best = sorted(total, key=total.get, reverse=True)[:REAL_GOODS]
        products = self.env["product.product"].search([("default_code", "in", best)])
        codes = {product.default_code: product for product in products}
        days = sorted(found)
        return [
            (len(days) - number, {codes[code]: units for code, units in found[day].items() if code in codes})
            for number, day in enumerate(days)
        ]

    def _play_days(self, warehouse, days):
        """Receive everything before the first day, then deliver day by day: today's stock stays what it is."""
        total = defaultdict(int)
        for _ago, units in days:
            for product, number in units.items():
                total[product] += number
        partners = self.env.ref("stock.stock_location_suppliers"), self.env.ref("stock.stock_location_customers")
        stock = warehouse.lot_stock_id
        self._done(warehouse.in_type_id, partners[0], stock, total, 7 * WEEKS + 1)
        for ago, units in days:
            self._done(warehouse.out_type_id, stock, partners[1], units, ago)

    def _done(self, picking_type, source, target, units, ago):
        """A transfer that was done some days ago."""
        picking = self._transfer(picking_type, source, target, units)
        for move in picking.move_ids:
            move.write({"quantity": move.product_uom_qty, "picked": True})
        picking._action_done()
        moment = fields.Datetime.now() - timedelta(days=ago)
        picking.date_done = moment
        picking.move_ids.date = moment
        picking.move_line_ids.date = moment

    def _transfer(self, picking_type, source, target, units):
        places = {"location_id": source.id, "location_dest_id": target.id}
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                **places,
                "move_ids": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": number, **places})
                    for product, number in units.items()
                ],
            }
        )
        picking.action_confirm()
        return picking
