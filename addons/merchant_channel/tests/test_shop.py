from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import DAY, MerchantCase


@tagged("post_install", "-at_install")
class TestShop(MerchantCase):
    def test_a_copy_is_a_shop_of_its_own_to_be_connected(self):
        self.shop.write({"app_key": "key", "app_secret": "secret", "session": "session"})
        copy = self.shop.copy()
        self.assertEqual(copy.name, "Tea House (copy)")
        self.assertFalse(copy.app_secret or copy.session or copy.pulled_until or copy.inbox_ids)
        self.assertNotEqual(self.shop.copy().name, copy.name)

    def test_what_came_in_keeps_its_shop_as_it_was(self):
        other = self._new_company("Another")
        self._new_shop("Never used").write({"company_id": other.id, "warehouse_ids": False})
        self._push(self._payload())
        for values in ({"platform": "taobao"}, {"company_id": other.id}):
            if "taobao" in values.values() and "taobao" not in dict(self.shop._platforms()):
                continue
            with self.assertRaisesRegex(UserError, "make a new shop"), self.cr.savepoint():
                self.shop.write(values)
        self.shop.write({"platform": self.shop.platform, "company_id": self.company.id, "name": "Renamed"})

    def test_a_shop_with_orders_is_archived_instead_of_deleted(self):
        self._push(self._payload())
        with self.assertRaisesRegex(UserError, "[Aa]rchive it instead"), self.cr.savepoint():
            self.shop.unlink()
        self._new_shop("Never used").unlink()

    def test_every_figure_of_a_shop_opens_as_many_records(self):
        self._push(self._payload(), self._payload(lines=[self._line("1", "HKT-NONE", 1, "9.00")]))
        self.env["merchant.inbox"].push(self.shop.id, [self._payload(modified_at=DAY % 5)])
        seen = set()
        for view in ("form", "kanban"):
            arch = etree.fromstring(self.shop.get_view(view_type=view)["arch"])
            for button in arch.xpath("//*[@name='action_view']"):
                [figure] = button.xpath(".//field/@name")
                context = safe_eval(button.get("context"))
                action = self.shop.with_context(**context).action_view()
                found = self.env[action["res_model"]].search_count(action["domain"])
                self.assertEqual(found, self.shop[figure], f"{view}: {figure}")
                seen.add(figure)
        self.assertLessEqual({"order_count", "new_count", "held_count", "to_match_count", "notice_count"}, seen)
