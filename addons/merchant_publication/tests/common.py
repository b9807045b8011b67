from odoo.addons.merchant_channel.tests.common import FakeClient, PlatformCase


class PublicationCase(PlatformCase):
    """A shop that publishes tea (100 pieces) and cups, told to a fake platform."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop.write({"publishes": True, "state": "ready"})
        cls.tea_listing = cls._new_listing(cls.tea)
        cls.cup_listing = cls._new_listing(cls.cup)

    def setUp(self):
        super().setUp()
        self._catch_up()

    @classmethod
    def _new_listing(cls, product, shop=None, **values):
        shop = shop or cls.shop
        code = product.default_code
        return cls.env["merchant.listing"].create(
            {
                "shop_id": shop.id,
                "sku": code,
                "platform_sku": code,
                "item_id": f"I{code}",
                "product_id": product.id,
                **values,
            }
        )

    def _second_shop(self, name="Second", **values):
        shop = self._new_shop(name, publishes=True, state="ready", **values)
        self.clients[shop] = FakeClient()
        return shop

    def _catch_up(self):
        """What the job does with the marks there are; the shops that have something to tell."""
        self.env.flush_all()
        shops = self.env["merchant.shop"]
        while self.env["merchant.publication.mark"]._any():
            shops |= self.env["merchant.publication.calculator"]._catch_up()
        return shops

    def _offer(self, listing=None):
        """The row of a listing, after everything marked was worked out."""
        self._catch_up()
        listing = listing or self.tea_listing
        return self.env["merchant.publication"].search([("listing_id", "=", listing.id)])

    def _offered(self, listing=None):
        return self._offer(listing).wanted

    def _send(self, shop=None):
        self._catch_up()
        with self.enter_registry_test_mode():
            self.env["merchant.publication"]._send_shop(shop or self.shop)
        self.env.invalidate_all()

    def _all_offers(self):
        rows = self.env["merchant.publication"].search([])
        rows.invalidate_recordset()
        return {
            row.listing_id: (row.wanted, row.terms, row.reason_code if row.state == "stopped" else None) for row in rows
        }

    def _recompute_everything(self):
        self.env["merchant.shop"].search([("publishes", "=", True)])._mark_publication()
        self._catch_up()
