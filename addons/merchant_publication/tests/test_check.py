from decimal import Decimal
from types import SimpleNamespace

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.merchant_channel.core.errors import Rejected, Retryable
from odoo.addons.merchant_channel.core.listing import ChannelListing

from .common import PublicationCase


@tagged("post_install", "-at_install")
class TestCheck(PublicationCase):
    """What a platform has is compared with what it was told, listed and put right."""

    def setUp(self):
        super().setUp()
        self._send()
        core = self.registry["merchant.shop"]._core
        mapping = SimpleNamespace(to_listings=self._to_listings)
        self.patch(
            self.registry["merchant.shop"],
            "_core",
            lambda shop, part: mapping if part == "mapping" else core(shop, part),
        )

    def _to_listings(self, page):
        if any(item.quantity == 13 for item in page["items"]):
            raise Rejected("item ITEA: price is not a number: 'many'.")
        return page["items"]

    def test_a_quantity_that_is_no_number_is_shown_and_told_again_and_the_rest_compared(self):
        check = self._compare(tea=None, cup=90)
        self.assertEqual((check.state, check.compared, check.drift_ids.listing_id), ("failed", 1, self.cup_listing))
        self.assertIn("[HKT-TEA]: the platform has “many” where a number of pieces belongs.", check.error)
        self.client.offered.clear()
        self._send()
        self.assertEqual(self.client.offered, {"HKT-TEA": 100, "HKT-CUP": 100})

    def test_an_item_that_cannot_be_read_is_shown_and_the_rest_compared(self):
        check = self._compare(tea=13, cup=90)
        self.assertEqual(
            check.error, "An item could not be read and was left out: item ITEA: price is not a number: 'many'."
        )
        self.assertEqual(check.drift_ids.listing_id, self.cup_listing)

    def test_many_problems_are_counted(self):
        check = self._compare(tea=100)
        check.problems = [("listing_no_quantity", {"listing": str(number)}) for number in range(5)]
        self.assertTrue(check.error.endswith("And 2 more."))

    def test_a_shop_that_lacks_its_key_says_so(self):
        self.patch(self.registry["merchant.shop"], "_client", self._no_key)
        check = self.env["merchant.publication.check"]._compare(self.shop)
        self.assertEqual(check.state, "failed")
        self.assertIn("The key is missing", check.error)

    def _no_key(self, *_arguments):
        raise UserError("The key is missing")

    def test_people_are_told_of_what_is_offered_too_much(self):
        subject, body = self._compare(tea=130, cup=100)._notice_text()
        self.assertEqual(subject, "Tea House: 1 listings offered too much")
        self.assertIn("100 → 130", body)

    def _compare(self, **quantities):
        names = {"tea": "HKT-TEA", "cup": "HKT-CUP"}
        self.client.items = [
            [
                ChannelListing(
                    item_id=f"I{names[name]}",
                    platform_sku=names[name],
                    sku=names[name],
                    quantity=None if value is None else Decimal(value),
                    told="many" if value is None else "",
                )
                for name, value in quantities.items()
            ]
        ]
        return self.env["merchant.publication.check"]._compare(self.shop)

    def test_what_differs_is_listed_and_told_again(self):
        check = self._compare(tea=130, cup=100)
        self.assertRecordValues(
            check, [{"compared": 2, "drifted": 1, "too_much": 1, "share": 50.0, "state": "done", "repaired": 0}]
        )
        self.assertRecordValues(
            check.drift_ids,
            [{"listing_id": self.tea_listing.id, "expected": 100, "platform_quantity": 130, "difference": 30}],
        )
        self.client.offered.clear()
        self._send()
        self.assertEqual(self.client.offered, {"HKT-TEA": 100})
        check.drift_ids.invalidate_recordset()
        self.assertTrue(check.drift_ids.repaired_at)
        self.assertFalse(check.drift_ids.search([("repaired_at", "=", False)]))

    def test_what_is_on_its_way_is_no_difference(self):
        self._put(self.tea, 5)
        self._catch_up()
        check = self._compare(tea=100, cup=100)
        self.assertRecordValues(check, [{"compared": 1, "drifted": 0}])

    def test_a_comparison_that_breaks_off_says_so(self):
        self.patch(self.client, "listings", self._breaks_off)
        check = self.env["merchant.publication.check"]._compare(self.shop)
        self.assertEqual(check.state, "failed")
        self.assertIn("could not be read to the end (Too many calls)", check.error)

    def _breaks_off(self):
        yield []
        raise Retryable("Too many calls")

    def test_it_runs_every_night_for_every_shop(self):
        with self._queued() as jobs:
            self.env["merchant.shop"]._cron_nightly()
        self.assertIn("_check_platform", jobs())

    def _queued(self):
        from contextlib import contextmanager

        from odoo.addons.queue_job.tests.common import trap_jobs

        @contextmanager
        def trap():
            with trap_jobs() as trapped:
                yield lambda: [job.method_name for job in trapped.enqueued_jobs]

        return trap()
