from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import BUSY, SECRET, SESSION_OVER, TOKEN, WRONG_SIGNATURE, TaobaoCase, error

NEW_TOKEN = "t0ken-of-the-new-shop"


@tagged("post_install", "-at_install")
class TestConnect(TaobaoCase):
    def _wizard(self, session=NEW_TOKEN):
        with Form(self.env["merchant.shop.wizard"]) as form:
            form.name = "New Tmall"
            form.platform = "taobao"
            form.app_key, form.app_secret, form.session = "12345678", SECRET, session
            form.warehouse_id = self.warehouse
        return form.record

    def _found(self):
        return self.env["merchant.shop"].search([("name", "=", "New Tmall")])

    def test_a_shop_is_added_in_one_step_and_pulled_at_once(self):
        with trap_jobs() as jobs:
            self._wizard().action_create()
        shop = self._found()
        jobs.assert_enqueued_job(shop.sudo()._pull, args=(None, None))
        jobs.assert_enqueued_job(shop.sudo()._pull_listings)
        self.assertRecordValues(
            shop, [{"state": "ready", "platform": "taobao", "address_check": "full", "company_id": self.company.id}]
        )
        self.assertEqual(self.gateway.calls[0][1]["session"], NEW_TOKEN)

    def test_a_session_copied_with_its_blanks_is_the_session(self):
        with trap_jobs():
            self._wizard(f" {NEW_TOKEN}\n").action_create()
        self.assertEqual(self.gateway.calls[0][1]["session"], NEW_TOKEN)

    def test_a_session_that_a_shop_has_already_connects_no_second_one(self):
        with self.assertRaisesRegex(UserError, "“Tmall Tea” is connected with this session already"):
            self._wizard(TOKEN).action_create()

    def test_an_address_that_is_none_is_said_to_be_none(self):
        with self.assertRaisesRegex(UserError, "127.0.0.1:8970 is no address"):
            self.taobao.gateway = "127.0.0.1:8970"

    def test_what_went_wrong_is_said_in_the_companys_language_with_what_to_do(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.company.partner_id.lang = "zh_CN"
        self.gateway.answers = {"trades.sold.increment.get": WRONG_SIGNATURE}
        with trap_jobs(), self.enter_registry_test_mode():
            self.taobao._pull()
        self.assertEqual(self.taobao.state, "error")
        self.assertIn("AppSecret", self.taobao.last_error)
        self.assertNotIn("check", self.taobao.last_error)
        self.assertTrue(self.taobao.advice)

    def test_a_shop_that_cannot_connect_is_not_made_and_the_advice_says_why(self):
        for reply, advice in (
            (WRONG_SIGNATURE, "check app key, app secret .*Invalid signature"),
            (SESSION_OVER, "authorise the shop again"),
            (error(31, "", "Invalid timestamp"), "clock"),
            (BUSY, "try again later"),
        ):
            self.gateway.answers = {"trades.sold.get": reply}
            with self.assertRaisesRegex(UserError, advice) as caught, self.cr.savepoint():
                self._wizard().action_create()
            for hidden in (SECRET, NEW_TOKEN):
                self.assertNotIn(hidden, str(caught.exception))
            self.assertFalse(self._found())

    def test_no_network_is_told_as_such(self):
        self.gateway.answers = {"trades.sold.get": OSError("no route")}
        with self.assertRaisesRegex(UserError, "network"):
            self.taobao.action_test()

    def test_authorised_anew_an_expired_shop_is_pulled_again(self):
        self.taobao.state = "expired"
        with self.assertRaisesRegex(UserError, "authorise"):
            self.taobao.action_pull()
        self.taobao.session = "newer"
        self.taobao.action_test()
        self.assertEqual((self.taobao.state, self.gateway.calls[-1][1]["session"]), ("ready", "newer"))


@tagged("post_install", "-at_install")
class TestTick(TaobaoCase):
    def _tick(self):
        with trap_jobs() as jobs:
            self.env["merchant.shop"]._cron_tick()
        return {(job.method.__name__, job.method.__self__.display_name) for job in jobs.calls}

    def test_what_is_due_is_queued_and_nothing_else(self):
        now = fields.Datetime.now()
        for state, due, queued in (
            ("ready", now, True),
            ("waiting", now, True),
            ("error", now, True),
            ("ready", now + timedelta(minutes=3), False),
            ("expired", False, False),
            ("paused", False, False),
            ("draft", False, False),
        ):
            self.taobao.write({"state": state, "next_pull_at": due})
            self.assertEqual(("_pull", "Tmall Tea") in self._tick(), queued, state)

    def test_a_lost_job_is_made_up_for(self):
        with trap_jobs():
            self.env["merchant.inbox"].push(self.shop.id, [self._payload()])
        self.assertIn(("_process_inbox", "Tea House"), self._tick())
        with trap_jobs():
            self.shop._process_inbox()
        self.assertNotIn(("_process_inbox", "Tea House"), self._tick())

    def test_each_shop_has_one_pull_waiting_at_most(self):
        self.taobao.next_pull_at = fields.Datetime.now()
        with trap_jobs() as jobs:
            self.env["merchant.shop"]._cron_tick()
            self.env["merchant.shop"]._cron_tick()
            self.taobao.action_pull()
            jobs.assert_jobs_count(1, only=self.taobao.sudo()._pull)

    def test_a_period_is_pulled_of_all_connected_shops_unless_one_is_chosen(self):
        Wizard = self.env["merchant.pull.wizard"]
        self.taobao.state = "ready"
        self.assertIn(self.taobao, Wizard.create({}).shop_ids)
        self.assertNotIn(self.shop, Wizard.create({}).shop_ids, "nothing can be pulled of a shop that is told")
        chosen = Wizard.with_context(active_model="merchant.shop", active_ids=self.shop.ids).create({})
        self.assertEqual(chosen.shop_ids, self.shop)
