import io
import json

from openpyxl import load_workbook

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from .common import StockAlertCase


@tagged("post_install", "-at_install")
class TestExport(StockAlertCase, HttpCase):
    """The board leaves the system as a sheet, by Odoo's own export."""

    FIELDS = (("product_id/name", "Product"), ("warehouse_id/name", "Warehouse"), ("available", "Free"))

    def setUp(self):
        super().setUp()
        self.threshold(method="quantity", quantity=10)
        self.put(4)
        self.evaluate()

    def _export(self, role):
        groups = f"merchant_base.group_{role}"
        company = {"company_ids": [(6, 0, self.company.ids)], "company_id": self.company.id}
        new_test_user(self.env, f"export_{role}", groups=groups, password="export-export", **company)
        self.env.flush_all()
        self.authenticate(f"export_{role}", "export-export")
        wanted = {
            "model": "merchant.stock.position",
            "fields": [{"name": name, "label": label, "type": "char"} for name, label in self.FIELDS],
            "ids": self.position(self.tea).ids,
            "domain": [],
            "context": {"allowed_company_ids": self.company.ids},
            "import_compat": False,
        }
        data = {"data": json.dumps(wanted), "csrf_token": Request.csrf_token(self)}
        return self.url_open("/web/export/xlsx", data=data)

    def test_a_buyer_takes_the_board_along_as_a_sheet(self):
        answer = self._export("buyer")
        rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
        self.assertEqual(rows[0], ("Product", "Warehouse", "Free"))
        self.assertIn(("茶", self.wuhan.name, 4), rows[1:])

    def test_nothing_sells_is_no_zero_days_of_cover(self):
        position = self.position(self.tea)
        self.assertEqual(position.export_data(["days_cover"])["datas"], [[""]])
        self.sell(1)
        self.evaluate()
        self.assertEqual(position.export_data(["days_cover"])["datas"], [[3.0]])

    def test_what_only_a_screen_can_show_stays_out_of_the_sheet(self):
        """The client makes the sheet of the columns of a list that may be exported."""
        for model in ("position", "alert", "proposal"):
            views = self.env[f"merchant.stock.{model}"].get_views([(False, "list")])
            fields = views["models"][f"merchant.stock.{model}"]["fields"]
            shown = {name for name, field in fields.items() if field["type"] == "json" and field["exportable"]}
            self.assertFalse(shown)

    def test_a_warehouse_hand_does_not(self):
        self.assertEqual(self._export("warehouse").headers["Content-Type"].partition(";")[0], "text/html")
