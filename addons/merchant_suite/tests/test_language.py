from odoo.fields import Command
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDocumentsSpeakTheCustomersLanguage(TransactionCase):
    """Whoever prints: an order and a delivery slip come in the language of whom they are for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("zh_CN", "en_US"):
            cls.env["res.lang"]._activate_lang(lang)
        english = cls.env["product.product"].with_context(lang="en_US")
        cls.tea = english.create({"name": "Longjing", "is_storable": True, "list_price": 98})
        cls.tea.with_context(lang="zh_CN").name = "龙井"

    def _order(self, lang):
        partner = self.env["res.partner"].create({"name": f"Customer {lang}", "lang": lang})
        line = {"product_id": self.tea.id, "product_uom_qty": 1}
        order = self.env["sale.order"].create({"partner_id": partner.id, "order_line": [Command.create(line)]})
        order.action_confirm()
        return order

    def _printed(self, report, record):
        html, _kind = record.env["ir.actions.report"]._render_qweb_html(report, record.ids)
        return html.decode()

    def test_order_and_delivery_slip(self):
        words = {"zh_CN": ("数量", "龙井"), "en_US": ("Quantity", "Longjing")}
        for printer in words:
            self.env.invalidate_all()
            for lang, (quantity, tea) in words.items():
                order = self._order(lang).with_context(lang=printer)
                with self.subTest(printer=printer, lang=lang):
                    self.assertIn(tea, order.order_line.name)
                    text = self._printed("sale.report_saleorder", order)
                    self.assertIn(quantity, text)
                    self.assertIn(tea, text)
                    slip = self._printed("stock.report_deliveryslip", order.picking_ids)
                    self.assertIn(tea, slip)
