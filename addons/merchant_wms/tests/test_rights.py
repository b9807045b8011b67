from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.merchant_base.fields import MASK
from odoo.addons.queue_job.tests.common import trap_jobs

from ..core.outbound import Declined, Stranger
from .common import WmsCase, later


@tagged("post_install", "-at_install")
class TestRights(WmsCase):
    def test_results_and_deliveries_are_written_by_jobs_and_buttons_alone(self):
        picking = self._sent()
        told, row = self._told(picking), self._shipped(picking, carrier="XX")
        self._snapshot({"TEA": 1})
        stock = self.env["merchant.wms.stock"].search([("wms_id", "=", self.wms.id)])
        hand = self._new_user("warehouse")
        for record, vals in ((told, {"state": "shipped"}), (row, {"state": "done"}), (stock, {"theirs": 100})):
            with self.assertRaises(AccessError):
                record.with_user(hand).write(vals)
            with self.assertRaises(AccessError):
                record.with_user(hand).unlink()
        with trap_jobs():
            row.with_user(hand).action_retry()
        row.with_user(hand).action_set_aside()
        stock.with_user(hand).action_looked()
        buyer = self._new_user("buyer")
        for button in (row.with_user(buyer).action_retry, told.with_user(buyer).action_retry):
            with self.assertRaises(AccessError):
                button()

    def test_the_job_works_for_whoever_made_the_delivery_ready(self):
        hand = self._new_user("warehouse")
        picking = self._deliver(assign=False)
        picking.with_user(hand).action_assign()
        self._commit()
        self.assertEqual(self._told(picking).state, "waiting")

    def test_nobody_reads_a_secret_back(self):
        owner = self._new_user("owner")
        self.assertEqual(self.wms.with_user(owner).read(["app_secret"])[0]["app_secret"], MASK)
        with self.assertRaises(AccessError):
            self.wms.with_user(self._new_user("clerk")).read(["app_secret"])

    def test_another_company_sees_nothing(self):
        picking = self._sent()
        self._shipped(picking)
        self._snapshot({"TEA": 1})
        other = self.env["res.company"].create({"name": "Other"})
        owner = self._new_user("owner")
        owner.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        for model in ("", ".delivery", ".message", ".stock", ".day", ".carrier", ".call"):
            found = self.env[f"merchant.wms{model}"].with_user(owner).with_context(allowed_company_ids=other.ids)
            self.assertFalse(found.search([]), model)

    def test_people_without_our_roles_move_goods_as_before(self):
        user = self._new_user("warehouse")
        user.write({"group_ids": [Command.set([self.env.ref("stock.group_stock_user").id])]})
        picking = self._deliver(assign=False)
        picking.with_user(user).action_assign()
        self._commit()
        picking.with_user(user).move_ids.picked = True
        picking.with_user(user).button_validate()
        self.assertEqual(picking.state, "done")


@tagged("post_install", "-at_install")
class TestSystem(WmsCase):
    def test_the_address_is_a_public_one_over_https(self):
        for url in (
            "http://wms.example.com/",
            "https://127.0.0.1:8069/",
            "https://localhost/",
            "wms",
            "https://10.0.0.1/",
        ):
            with self.assertRaises(ValidationError):
                self.wms.url = url
        self.env["ir.config_parameter"].set_param("merchant_wms.hosts", "127.0.0.1:8099")
        self.wms.url = "http://127.0.0.1:8099/"

    def test_the_connection_test_names_what_is_wrong(self):
        for answer, words in (
            (Stranger("HTTP 401"), "app secret"),
            (Declined("closed"), "closed"),
            (later("no answer in time"), "no answer in time"),
        ):
            self.answers = [answer]
            with self.assertRaisesRegex(UserError, words):
                self.wms.action_test()
        with trap_jobs():
            self.wms.action_test()
        self.assertEqual(self.said[-1], {"type": "ping", "warehouses": [self.warehouse.code]})
        self.wms.app_key = False
        with self.assertRaisesRegex(UserError, "app key"):
            self.wms.action_test()
