from functools import partial

from odoo.tests import tagged

from .common import HOME, MerchantCase


@tagged("post_install", "-at_install")
class TestQueries(MerchantCase):
    """What the inbox does around Odoo's own confirming costs the same for few orders and for many."""

    def _queries(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def _payloads(self, number):
        return [
            self._payload(
                buyer_id=f"u-{number}-{each}",
                receiver={**HOME, "address": f"No. {each}"},
                lines=[self._line("1", f"HKT-Q{number}-{each}", 1, "9.90")],
            )
            for each in range(number)
        ]

    def _orders(self, number):
        return [self.shop._core("mapping").to_order(payload) for payload in self._payloads(number)]

    def assertFlat(self, work, prepare, slack=0):
        self._queries(lambda: work(prepare(2)))  # warm caches
        few, many = (self._queries(partial(work, prepare(number))) for number in (5, 50))
        self.assertLessEqual(many, few + slack, f"{few} queries for 5, {many} for 50")

    def test_storing(self):
        inbox = self.env["merchant.inbox"]
        self.assertFlat(
            lambda payloads: inbox._store(self.shop, payloads, "push"),
            lambda number: [self.shop._identify(payload)[0] for payload in self._payloads(number)],
        )

    def test_pushing(self):
        self.assertFlat(lambda payloads: self.env["merchant.inbox"].push(self.shop.id, payloads), self._payloads, 5)

    def test_buyers_and_their_addresses(self):
        builder = self.env["merchant.order.builder"]
        self.assertFlat(lambda orders: builder._partners(self.shop, orders), self._orders)

    def test_known_buyers(self):
        builder = self.env["merchant.order.builder"]

        def known(number):
            orders = self._orders(number)
            builder._partners(self.shop, orders)
            return orders

        self.assertFlat(lambda orders: builder._partners(self.shop, orders), known)

    def test_listings(self):
        builder = self.env["merchant.order.builder"]
        self.assertFlat(
            lambda orders: builder._products(self.shop, [(None, order) for order in orders]), self._orders, 3
        )

    def test_reading_what_is_unreadable(self):
        def stored(number):
            bad = [{**payload, "lines": "?"} for payload in self._payloads(number)]
            answer = self.env["merchant.inbox"].push(self.shop.id, bad)
            return self.env["merchant.inbox"].browse(row["inbox_id"] for row in answer)

        self.assertFlat(lambda rows: rows._understand(), stored)

    def test_locks_do_not_grow_without_end(self):
        """PostgreSQL has room for some thousands, for all its connections together."""
        self.assertEqual(self._locks({"product 1", "product 2", "buyer 3"}), 1 + 3)
        self.assertEqual(self._locks({f"product {number}" for number in range(100_000)}), 1)

    def _locks(self, needs):
        with self.registry.cursor() as cr:
            self.env["merchant.inbox"].with_env(self.env(cr=cr))._hold(needs)
            cr.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            return cr.fetchone()[0]
