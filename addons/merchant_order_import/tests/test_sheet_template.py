from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..core.template import BUILT_IN, FIELDS
from .common import GOOD, HEADERS, SheetCase


@tagged("post_install", "-at_install")
class TestTemplate(SheetCase):
    def test_records_hold_the_built_in_templates_unchanged(self):
        for each in BUILT_IN:
            record = self.env.ref(f"merchant_order_import.template_{each.key}")
            self.assertEqual(record._core(), each)

    def test_every_field_of_the_core_can_be_chosen(self):
        Column = self.env["merchant.sheet.template.column"]
        self.assertEqual({code for code, _label in Column._fields["field_name"].selection}, set(FIELDS))

    def test_a_template_is_made_from_a_sheet_and_then_recognised(self):
        renamed = {"客户单号" if name == "订单号" else name: value for name, value in GOOD.items()}
        sheet = self.sheet([renamed], headers=list(renamed))
        sheet.action_check()
        self.assertEqual(sheet.error_code, "sheet_unknown_columns")
        template = self.env["merchant.sheet.template"].browse(sheet.action_new_template()["res_id"])
        self.assertEqual(
            template.column_ids.filtered(lambda column: not column.field_name).mapped("header"), ["客户单号"]
        )
        template.column_ids[0].field_name = "order_id"
        sheet.action_check()
        self.assertRecordValues(sheet, [{"state": "checked", "order_count": 1}])
        another = self.sheet([renamed], headers=list(renamed))
        another.action_check()
        self.assertEqual(another.template_id, template)

    def test_a_shop_s_own_template_comes_first(self):
        ours = self.env.ref("merchant_order_import.template_ours")
        mine = ours.copy({"shop_id": self.shop.id, "amount_is": "unit"})
        self.assertEqual(mine._core().columns, ours._core().columns)
        sheet = self.sheet([GOOD], headers=HEADERS)
        sheet.action_check()
        self.assertEqual(sheet.template_id, mine)

    def test_built_in_templates_are_copied_not_changed(self):
        clerk = new_test_user(self.env, "template_clerk", groups="merchant_base.group_clerk")
        ours = self.env.ref("merchant_order_import.template_ours").with_user(clerk)
        with self.assertRaises(AccessError):
            ours.currency_id = self.env.ref("base.USD")
        with self.assertRaises(AccessError):
            ours.column_ids[0].header = "x"
        copied = ours.copy()
        copied.column_ids[0].header = "x"
        self.assertFalse(copied.builtin)

    def test_a_header_stands_for_one_field(self):
        mine = self.env.ref("merchant_order_import.template_ours").copy()
        with self.assertRaises(ValidationError):
            mine.column_ids = [(0, 0, {"header": "订单号", "field_name": "title"})]
