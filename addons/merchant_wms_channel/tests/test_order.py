import json

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.merchant_channel.tests.common import PlatformCase
from odoo.addons.queue_job.tests.common import trap_jobs


@tagged("post_install", "-at_install")
class TestOrder(PlatformCase):
    """A platform's order whose warehouse an outside system keeps."""

    def setUp(self):
        super().setUp()
        self.wms = self.env["merchant.wms"].create(
            {
                "name": "Cloud",
                "company_id": self.company.id,
                "url": "https://wms.example.com/",
                "app_key": "hankou",
                "app_secret": "s3cret",
                "warehouse_ids": [Command.link(self.warehouse.id)],
                "carrier_ids": [
                    Command.create({"code": "SF", "carrier_id": self.env.ref("merchant_channel.carrier_sf").id})
                ],
            }
        )
        self.said = []
        self.patch(self.registry["merchant.wms"], "_post", self._answer)
        self.order = self._take(self._payload("W-1", buyer_remark="快点"))
        self.picking = self.order.picking_ids

    def _answer(self, _credentials, body):
        self.said.append(json.loads(body))
        return "W"

    def _told(self):
        """The row of the delivery after the transaction's end and the job."""
        with trap_jobs():
            self.env.cr.flush()
        with self.enter_registry_test_mode():
            self.wms._send()
        self.env.invalidate_all()
        return self.env["merchant.wms.delivery"].search([("picking_id", "=", self.picking.id)])

    def test_it_is_told_as_the_platform_gave_it(self):
        self.picking.partner_id.write({"merchant_masked": True, "merchant_address_handle": "oaid-9"})
        self.assertEqual(self._told().state, "sent")
        [said] = self.said
        self.assertEqual((said["order"], said["remark"]), ("W-1", "快点"))
        receiver = said["receiver"]
        self.assertEqual((receiver["masked"], receiver["handle"], receiver["platform"]), (True, "oaid-9", "own"))
        self.assertEqual(
            (receiver["province"], receiver["city"], receiver["district"], receiver["address"]),
            ("湖北省", "武汉市", "江汉区", "解放大道 1 号"),
        )

    def test_an_order_on_hold_is_taken_back_and_told_anew_when_it_is_released(self):
        self._told()
        with trap_jobs():
            self.order.action_merchant_hold()
        self.assertEqual(self._told().state, "cancelled")
        with trap_jobs():
            self.order.action_merchant_release()
        self.assertEqual(self._told().state, "sent")
        self.assertEqual(
            [(said["type"], said["version"]) for said in self.said], [("delivery", 1), ("cancel", 2), ("delivery", 3)]
        )
        self.assertEqual(len({said["key"] for said in self.said}), 1)

    def test_on_hold_from_the_start_it_is_not_told(self):
        with trap_jobs():
            self.order.action_merchant_hold()
        self.assertIn(self._told().state, (False, "cancelled"))
        self.assertFalse(self.said)

    def test_what_left_is_told_to_the_platform(self):
        told = self._told()
        message = {
            "id": "m-1",
            "type": "shipped",
            "at": "2025-11-11T09:00:00+08:00",
            "key": told.key,
            "carrier": "SF",
            "tracking": "SF100",
            "lines": [{"sku": "HKT-TEA", "quantity": 2}, {"sku": "HKT-CUP", "quantity": 1}],
        }
        self.env["merchant.wms.message"]._store(self.wms, [("m-1", message)])
        with trap_jobs(), self.enter_registry_test_mode():
            self.wms._take_results()
        self.env.invalidate_all()
        self.assertEqual(self.picking.state, "done")
        self.client.answers = []
        with self.enter_registry_test_mode():
            self.shop._send_notices()
        self.assertEqual(self.client.told, [("W-1", ["1", "2"], "SF", "SF100")])
