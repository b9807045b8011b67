import json
from contextlib import contextmanager
from itertools import count

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.merchant_wms.core import outbound
from odoo.addons.queue_job.tests.common import trap_jobs

AT = "2025-11-11T%02d:00:00+08:00"


class WmsCase(TransactionCase):
    """A company with one warehouse kept by an outside system, whose answers the test decides."""

    _inside = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Hankou Tea"})
        cls.env.user.write({"company_ids": [Command.link(cls.company.id)], "company_id": cls.company.id})
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.tea, cls.cup = cls._new_product("TEA", 100), cls._new_product("CUP", 100)
        cls.buyer = cls.env["res.partner"].create({"name": "张*", "phone": "138****8000", "city": "武汉市"})
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "SF Express",
                "product_id": cls.env["product.product"].create({"name": "Post", "type": "service"}).id,
            }
        )
        cls.wms = cls.env["merchant.wms"].create(
            {
                "name": "Cloud",
                "company_id": cls.company.id,
                "url": "https://wms.example.com/hankou",
                "app_key": "hankou",
                "app_secret": "s3cret",
                "warehouse_ids": [Command.link(cls.warehouse.id)],
                "carrier_ids": [Command.create({"code": "SF", "carrier_id": cls.carrier.id})],
            }
        )
        cls._numbers = count(1)

    def setUp(self):
        super().setUp()
        # what works in transactions of its own works in the test's, which must not commit
        self.answers, self.said = [], []
        self.patch(self.registry["merchant.wms"], "_post", self._answer)

    def _answer(self, _credentials, body):
        self.said.append(json.loads(body))
        answer = self.answers.pop(0) if self.answers else f"W-{len(self.said)}"
        if callable(answer):
            answer = answer()
        if isinstance(answer, Exception):
            raise answer
        return answer

    @classmethod
    def _new_product(cls, code, stock=0, **values):
        product = cls.env["product.product"].create(
            {"name": code.title(), "default_code": code, "is_storable": True, "company_id": cls.company.id, **values}
        )
        if stock:
            cls._put(product, stock)
        return product

    @classmethod
    def _put(cls, product, quantity, lot=None):
        cls.env["stock.quant"]._update_available_quantity(product, cls.warehouse.lot_stock_id, quantity, lot_id=lot)

    @classmethod
    def _new_lot(cls, product, name):
        return cls.env["stock.lot"].create({"name": name, "product_id": product.id, "company_id": cls.company.id})

    @classmethod
    def _new_user(cls, role):
        return new_test_user(
            cls.env,
            f"wms_{role}",
            groups=f"merchant_base.group_{role}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    # -- deliveries -------------------------------------------------------------------------------------------------

    def _deliver(self, quantities=None, assign=True, **values):
        """A confirmed delivery of ``{product: quantity}``; what the transaction's end would do is done."""
        kind = self.warehouse.out_type_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "partner_id": self.buyer.id,
                "origin": "S1",
                "location_id": kind.default_location_src_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": kind.default_location_src_id.id,
                            "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                        }
                    )
                    for product, quantity in (quantities or {self.tea: 2, self.cup: 1}).items()
                ],
                **values,
            }
        )
        picking.action_confirm()
        if assign:
            picking.action_assign()
        self._commit()
        return picking

    def _commit(self):
        """What happens when the transaction ends."""
        with trap_jobs() as jobs:
            self.env.cr.flush()
        self.jobs = jobs.enqueued_jobs
        return jobs

    def _told(self, picking):
        return self.env["merchant.wms.delivery"].search([("picking_id", "=", picking.id)])

    def _send(self, *answers):
        """Let the job tell what is due; the warehouse answers so."""
        self.answers = list(answers)
        self.env.flush_all()
        with self._own_transactions():
            self.wms._send()
        self.env.invalidate_all()

    def _sent(self, *args, **kwargs):
        """A delivery that the warehouse has."""
        picking = self._deliver(*args, **kwargs)
        self._send()
        return picking

    @contextmanager
    def _own_transactions(self):
        """What opens transactions of its own opens them in the test's; also within such a block."""
        if self._inside:
            yield
            return
        self._inside = True
        try:
            with self.enter_registry_test_mode():
                yield
        finally:
            self._inside = False

    # -- results ----------------------------------------------------------------------------------------------------

    def _result(self, kind, picking=None, hour=9, ref=None, **facts):
        """Hand in a message and let the job carry it out; return its row."""
        message = {"id": ref or f"m-{next(self._numbers)}", "type": kind, "at": AT % hour, **facts}
        if picking is not None:
            message.setdefault("key", self._told(picking).key)
        self.env["merchant.wms.message"]._store(self.wms, [(message["id"], message)])
        self.env.flush_all()
        with self._own_transactions(), trap_jobs():
            self.wms._take_results()
        self.env.invalidate_all()
        self._commit()
        return self.env["merchant.wms.message"].search([("wms_id", "=", self.wms.id), ("ref", "=", message["id"])])

    def _shipped(self, picking, quantities=None, **facts):
        quantities = quantities or {"TEA": 2, "CUP": 1}
        lines = [{"sku": sku, "quantity": quantity} for sku, quantity in quantities.items()]
        facts = {"carrier": "SF", "tracking": "SF100", "lines": lines, **facts}
        return self._result("shipped", picking, **facts)

    def _snapshot(self, quantities, **facts):
        lines = [
            {"sku": key[0], "lot": key[1], "quantity": quantity}
            if isinstance(key, tuple)
            else {"sku": key, "quantity": quantity}
            for key, quantity in quantities.items()
        ]
        return self._result("stock", lines=lines, **facts)

    def assertHeld(self, row, code):
        self.assertEqual((row.state, row.reason_code), ("held", code), row.reason)
        self.assertTrue(row.reason.strip().endswith((".", "。")), row.reason)


def later(words="HTTP 500", after=0):
    return outbound.Later(words, after)
