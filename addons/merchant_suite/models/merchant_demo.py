import csv
import io
from collections import Counter

from odoo import api, models
from odoo.tools import file_open

SHOP = "汉口茶具旗舰店"
KEYS = {"app_key": "12345678", "app_secret": "hankou-rehearsal-secret", "session": "hankou-rehearsal-session"}
# code, name, price, cost, pieces in 武汉, pieces in 杭州
GOODS = (
    ("TEA-001", "武夷山大红袍 250g", 168, 82, 90, 30),
    ("TEA-002", "西湖龙井 明前特级 100g", 238, 130, 40, 40),
    # written differently on purpose: matched all the same
    ("tea 003", "安溪铁观音 清香型 500g", 129, 55, 160, 40),
    ("TEA-004", "云南普洱熟茶饼 357g", 199, 88, 100, 50),
    ("TEA-005", "恩施玉露 200g", 98, 41, 120, 40),
    ("TEA-POT-RED", "宜兴紫砂壶 西施壶 朱泥红", 388, 190, 30, 0),
    ("TEA-POT-WHT", "宜兴紫砂壶 西施壶 段泥白", 398, 195, 20, 0),
    ("TEA-CUP-BLU", "青花品茗杯 六只装", 79, 30, 90, 0),
    ("TEA-CUP-GRN", "豆青品茗杯 六只装", 79, 30, 70, 0),
    ("TEA-CUP-WHT", "甜白品茗杯 六只装", 85, 33, 50, 0),
    ("TEA-TRAY-S", "黑檀木茶盘 45cm", 256, 120, 40, 0),
    ("TEA-TRAY-L", "黑檀木茶盘 60cm", 326, 150, 20, 0),
    ("TEA-006", "玻璃公道杯 350ml", 29.9, 9, 260, 40),
    ("TEA-007", "不锈钢茶漏", 9.9, 2.5, 500, 0),
    # its code differs too much to be matched by itself: a person chooses it under “to match”
    ("CHAJIA-6", "竹制茶夹茶针六君子套装", 35.5, 12, 180, 0),
    ("TEA-010", "白瓷盖碗 150ml", 45, 14, 100, 40),
)
# a kit: shipped as its parts
KIT = ("TEA-009", "旅行功夫茶具便携套装", 118, (("TEA-010", 1), ("TEA-006", 1), ("TEA-007", 1)))
USERS = (
    ("clerk", "订单员 小陈", "merchant_base.group_clerk"),
    ("warehouse", "仓库 老王", "merchant_base.group_warehouse"),
    ("finance", "财务 李会计", "merchant_base.group_finance"),
    ("service", "客服 小周", "merchant_base.group_service"),
    ("buyer", "采购 小刘", "merchant_base.group_buyer"),
)
SHIPPED_AT_FIRST = 6
WEEKS_LEFT = 4


class MerchantDemo(models.AbstractModel):
    """The company that ``scripts/start`` shows: a tea ware merchant in Hankou with a rehearsal shop and a real sales
    sheet."""

    _name = "merchant.demo"
    _description = "Demo Company"

    @api.model
    def _prepare_company(self):
        """A company in China: currency, chart of accounts, language and time zone. For demonstrations and new
        companies alike."""
        company = self.env.company
        company.write({"country_id": self.env.ref("base.cn").id, "currency_id": self.env.ref("base.CNY").id})
        if company.chart_template not in ("cn", "cn_large_bis") and not company._existing_accounting():
            # Odoo put a chart of another country there because the company had none yet
            self.env["account.chart.template"].try_loading("cn", company, install_demo=False)
        self.env.ref("base.user_admin").write({"lang": "zh_CN", "tz": "Asia/Shanghai"})
        self.env["res.config.settings"].create(
            {"group_product_pricelist": True, "group_stock_multi_locations": True}
        ).execute()
        # Odoo's text messages are sold abroad and would ask at the first delivery; buyers here are told by the platform
        company.stock_text_confirmation = False

    @api.model
    def _create(self, market_url):
        """Fill the company and play its first day: orders pulled and imported, some of them shipped.

        :param market_url: address of the rehearsal marketplace
        """
        self.env.company.name = "汉口茶具商贸有限公司"
        warehouses = self._create_warehouses()
        self._create_goods(warehouses)
        self._create_users()
        shop = self._create_shop(market_url, warehouses)
        sheet = self._create_sheet()
        # pulls and imports store what comes in transactions of their own, which see committed records only
        self.env.cr.commit()  # pylint: disable=invalid-commit
        self._play_first_day(shop, sheet)

    @api.model
    def _connect(self, market_url):
        """The rehearsal marketplace listens elsewhere now. What a person paused stays paused."""
        shops = self.env["merchant.shop"].with_context(active_test=False).search([("app_key", "=", KEYS["app_key"])])
        shops = shops.filtered("is_rehearsal")
        shops.gateway = f"{market_url}/router/rest"
        shops.filtered(lambda shop: shop.active and shop.state in ("waiting", "error")).action_resume()

    def _create_warehouses(self):
        first = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1)
        first.write({"name": "武汉总仓", "code": "WH"})
        return first | self.env["stock.warehouse"].create({"name": "杭州仓", "code": "HZ"})

    def _create_goods(self, warehouses):
        products = self.env["product.product"].create(
            [
                {
                    "default_code": code,
                    "name": name,
                    "list_price": price,
                    "standard_price": cost,
                    "is_storable": True,
                    "weight": 0.5,
                }
                for code, name, price, cost, *_stock in GOODS
            ]
        )
        quantities = [
            (product, warehouse, pieces)
            for product, (*_facts, wuhan, hangzhou) in zip(products, GOODS, strict=True)
            for warehouse, pieces in zip(warehouses, (wuhan, hangzhou), strict=True)
            if pieces
        ]
        self._put_in_stock(quantities)
        self._create_kit(products)

    def _put_in_stock(self, quantities):
        """:param quantities: ``[(product, warehouse, pieces)]``"""
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            [
                {"product_id": product.id, "location_id": warehouse.lot_stock_id.id, "inventory_quantity": pieces}
                for product, warehouse, pieces in quantities
            ]
        ).action_apply_inventory()

    def _create_kit(self, products):
        by_code = {product.default_code: product for product in products}
        code, name, price, parts = KIT
        kit = self.env["product.product"].create(
            {"default_code": code, "name": name, "list_price": price, "is_storable": True}
        )
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "bom_line_ids": [
                    (0, 0, {"product_id": by_code[part].id, "product_qty": pieces}) for part, pieces in parts
                ],
            }
        )

    def _create_users(self):
        self.env["res.users"].with_context(no_reset_password=True).create(
            [
                {
                    "login": login,
                    "password": login,
                    "name": name,
                    "lang": "zh_CN",
                    "tz": "Asia/Shanghai",
                    "group_ids": [(4, self.env.ref(group).id)],
                }
                for login, name, group in USERS
            ]
        )

    def _create_shop(self, market_url, warehouses):
        return self.env["merchant.shop"].create(
            {
                "name": SHOP,
                "platform": "taobao",
                **KEYS,
                "gateway": f"{market_url}/router/rest",
                "warehouse_id": warehouses[0].id,
                "warehouse_ids": [(6, 0, warehouses.ids)],
                "pull_interval": 1,
                "sequence": 1,
                "color": 1,
            }
        )

    def _create_sheet(self):
        """A week of real orders (Online Retail, CC BY 4.0) and its goods in stock: of some as much as was sold, of
        others enough for up to four weeks more."""
        sheet = self.env["merchant.sheet.import"]._create_sample()
        pieces, names, prices = self._goods_of_the_sheet()
        products = self.env["product.product"].create(
            [
                {"default_code": code, "name": names[code] or code, "list_price": prices[code], "is_storable": True}
                for code in sorted(pieces)
            ]
        )
        warehouse = sheet.shop_id.warehouse_id
        self._put_in_stock(
            [
                (product, warehouse, pieces[product.default_code] * (1 + number % (WEEKS_LEFT + 1)))
                for number, product in enumerate(products)
            ]
        )
        return sheet

    def _goods_of_the_sheet(self):
        """``({code: pieces sold}, {code: name}, {code: highest price})`` of the sample's goods, that is of codes that
        begin with five digits."""
        pieces, names, prices = Counter(), {}, Counter()
        with file_open("merchant_order_import/data/sample/online_retail_week.csv", "rb") as stream:
            for row in csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")):
                code, quantity = row["StockCode"].strip(), int(row["Quantity"])
                if code[:5].isdigit() and quantity > 0:
                    pieces[code] += quantity
                    names[code] = names.get(code) or row["Description"].strip()
                    prices[code] = max(prices[code], float(row["UnitPrice"]))
        return pieces, names, prices

    def _play_first_day(self, shop, sheet):
        shop.action_test()
        shop._pull_listings()
        self.env.cr.commit()  # pylint: disable=invalid-commit
        shop._pull()
        self._process(shop)
        deliveries = self.env["stock.picking"].search(
            [("merchant_shop_id", "=", shop.id), ("state", "=", "assigned")], order="id", limit=SHIPPED_AT_FIRST
        )
        deliveries.action_rehearse_shipping()
        self.env.cr.commit()  # pylint: disable=invalid-commit
        shop._send_notices()
        # goes on as a job once the server runs: thousands of lines, to be watched under “Sheet Imports”
        sheet.action_import()

    def _process(self, shop):
        """Take the whole inbox, committed batch by batch as the jobs do."""
        more = True
        while more:
            self.env.cr.commit()  # pylint: disable=invalid-commit
            more = self.env["merchant.inbox"]._process_shop(shop)
        self.env.cr.commit()  # pylint: disable=invalid-commit
