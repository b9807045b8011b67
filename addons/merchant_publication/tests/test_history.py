import random
from collections import defaultdict
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.merchant_publication.core.publication import Claim, Rule, Supply, offers

from .common import PublicationCase

STEPS, SEEDS = 15, range(1, 13)


@tagged("post_install", "-at_install")
class TestHistory(PublicationCase):
    """Whatever happens in whatever order: what is worked out from marks equals what is worked out from scratch."""

    maxDiff = None

    def setUp(self):
        super().setUp()
        self.away = self.env["stock.warehouse"].create({"name": "Away", "code": "AWY", "company_id": self.company.id})
        self.rules = self.env["merchant.publication.rule"].create(
            [{"name": "Careful", "ratio": 70, "safety": 3}, {"name": "Ahead", "incoming_days": 5, "maximum": 60}]
        )
        self.second = self._second_shop(publication_rule_id=self.rules[0].id)
        self.third = self._second_shop("Third", warehouse_ids=[Command.set(self.away.ids)])
        self.shop.warehouse_ids = [Command.link(self.away.id)]
        for shop in self.second | self.third:
            for product in self.tea | self.cup:
                self._new_listing(product, shop)
        self.listings = self.env["merchant.listing"].search([])
        self.orders = self.env["sale.order"]
        self.receipts = self.env["stock.move"]

    def test_marks_lead_to_the_same_as_everything_anew(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), self.cr.savepoint():
                self.dice, self.orders, self.receipts = (
                    random.Random(seed),
                    self.orders.browse(),
                    self.receipts.browse(),
                )
                for step in range(STEPS):
                    name = self.dice.choice([name for name in dir(self) if name.startswith("_do_")])
                    getattr(self, name)()
                    self._catch_up()
                    seen = self._all_offers()
                    self.assertEqual(seen, self._obvious(), f"step {step}: {name}")
                self._recompute_everything()
                self.assertEqual(seen, self._all_offers(), "full")

    # -- what happens ------------------------------------------------------------------------------------------------

    def _any(self, records):
        return records[self.dice.randrange(len(records))] if records else records

    def _do_count(self):
        place = self._any(self.warehouse | self.away).lot_stock_id
        self.env["stock.quant"]._update_available_quantity(
            self._any(self.tea | self.cup), place, self.dice.randint(-9, 30)
        )

    def _do_sell(self):
        lines = [
            self._line(str(number), product.default_code, self.dice.randint(1, 60), "60.00")
            for number, product in enumerate(self.dice.sample([self.tea, self.cup], self.dice.randint(1, 2)))
        ]
        changes = self.dice.choice(
            [{}, {}, {"status": "unpaid", "paid_at": None}, {"receiver": {}}, {"status": "closed"}]
        )
        shop = self._any(self.shop | self.second | self.third)
        rows = self._push(self._payload(lines=lines, **changes), shop=shop)
        self.orders |= rows.sale_order_id

    def _do_pay_or_close(self):
        row = self._any(self.env["merchant.inbox"].search([("reason_code", "in", ("unpaid", "bad_receiver"))]))
        if row:
            payload = row._payloads()[row.id]
            status = self.dice.choice(["paid", "closed"])
            later = {"status": status, "modified_at": f"2025-11-12T{self.dice.randint(10, 20)}:00:00+08:00"}
            self._push({**payload, **later}, shop=row.shop_id)

    def _do_cancel(self):
        if order := self._any(self.orders.filtered(lambda order: order.state == "sale")):
            order._action_cancel()

    def _do_ship(self):
        ready = self.orders.picking_ids.filtered(lambda picking: picking.state == "assigned")
        if picking := self._any(ready):
            self._ship(picking, tracking="")

    def _do_receipt(self):
        move = self.env["stock.move"].create(
            {
                "product_id": self._any(self.tea | self.cup).id,
                "product_uom_qty": self.dice.randint(1, 40),
                "date": fields.Datetime.now() + timedelta(days=self.dice.randint(-2, 9)),
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self._any(self.warehouse | self.away).lot_stock_id.id,
                "company_id": self.company.id,
            }
        )
        move._action_confirm()
        self.receipts |= move

    def _do_receipt_changes(self):
        move = self._any(self.receipts.filtered(lambda move: move.state not in ("done", "cancel")))
        if not move:
            return
        if self.dice.random() < 0.4:
            move.date = fields.Datetime.now() + timedelta(days=self.dice.randint(0, 9))
        elif self.dice.random() < 0.5:
            move._action_cancel()
        else:
            move.write({"quantity": move.product_uom_qty, "picked": True})
            move._action_done()

    def _do_listing(self):
        listing = self._any(self.listings)
        listing.write(
            self.dice.choice(
                [
                    {"publication_mode": "auto"},
                    {"publication_mode": "paused"},
                    {"publication_mode": "forced", "publication_forced": self.dice.randint(0, 50)},
                    {"publication_rule_id": self._any(self.rules).id},
                    {"publication_rule_id": False},
                    {"product_id": self._any(self.tea | self.cup).id},
                    {"product_id": False},
                    {"active": not listing.active},
                ]
            )
        )

    def _do_shop(self):
        self._any(self.shop | self.second | self.third).write(
            self.dice.choice(
                [
                    {"publication_shares": self.dice.random() < 0.7, "publication_weight": self.dice.randint(1, 4)},
                    {"publication_withholds": True},
                    {"publication_rule_id": self._any(self.rules).id},
                    {"warehouse_ids": [Command.set((self.warehouse | self.away).ids)]},
                    {"publishes": self.dice.random() < 0.8},
                ]
            )
        )

    def _do_rule(self):
        self._any(self.rules).write(
            self.dice.choice(
                [{"constant": self.dice.randint(-5, 5)}, {"safety": 2}, {"incoming_days": 2}, {"active": True}]
            )
        )

    def _do_campaign(self):
        quotas = self.env["merchant.publication.quota"]
        if running := quotas.search([]):
            self._any(running).write({"quantity": self.dice.randint(1, 40), "only": self.dice.random() < 0.5})
            if self.dice.random() < 0.5:
                running.unlink()
            return
        listing = self._any(self.listings.filtered("product_id"))
        quotas.create(
            {
                "name": "11.11",
                "listing_id": listing.id,
                "quantity": 20,
                "ends_at": "2099-01-01",
                "starts_at": "2020-01-01",
            }
        )

    # -- the slow and obvious way ------------------------------------------------------------------------------------

    def _obvious(self):
        """Every listing's offer, from whole tables, record by record."""
        self.env.flush_all()
        listings = self.env["merchant.listing"].search([("shop_id.publishes", "=", True)], order="id")
        claims = [self._obvious_claim(listing) for listing in listings]
        found = offers(claims, self._obvious_supplies())
        return {
            listing: (
                found[listing.id].quantity,
                [list(term) for term in found[listing.id].terms],
                "no_product"
                if not listing.product_id
                else "listing_paused"
                if listing.publication_mode == "paused"
                else None,
            )
            for listing in listings
        }

    def _obvious_claim(self, listing):
        shop = listing.shop_id
        rule = listing.publication_rule_id or shop.publication_rule_id
        quota = self.env["merchant.publication.quota"].search([("listing_id", "=", listing.id)])
        pending = self._obvious_pending().filtered(
            lambda row: (row.shop_id, row.product_id, row.kind) == (shop, listing.product_id, "unpaid")
        )
        return Claim(
            key=listing.id,
            needs=((listing.product_id.id, 1),) if listing.product_id else (),
            places=tuple(sorted(shop.warehouse_ids.ids)),
            rule=Rule(
                round(rule.ratio * 100), rule.constant, rule.minimum, rule.maximum, rule.safety, rule.incoming_days
            )
            if rule
            else Rule(),
            shares=shop.publication_shares,
            weight=shop.publication_weight,
            quota=max(0, quota.quantity - int(self._obvious_sold(listing))) if quota else 0,
            quota_only=quota.only,
            forced=listing.publication_forced if listing.publication_mode == "forced" else None,
            kept_back=int(sum(pending.mapped("quantity"))) if shop.publication_withholds else 0,
        )

    def _obvious_sold(self, listing):
        lines = self.env["sale.order.line"].search([("product_id", "=", listing.product_id.id), ("state", "=", "sale")])
        lines = lines.filtered(lambda line: line.order_id.merchant_shop_id == listing.shop_id)
        pending = self._obvious_pending().filtered(
            lambda row: (row.shop_id, row.product_id) == (listing.shop_id, listing.product_id)
        )
        return sum(lines.mapped("product_uom_qty")) + sum(pending.mapped("quantity"))

    def _obvious_pending(self):
        def is_pending(row):
            order = self._sold(row.order_ref, row.shop_id)
            return not order or order.state in ("draft", "sent")

        return self.env["merchant.pending.sale"].search([]).filtered(is_pending)

    def _obvious_supplies(self):
        figures = defaultdict(lambda: defaultdict(int))
        arrivals = defaultdict(lambda: defaultdict(int))
        for quant in self.env["stock.quant"].search([("location_id.usage", "=", "internal")]):
            place = quant.product_id.id, quant.location_id.warehouse_id.id
            figures[place]["on_hand"] += int(quant.quantity)
            figures[place]["reserved"] += int(quant.reserved_quantity)
        today = fields.Datetime.now() + timedelta(hours=8)
        for move in self.env["stock.move"].search([("state", "not in", ("draft", "done", "cancel"))]):
            if move.location_id.usage == "internal":
                missing = move.product_qty - sum(move.move_line_ids.mapped("quantity_product_uom"))
                figures[move.product_id.id, move.location_id.warehouse_id.id]["waiting"] += int(missing)
            else:
                days = ((move.date + timedelta(hours=8)).date() - today.date()).days
                if days >= 0:
                    arrivals[move.product_id.id, move.location_dest_id.warehouse_id.id][days] += int(move.product_qty)
        for row in self._obvious_pending():
            figures[row.product_id.id, row.shop_id.warehouse_id.id]["pending"] += int(row.quantity)
        return {
            place: Supply(**figures[place], incoming=tuple(sorted(arrivals[place].items())))
            for place in {*figures, *arrivals}
        }
