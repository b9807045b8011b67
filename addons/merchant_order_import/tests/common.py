import base64
import csv
import io

from odoo.tests.common import TransactionCase

from odoo.addons.queue_job.tests.common import trap_jobs

HEADERS = ["订单号", "收货人", "手机", "省", "市", "区", "地址", "商品编码", "商品名称", "数量", "单价", "邮费", "备注"]
GOOD = {
    "订单号": "A-1",
    "收货人": "张雨",
    "手机": "13800000001",
    "省": "湖北省",
    "市": "武汉市",
    "区": "江汉区",
    "地址": "建设大道 568 号",
    "商品编码": "TEA-001",
    "商品名称": "恩施玉露",
    "数量": "2",
    "单价": "98.00",
    "邮费": "8.00",
    "备注": "",
}


class SheetCase(TransactionCase):
    """A shop in yuan with two products, and sheets to hand in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        yuan = cls.env.ref("base.CNY")
        yuan.active = True
        pricelist = cls.env["product.pricelist"].create({"name": "Yuan", "currency_id": yuan.id})
        cls.shop = cls.env["merchant.shop"].create({"name": "Sheets", "pricelist_id": pricelist.id})
        cls.products = cls.env["product.product"].create(
            [
                {"name": name, "default_code": code, "is_storable": True, "taxes_id": False}
                for code, name in (("TEA-001", "Tea"), ("CUP-003", "Cup"))
            ]
        )
        # pieces are stored in transactions of their own
        cls.registry_enter_test_mode_cls()

    def csv(self, rows, headers=None, encoding="utf-8"):
        """A file of these rows (dicts), as a form hands it in."""
        text = io.StringIO()
        writer = csv.DictWriter(text, headers or HEADERS, restval="", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)
        return base64.b64encode(text.getvalue().encode(encoding))

    def sheet(self, rows, name="orders.csv", headers=None, encoding="utf-8", **values):
        """An import with a csv of these rows (dicts)."""
        data = self.csv(rows, headers, encoding)
        return self.env["merchant.sheet.import"].create(
            {"shop_id": self.shop.id, "file": data, "file_name": name, **values}
        )

    def bring_in(self, sheet):
        """Import and wait until the background work is done."""
        with trap_jobs():
            sheet.action_import()
            self.env.flush_all()
            sheet._run()
            self.env.invalidate_all()
            self.process(sheet.shop_id)
        return sheet

    def process(self, shop):
        with trap_jobs():
            while self.env["merchant.inbox"]._process_shop(shop):
                pass
        self.env.invalidate_all()

    def inbox(self, shop=None):
        return self.env["merchant.inbox"].search([("shop_id", "=", (shop or self.shop).id)], order="id")

    def orders(self, shop=None):
        return self.env["sale.order"].search(
            [("merchant_shop_id", "=", (shop or self.shop).id)], order="platform_order_ref"
        )
