from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import StockAlertCase

# what happened -> what is counted instead, and the sentence that says so to a Chinese reader
EXPECTED = {
    "no sales history": ({"daily": 0, "runout_date": False, "low_level": 0}, "最近 28 天没有销售"),
    "the first day": ({"daily": 4, "counted_days": 1}, "日均销量 4"),
    "a huge return": ({"daily": 2, "sold": 6, "on_hand": 900}, "日均销量 2"),
    "negative stock": ({"available": -5, "negative": -5, "state": "negative"}, "负库存"),
    "lead time 0": ({"lead_source": "none", "low_line": 28}, "到货期 7 天，取自预警线：没有供应商数据。"),
    "no lead time": ({"lead_source": "none", "low_line": 28}, "到货期 7 天，取自预警线：没有供应商数据。"),
    "the clock moved back": ({"daily": 4, "sold": 8}, "日均销量 4"),
}


@tagged("post_install", "-at_install")
class TestBadInput(StockAlertCase):
    """Each has a stated fallback and a reason that can be read; nothing else stops."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.threshold(method="reorder", service=0.5, lead=0)
        cls.threshold(kind="negative", method="quantity")

    def test_each_has_its_fallback_and_its_reason(self):
        wrong = {what: product for what in EXPECTED for product in [self.make_product(what)]}
        for what, product in wrong.items():
            getattr(self, "_" + what.replace(" ", "_"))(product)
        self.evaluate()
        self._move_the_clock_back(wrong["the clock moved back"])
        for what, product in wrong.items():
            position, (figures, sentence) = self.position(product), EXPECTED[what]
            with self.subTest(what=what):
                self.assertRecordValues(position, [figures])
                self.assertIn(sentence, str(position.with_context(lang="zh_CN").why))

    def _no_sales_history(self, product):
        self.put(10, product)

    def _the_first_day(self, product):
        self.put(10, product)
        self.sell(4, product)

    def _a_huge_return(self, product):
        self._sold(product, 2)
        returned = fields.Datetime.now() - timedelta(days=1)
        back = 900 - product.qty_available
        self.move(back, self.customers, self.wuhan.lot_stock_id, product, done=True, date=returned)

    def _negative_stock(self, product):
        self.put(-5, product)

    def _lead_time_0(self, product):
        maker = self.env["res.partner"].create({"name": "茶厂"})
        values = {"partner_id": maker.id, "product_tmpl_id": product.product_tmpl_id.id, "delay": 0}
        self.env["product.supplierinfo"].create(values)
        self._sold(product, 4)

    def _no_lead_time(self, product):
        self._sold(product, 4)

    def _the_clock_moved_back(self, product):
        self._sold(product, 4)

    def _sold(self, product, units):
        """So many on each of the last three days."""
        self.put(50, product)
        for ago in (1, 2, 3):
            self.sell(units, product, ago=ago)

    def _move_the_clock_back(self, product):
        figures = self.env["merchant.stock.figures"]
        yesterday = figures._today(self.company) - timedelta(days=1)
        ids, _days = figures._positions(self.company, {(product.id, None): None})
        figures._refresh_days(self.company, yesterday, ids)
        figures._refresh_demand(self.company, yesterday, ids)
        self.marks._judge(self.company, yesterday, ids)
        self.env.invalidate_all()
