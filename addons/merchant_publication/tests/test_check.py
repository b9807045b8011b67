from decimal import Decimal
from types import SimpleNamespace

from odoo.tests import tagged

from odoo.addons.merchant_channel.core.errors import Retryable

from .common import PublicationCase


@tagged("post_install", "-at_install")
class TestCheck(PublicationCase):
    """What a platform has is compared with what it was told, listed and put right."""

    def setUp(self):
        super().setUp()
        self._send()
        core = self.registry["merchant.shop"]._core
        mapping = SimpleNamespace(to_listings=lambda page: page["items"])
        self.patch(
            self.registry["merchant.shop"],
            "_core",
            lambda shop, part: mapping if part == "mapping" else core(shop, part),
        )

    def _compare(self, **quantities):
        names = {"tea": "HKT-TEA", "cup": "HKT-CUP"}
        self.client.items = [
            [SimpleNamespace(platform_sku=names[name], quantity=Decimal(value)) for name, value in quantities.items()]
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
        self.assertEqual((check.state, check.error), ("failed", "Too many calls"))

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
