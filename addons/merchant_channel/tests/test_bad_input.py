import random
import string
from unittest.mock import patch

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.exception import RetryableJobError

from .common import DAY, HOME, MerchantCase

MODELS = "odoo.addons.merchant_channel.models"
PHONE, NAME = HOME["mobile"], HOME["name"]


@tagged("post_install", "-at_install")
class TestBadInput(MerchantCase):
    def _broken(self, **changes):
        [line, other] = self._payload()["lines"]
        return self._push(self._payload(lines=[{**line, **changes}, other]))

    def test_each_fault_has_its_reason_on_the_record_that_carries_it(self):
        for code, payload in (
            ("unknown_status", {"status": "on_mars"}),
            ("no_lines", {"lines": []}),
            ("amount_mismatch", {"total": "224.01"}),
            ("wrong_currency", {"currency": "USD"}),
            ("missing_province", {"receiver": {**HOME, "province": ""}}),
            ("unknown_province", {"receiver": {**HOME, "province": "加利福尼亚"}}),
            ("missing_district", {"receiver": {**HOME, "district": ""}}),
            ("missing_address", {"receiver": {**HOME, "address": ""}}),
            ("missing_phone", {"receiver": {**HOME, "mobile": ""}}),
            ("bad_phone", {"receiver": {**HOME, "mobile": "12345"}}),
            ("unreadable", {"receiver": "Wuhan"}),
            ("unreadable", {"postage": "NaN", "total": "1"}),
            ("unreadable", {"paid_at": "yesterday"}),
        ):
            with self.subTest(code, **payload):
                changes = {"total": "8.00"} if "postage" in payload else {}
                row = self._push({**self._payload(), **changes, **payload})
                self.assertHeld(row, code)
                self.assertFalse(row.sale_order_id)

    def test_held_orders_are_grouped_by_reasons_that_a_clerk_reads(self):
        row = self._broken(sku="HKT-NOBODY")
        self.env["res.lang"]._activate_lang("zh_CN")
        inbox = self.env["merchant.inbox"].with_context(lang="zh_CN")
        [group] = inbox._read_group([("id", "=", row.id)], ["reason_code"])
        titles = dict(inbox.fields_get(["reason_code"], ["selection"])["reason_code"]["selection"])
        self.assertEqual(titles[group[0]], "… 还没有匹配产品")
        exported = inbox.browse(row.id).export_data(["order_ref", "reason_code"])
        self.assertEqual(exported["datas"], [[row.order_ref, "… 还没有匹配产品"]])

    def test_quantities_and_prices_that_cannot_be_right(self):
        for code, changes in (
            ("bad_quantity", {"quantity": 0}),
            ("bad_quantity", {"quantity": -2}),
            ("bad_quantity", {"quantity": 10**9}),
            ("zero_price", {"price": "0", "paid_amount": "0"}),
            ("negative_price", {"paid_amount": "-1.00"}),
            ("unreadable", {"quantity": "1e400"}),
            ("unreadable", {"price": "Infinity"}),
        ):
            with self.subTest(code, **changes):
                self.assertHeld(self._broken(**changes), code)

    def test_what_is_not_even_an_order_is_kept_with_a_reason(self):
        rows = self._push(5, "text", None, [], [["a"]], {"lines": []}, {"orders": "abc"}, {"order": []})
        self.assertEqual(len(rows), 8)
        for row in rows:
            self.assertHeld(row, "unreadable")
            self.assertTrue(row.order_ref.startswith("?"))

    def test_a_half_emoji_in_the_number_or_a_nul_hurts_nobody(self):
        rows = self._push(self._payload("W-\ud83d1"), self._payload("W-\x002"), self._payload("W-3x"))
        self.assertEqual(rows.mapped("order_ref"), ["W-�1", "W-2", "W-3x"])
        self.assertEqual(set(rows.mapped("state")), {"done"})

    def test_moments_out_of_this_world_do_not_stop_the_neighbours(self):
        years = ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00")
        rows = self._push(*(self._payload(modified_at=year) for year in years), self._payload())
        self.assertEqual(rows.mapped("state"), ["held", "held", "done"])

    def test_a_payload_of_five_megabytes_is_kept_but_not_read(self):
        noise = "".join(random.Random(7).choices(string.ascii_letters, k=5 * 2**20))
        row = self._push(self._payload("W-5MB", noise=noise))
        self.assertHeld(row, "unreadable")
        self.assertIn("5.0 MB", row.reason)
        self.assertLess(len(row.reason), 1000)

    def test_an_order_that_a_person_accepts_goes_on(self):
        row = self._push(self._payload(receiver={**HOME, "province": "加利福尼亚", "mobile": "12345"}))
        self.assertHeld(row, "unknown_province")
        row.action_accept()
        self.assertEqual((row.state, row.sale_order_id.state), ("done", "sale"))

    def test_amounts_cannot_be_accepted(self):
        row = self._push(self._payload(total="1.00"))
        with self.assertRaisesRegex(UserError, "224.00"):
            row.action_accept()
        self.assertEqual(row.state, "held")

    def test_a_corrected_version_replaces_the_held_one(self):
        held = self._push(self._payload("W-100", total="1.00"))
        mended = self._push(self._payload("W-100", modified_at=DAY % 2))
        self.assertEqual((held.state, mended.state), ("superseded", "done"))


@tagged("post_install", "-at_install")
class TestOneBadRecord(MerchantCase):
    """Twenty orders, the eighth of which is poisoned in ever other ways."""

    def _twenty(self, **eighth):
        lines = [self._line("1", "HKT-CUP", 1, "9.90")]
        orders = [self._payload(f"W-{number}", buyer_id=f"u-{number}", lines=lines) for number in range(100, 120)]
        orders[7].update(eighth)
        return self._push(*orders)

    def _poisoned(self, error):
        """A builder that fails on the eighth order, whatever batch it is in."""
        builder = self.registry["merchant.order.builder"]
        prepare = builder._prepare_order

        def fail(records, shop, row, order, *args):
            if order.order_id == "W-107":
                raise error
            return prepare(records, shop, row, order, *args)

        return patch.object(builder, "_prepare_order", fail)

    def _check(self, rows, code):
        bad = rows[7]
        self.assertEqual(set((rows - bad).mapped("state")), {"done"})
        self.assertEqual(set((rows - bad).sale_order_id.mapped("state")), {"sale"})
        self.assertHeld(bad, code)
        self.assertFalse(bad.sale_order_id)
        return bad

    def test_an_unreadable_payload_stops_only_itself(self):
        self._check(self._twenty(lines="nothing"), "unreadable")

    def test_an_odoo_sentence_is_shown_as_the_reason(self):
        with self._poisoned(ValidationError("This buyer owes money.")):
            bad = self._check(self._twenty(), "failed")
        self.assertIn("This buyer owes money.", bad.reason)

    def test_a_crash_stops_only_itself_and_retry_mends_it(self):
        with mute_logger(f"{MODELS}.merchant_inbox"), self._poisoned(KeyError("street")):
            bad = self._check(self._twenty(), "crashed")
        self.assertIn(f"inbox-{bad.id}-1", bad.reason)
        bad.action_retry()
        self.assertEqual((bad.state, bad.attempts, bad.sale_order_id.state), ("done", 2, "sale"))

    def test_a_failure_of_the_database_stops_only_itself(self):
        builder = self.registry["merchant.order.builder"]
        prepare = builder._prepare_order

        def fail(records, shop, row, order, *args):
            values = prepare(records, shop, row, order, *args)
            return {**values, "name": None} if order.order_id == "W-107" else values

        muted = mute_logger("odoo.sql_db", f"{MODELS}.merchant_inbox")
        with muted, patch.object(builder, "_prepare_order", fail):
            rows = self._twenty()
        self.assertEqual(rows.mapped("state").count("done"), 19)
        self.assertEqual(rows[7].state, "held")

    def test_the_log_names_the_reference_and_no_buyer(self):
        with self._poisoned(ValueError(f"cannot place {NAME} {PHONE} 解放大道")), self.assertLogs("odoo") as logs:
            bad = self._check(self._twenty(), "crashed")
        text = "\n".join(logs.output)
        self.assertIn(f"inbox-{bad.id}-1", text)
        self.assertIn("ValueError", text)
        for private in (PHONE, NAME, "解放大道"):
            self.assertNotIn(private, text)
            self.assertNotIn(private, bad.reason)

    def test_a_clash_with_another_job_is_repeated_and_blamed_on_nobody(self):
        inbox = self.registry["merchant.inbox"]
        [answer] = self.env["merchant.inbox"].push(self.shop.id, [self._payload()])
        with patch.object(inbox, "_understand", side_effect=SerializationFailure), self.assertRaises(RetryableJobError):
            self.shop._process_inbox()
        row = self.env["merchant.inbox"].browse(answer["inbox_id"])
        self.assertEqual((row.state, row.attempts), ("new", 0))

    def test_a_statement_that_fails_is_logged_without_its_values(self):
        builder = self.registry["merchant.order.builder"]
        prepare = builder._prepare_buyer

        def same(records, shop, ref, order):
            return {**prepare(records, shop, ref, order), "merchant_buyer_ref": "one for all"}

        with patch.object(builder, "_prepare_buyer", same), self.assertLogs("odoo") as logs:
            rows = self._push(self._payload(buyer_id="u-1"), self._payload(buyer_id="u-2"))
        self.assertEqual(rows.mapped("state"), ["done", "new"], "the second is tried again")
        text = "\n".join(logs.output)
        self.assertIn("UniqueViolation", text)
        for private in (PHONE, NAME, "one for all"):
            self.assertNotIn(private, text)

    def test_retrying_one_order_works_on_that_one_although_many_are_waiting(self):
        held = self._push(self._payload("W-1y", total="1.00"))
        waiting = self.env["merchant.inbox"].push(self.shop.id, [self._payload() for _number in range(3)])
        self.assertHeld(held, "amount_mismatch")
        held.action_retry()
        self.assertEqual((held.state, held.attempts), ("held", 2))
        rows = self.env["merchant.inbox"].browse(row["inbox_id"] for row in waiting)
        self.assertEqual(set(rows.mapped("state")), {"new"})

    def test_an_order_that_breaks_the_reader_stops_only_itself(self):
        mapping = self.shop._core("mapping")
        read = mapping.to_orders

        def to_orders(raw):
            if raw["order_id"] == "W-broken":
                raise KeyError("lines")
            return read(raw)

        with patch.object(mapping, "to_orders", to_orders), mute_logger(f"{MODELS}.merchant_inbox"):
            rows = self._push(self._payload("W-broken"), self._payload("W-whole"))
        self.assertEqual(rows.mapped("state"), ["held", "done"])
        self.assertHeld(rows[0], "crashed")

    def test_late_old_versions_do_not_keep_new_orders_waiting(self):
        known = [f"W-{number}y" for number in range(4)]
        self._push(*(self._payload(ref, modified_at=DAY % 5) for ref in known))
        inbox = self.env["merchant.inbox"]
        inbox.push(self.shop.id, [self._payload(ref, modified_at=DAY % 2) for ref in known])
        [answer] = inbox.push(self.shop.id, [self._payload("W-new")])
        inbox._process_shop(self.shop, limit=2)
        self.assertEqual(inbox.browse(answer["inbox_id"]).state, "done")

    def test_a_buyer_that_another_job_just_made_is_met_at_the_next_try(self):
        row = self._push(self._payload(total="1.00"))
        error = self._unique_violation()
        row._hold_failed(error)
        self.assertEqual((row.attempts, bool(row.next_try_at)), (2, True))

    def _unique_violation(self):
        values = {"name": "x", "merchant_platform": "own", "merchant_buyer_ref": "twice"}
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation) as caught, self.cr.savepoint():
            self.env["res.partner"].create([values, values])
        return caught.exception


@tagged("post_install", "-at_install")
class TestPayloadAtRest(MerchantCase):
    def test_the_payload_lies_encrypted_and_is_shown_with_phones_masked(self):
        row = self._push(self._payload())
        self.env.cr.execute("SELECT payload FROM merchant_inbox WHERE id = %s", [row.id])
        [stored] = self.env.cr.fetchone()
        self.assertNotIn(PHONE.encode(), bytes(stored))
        self.assertNotIn(PHONE, row.payload_text)
        self.assertIn("138****8000", row.payload_text)
        self.assertIn(row.order_ref, row.payload_text)

    def test_a_payload_under_a_lost_key_is_held_and_says_so(self):
        [answer] = self.env["merchant.inbox"].push(self.shop.id, [self._payload()])
        row = self.env["merchant.inbox"].browse(answer["inbox_id"])
        with patch.dict("os.environ", MERCHANT_SECRET_KEYS="z" * 40):
            self.shop._process_inbox()
            self.assertHeld(row, "unreadable")
            self.assertIn("key", row.reason)
            self.assertIn("key", row.payload_text)
        row.action_retry()
        self.assertEqual(row.state, "done")

    def test_nobody_deletes_what_came_in_by_accident(self):
        row = self._push(self._payload())
        owner = self._new_user("owner")
        with self.assertRaises(UserError):
            row.with_user(owner).unlink()
