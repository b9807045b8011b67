from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from types import SimpleNamespace

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.queue_job.tests.common import trap_jobs

HOME = {
    "name": "张三",
    "mobile": "13800138000",
    "province": "湖北省",
    "city": "武汉市",
    "district": "江汉区",
    "address": "解放大道 1 号",
}
AWAY = {**HOME, "province": "广东", "city": "深圳市", "district": "南山区", "address": "科技路 9 号"}
DAY = "2025-11-11T%02d:00:00+08:00"


class _Undo(Exception):
    """Ends a block whose work is taken back."""


class MerchantCase(TransactionCase):
    """A Chinese company with two products in stock and a shop whose orders are handed in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cny = cls.env.ref("base.CNY")
        cls.cny.active = True
        cls.company = cls._new_company("Hankou Tea")
        cls.env.user.write({"company_ids": [Command.link(cls.company.id)], "company_id": cls.company.id})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.vat13 = cls._new_tax(13)
        cls.tea = cls._new_product("HKT-TEA", stock=100)
        cls.cup = cls._new_product("HKT-CUP", stock=100)
        cls.shop = cls._new_shop("Tea House")
        cls._numbers = count(1)

    def setUp(self):
        super().setUp()
        # what works in transactions of its own works in the test's, which must not commit
        self.patch(self.registry["merchant.inbox"], "_afresh", lambda inbox: nullcontext(inbox))

    @classmethod
    def _new_company(cls, name):
        return cls.env["res.company"].create(
            {"name": name, "currency_id": cls.cny.id, "country_id": cls.env.ref("base.cn").id}
        )

    @classmethod
    def _new_tax(cls, percent, included=False):
        company, china = cls.company, cls.env.ref("base.cn")
        group = cls.env["account.tax.group"].search([("company_id", "=", company.id)], limit=1) or cls.env[
            "account.tax.group"
        ].create({"name": "VAT", "company_id": company.id, "country_id": china.id})
        return cls.env["account.tax"].create(
            {
                "name": f"VAT {percent}% {'incl.' if included else ''}",
                "amount": percent,
                "type_tax_use": "sale",
                "price_include_override": "tax_included" if included else "tax_excluded",
                "company_id": company.id,
                "country_id": china.id,
                "tax_group_id": group.id,
            }
        )

    @classmethod
    def _new_product(cls, code, stock=0, **values):
        taxes = values.pop("taxes", cls.vat13)
        product = cls.env["product.product"].create(
            {
                "name": code.title(),
                "default_code": code,
                "is_storable": True,
                "list_price": 98,
                "taxes_id": [Command.set(taxes.ids)],
                "company_id": cls.company.id,
                **values,
            }
        )
        cls._put(product, stock)
        return product

    @classmethod
    def _put(cls, product, quantity):
        if quantity:
            cls.env["stock.quant"]._update_available_quantity(product, cls.warehouse.lot_stock_id, quantity)

    @classmethod
    def _new_shop(cls, name, **values):
        return cls.env["merchant.shop"].create({"name": name, "company_id": cls.company.id, **values})

    @classmethod
    def _new_user(cls, role, **values):
        return new_test_user(
            cls.env,
            values.pop("login", f"hankou_{role}"),
            groups=f"merchant_base.group_{role}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            **values,
        )

    # -- orders -----------------------------------------------------------------------------------------------------

    def _payload(self, order_id=None, **changes):
        """A clean order of two teas and a cup; amounts follow its lines."""
        order = {
            "order_id": order_id or f"W-{next(self._numbers)}",
            "modified_at": DAY % 1,
            "paid_at": DAY % 0,
            "buyer_id": "u-7",
            "receiver": HOME,
            "postage": "8.00",
            "lines": [self._line("1", "HKT-TEA", 2, "196.00"), self._line("2", "HKT-CUP", 1, "20.00")],
            **changes,
        }
        parts = sum((Decimal(line["paid_amount"]) for line in order["lines"]), Decimal(order["postage"]))
        return {"total": str(parts), **order}

    def _line(self, line_id, sku, quantity, amount, **changes):
        price = str(Decimal(amount) / Decimal(quantity or 1))
        return {"line_id": line_id, "sku": sku, "quantity": quantity, "price": price, "paid_amount": amount, **changes}

    def _push(self, *orders, shop=None):
        """Hand in orders and let the job run; return the inbox rows, one for each order."""
        shop = shop or self.shop
        with trap_jobs() as jobs:
            answer = self.env["merchant.inbox"].push(shop.id, list(orders))
            self._work(jobs)
        return self.env["merchant.inbox"].browse(row["inbox_id"] for row in answer)

    def _take(self, *orders, shop=None):
        """Hand in clean orders; return their sales orders."""
        rows = self._push(*orders, shop=shop)
        self.assertEqual(set(rows.mapped("state")), {"done"}, rows.mapped("reason"))
        return rows.sale_order_id

    def _sold(self, order_id, shop=None):
        return self.env["sale.order"].search(
            [("merchant_shop_id", "=", (shop or self.shop).id), ("platform_order_ref", "=", order_id)]
        )

    @contextmanager
    def _undone(self):
        """What happens in the block leaves nothing behind."""
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                yield
                raise _Undo
        except _Undo:
            self.env.transaction.clear()

    @contextmanager
    def _jobs(self):
        """Run what was queued at the end of the block."""
        with trap_jobs() as jobs:
            yield
            self._work(jobs)

    def _work(self, jobs):
        """Run queued jobs, and what they queue, until nothing is left."""
        for _round in range(20):
            if not jobs.enqueued_jobs:
                return
            jobs.perform_enqueued_jobs()
        self.fail("the jobs never end")

    # -- deliveries -------------------------------------------------------------------------------------------------

    def _ship(self, picking, quantities=None, tracking="SF100", carrier=True):
        """Validate a delivery, whole or with ``{product: quantity}``; return the backorder."""
        if carrier:
            picking.carrier_id = self.env.ref("merchant_channel.carrier_sf")
        if tracking:
            picking.carrier_tracking_ref = tracking
        for move in picking.move_ids:
            move.quantity = (quantities or {}).get(move.product_id, 0 if quantities else move.product_uom_qty)
            move.picked = bool(move.quantity)
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate()
        self.assertEqual(picking.state, "done")
        return picking.backorder_ids

    def assertHeld(self, row, code):
        self.assertEqual((row.state, row.reason_code), ("held", code), row.reason)
        self.assertTrue(row.reason.strip().endswith((".", "。")), row.reason)


class FakeClient:
    """A platform's client as the shop needs it. What it answers is set by the test; an exception is raised.

    :ivar pages: ``{hour: [page, …]}``: what changed in the window that begins at that hour, page by page
    :ivar details_of: ``{order id: payload or exception}`` where the detail differs from the list
    :ivar answers: what ``ship`` answers, one after the other
    :ivar offered: ``{platform sku: pieces}`` that it was told
    """

    NOON = datetime(2025, 11, 11, 4, tzinfo=timezone.utc)  # 12:00 in China

    def __init__(self):
        self.pages, self.details_of, self.answers, self.items = {}, {}, [], []
        self.windows, self.asked, self.told, self.corrected = [], [], [], []
        self.offered, self.refusals, self.shelf = {}, {}, []
        self.listed = {}

    def check(self):
        return 0

    def horizon(self):
        return self.NOON

    def orders_modified(self, start, end):
        self.windows.append((start, end))
        for page in self.pages.get(start.hour, []):
            if isinstance(page, Exception):
                raise page
            self.listed.update((payload["order_id"], payload) for payload in page)
            yield page

    def details(self, order_ids):
        for order_id in order_ids:
            self.asked.append(order_id)
            yield order_id, self.details_of.get(order_id, self.listed.get(order_id))

    def listings(self):
        yield from self.items

    def reship(self, order_ref, line_refs, code, tracking):
        self.corrected.append(tracking)
        return self.ship(order_ref, line_refs, code, tracking)

    def ship(self, order_ref, line_refs, code, tracking):
        self.told.append((order_ref, list(line_refs), code, tracking))
        answer = self.answers.pop(0) if self.answers else SimpleNamespace(method="send", skipped={})
        if isinstance(answer, Exception):
            raise answer
        return answer

    def update_quantities(self, entries):
        """``offered`` is what the platform has, ``refusals`` what it says to a SKU; an exception under None ends it."""
        for _item, platform_sku, pieces in entries:
            if None in self.refusals:
                raise self.refusals[None]
            problem = self.refusals.get(platform_sku)
            if problem is None or getattr(problem, "uncertain", False):
                self.offered[platform_sku] = pieces
            yield platform_sku, problem

    def set_on_sale(self, item_id, on_sale, pieces=0):
        self.shelf.append((item_id, on_sale, pieces))

    @staticmethod
    def hours(start, end):
        """One window for each hour."""
        while start < end:
            yield start, min(start + timedelta(hours=1), end)
            start += timedelta(hours=1)


class PlatformCase(MerchantCase):
    """The same shop, on a platform whose client is a fake."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["merchant.carrier.code"].create(
            {"carrier_id": cls.env.ref("merchant_channel.carrier_sf").id, "platform": "own", "code": "SF"}
        )

    def setUp(self):
        super().setUp()
        self.client = FakeClient()
        self.clients = {self.shop: self.client}
        shops = self.registry["merchant.shop"]
        core = shops._core
        clients = SimpleNamespace(windows=FakeClient.hours)
        self.patch(shops, "_has_client", lambda shop: True)
        self.patch(shops, "_client", lambda shop: self.clients[shop])
        self.patch(shops, "_core", lambda shop, part: clients if part == "client" else core(shop, part))
