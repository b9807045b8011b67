"""A merchant's company on a running server: goods in stock, people with roles, shops on a rehearsal marketplace."""

import contextlib
import itertools
import time

# everything that the marketplace's demo shop sells
GOODS = (
    *("TEA-001", "TEA-002", "TEA-003", "TEA-004", "TEA-005", "TEA-006", "TEA-007", "TEA-008", "TEA-009", "TEA-010"),
    *("TEA-POT-RED", "TEA-POT-WHT", "TEA-CUP-BLU", "TEA-CUP-GRN", "TEA-CUP-WHT", "TEA-TRAY-S", "TEA-TRAY-L"),
)
COST, PIECES = 10.0, 5000
KEYS = {"app_key": "12345678", "app_secret": "hankou-rehearsal-secret", "session": "hankou-rehearsal-session"}
BUSY = ("wait_dependencies", "pending", "enqueued", "started")
_numbers = itertools.count(1)


def eventually(look, seconds=60, what="it"):
    """What ``look()`` returns as soon as that is true."""
    begun = time.monotonic()
    while not (found := look()):
        waited = time.monotonic() - begun
        assert waited < seconds, f"{what} did not happen within {seconds} s"
        time.sleep(min(0.1 + waited / 20, 2))
    return found


class Merchant:
    """The company, asked and worked on from outside.

    :param odoo: :class:`RunningOdoo`, started
    """

    def __init__(self, odoo):
        self.odoo, self.call = odoo, odoo.call

    def stock_up(self):
        """Goods with a cost, valued at once, plenty of each in stock."""
        [company] = self.search("res.company", [], ["id"], limit=1)
        self.call("res.company", "write", [company["id"]], {"inventory_valuation": "real_time"})
        [warehouse] = self.search("stock.warehouse", [("company_id", "=", company["id"])], ["lot_stock_id"], limit=1)
        self.product_ids = dict(zip(GOODS, self.new_products(*GOODS), strict=True))
        quants = [
            {"product_id": product, "location_id": warehouse["lot_stock_id"][0], "inventory_quantity": PIECES}
            for product in self.product_ids.values()
        ]
        ids = self.call("stock.quant", "create", quants, context={"inventory_mode": True})
        self.call("stock.quant", "action_apply_inventory", ids)
        return self

    def new_products(self, *codes):
        values = {"is_storable": True, "standard_price": COST}
        return self.call(
            "product.product", "create", [{**values, "default_code": code, "name": code} for code in codes]
        )

    def new_user(self, login, *groups):
        """A user whose password is the login."""
        xml_ids = [group.split(".") for group in groups]
        domain = ["|"] * (len(xml_ids) - 1)
        for module, name in xml_ids:
            domain += ["&", ("module", "=", module), ("name", "=", name)]
        found = [row["res_id"] for row in self.search("ir.model.data", domain, ["res_id"])]
        values = {"login": login, "password": login, "name": login, "group_ids": [(4, group) for group in found]}
        return self.call("res.users", "create", values, context={"no_reset_password": True})

    def search(self, model, domain, fields=("id",), **options):
        return self.call(model, "search_read", domain, list(fields), **options)

    def read(self, model, record, *fields, **options):
        [row] = self.call(model, "read", [record], list(fields), **options)
        return row

    def open_shop(self, market, **values):
        """A shop on the marketplace, made by the wizard that a person uses; its regular pulls are far apart."""
        market.clock.advance(minutes=-8)  # pulls stay two minutes behind the clock
        name = f"茶店 {next(_numbers)}"
        values = {"name": name, "platform": "taobao", "gateway": f"{market.url}/router/rest", **KEYS, **values}
        wizard = self.call("merchant.shop.wizard", "create", values)
        shop = self.call("merchant.shop.wizard", "action_create", [wizard])["res_id"]
        self.call("merchant.shop", "write", [shop], {"pull_interval": 1440})
        return Shop(self, shop, values["name"], market).settle()

    def own_shop(self, **values):
        """A shop whose orders come by API or sheet."""
        name = f"自营 {next(_numbers)}"
        shop = self.call("merchant.shop", "create", {"name": name, "platform": "own", **values})
        return Shop(self, shop, values.get("name", name))

    @contextlib.contextmanager
    def shop_on(self, market, **values):
        """A shop for the length of a block."""
        shop = self.open_shop(market, **values)
        yield shop
        self.call("merchant.shop", "action_pause", [shop.id])

    def tick(self):
        """What the scheduler does once a minute."""
        domain = [("cron_name", "like", "Merchant: queue pulls")]
        [cron] = self.search("ir.cron", domain, context={"lang": "en_US"})
        self.call("ir.cron", "method_direct_trigger", [cron["id"]])


class Shop:
    """One shop as a test sees it; orders are asked for by the platform's number."""

    def __init__(self, merchant, shop_id, name, market=None):
        self.merchant, self.id, self.name, self.market = merchant, shop_id, name, market
        self.call, self.search = merchant.call, merchant.search

    def settle(self, seconds=90):
        """Wait until every job of this shop is done."""
        busy = [("name", "=like", f"% {self.name}"), ("state", "in", BUSY)]
        eventually(
            lambda: not self.call("queue.job", "search_count", busy), seconds, f"{self.name}: the end of its jobs"
        )
        return self

    def pull(self):
        self.call("merchant.shop", "action_pull", [self.id])
        self.settle()
        self.market.advance(seconds=2)  # what changes after the pull bears another second than what it read
        return self

    def pull_period(self, start, end):
        values = {"shop_ids": [(6, 0, [self.id])], "start": start, "end": end}
        self.call("merchant.pull.wizard", "action_pull", [self.call("merchant.pull.wizard", "create", values)])
        return self.settle()

    def push(self, *orders):
        self.call("merchant.inbox", "push", self.name, list(orders))
        return self.settle()

    def state(self):
        """``(state, what the platform said)``"""
        found = self.merchant.read("merchant.shop", self.id, "state", "last_error")
        return found["state"], found["last_error"] or ""

    def orders(self, ref, *fields):
        domain = [("merchant_shop_id", "=", self.id), ("platform_order_ref", "=", str(ref))]
        return self.search("sale.order", domain, ["name", "state", "amount_total", "platform_status", *fields])

    def order(self, ref, *fields):
        [found] = self.orders(ref, *fields)
        return found

    def lines(self, ref):
        """``{platform line: order line}``"""
        order = self.order(ref, "order_line")
        fields = ["platform_line_ref", "product_id", "product_uom_qty", "price_total"]
        rows = self.call("sale.order.line", "read", order["order_line"], fields)
        return {row["platform_line_ref"]: row for row in rows if row["platform_line_ref"]}

    def deliveries(self, ref, *fields):
        domain = [("sale_id", "=", self.order(ref)["id"])]
        fields = ["state", "partner_id", "backorder_id", "move_ids", *fields]
        return self.search("stock.picking", domain, fields, order="id")

    def inbox(self, ref, lang="en_US"):
        """The newest inbox row of an order."""
        domain = [("shop_id", "=", self.id), ("order_ref", "=", str(ref)), ("state", "!=", "superseded")]
        fields = ["state", "reason_code", "reason", "sale_order_id", "attempts"]
        found = self.search("merchant.inbox", domain, fields, order="id desc", limit=1, context={"lang": lang})
        return found[0] if found else None

    def reason(self, ref, lang="en_US"):
        """Why an order is held."""
        row = self.inbox(ref, lang)
        assert row["state"] == "held", row
        return row["reason"]

    def notices(self, ref, lang="en_US"):
        domain = [("shop_id", "=", self.id), ("platform_order_ref", "=", str(ref))]
        fields = [
            "state",
            "reason_code",
            "reason",
            "attempts",
            "next_try_at",
            "line_refs",
            "sent_carrier_code",
            "answer",
        ]
        return self.search("merchant.shipment.notice", domain, fields, order="id", context={"lang": lang})

    def notice(self, ref, lang="en_US"):
        [found] = self.notices(ref, lang)
        return found

    def carrier(self, code="SF"):
        domain = [("platform", "=", "taobao"), ("code", "=", code)]
        [found] = self.search("merchant.carrier.code", domain, ["carrier_id"])
        return found["carrier_id"][0]

    def ship(self, ref, tracking, carrier="SF", quantities=None, user="admin"):
        """Enter carrier and tracking number, validate, as a warehouse hand does; the rest becomes a backorder.

        :param quantities: ``{platform line: pieces}`` of a part
        """
        picking = next(each for each in self.deliveries(ref) if each["state"] == "assigned")
        who = {"user": user, "password": user}
        values = {"carrier_id": self.carrier(carrier), "carrier_tracking_ref": tracking}
        self.call("stock.picking", "write", [picking["id"]], values, **who)
        if quantities is not None:
            self._pick(ref, picking, quantities, who)
        answer = self.call("stock.picking", "button_validate", [picking["id"]], **who)
        assert answer is True or answer["res_model"] == "stock.backorder.confirmation", answer
        if answer is not True:
            context = answer["context"]
            wizard = self.call(answer["res_model"], "create", {}, context=context, **who)
            self.call(answer["res_model"], "process", [wizard], context=context, **who)
        return self.settle()

    def _pick(self, ref, picking, quantities, who):
        products = {line["product_id"][0]: quantities.get(key, 0) for key, line in self.lines(ref).items()}
        for move in self.call("stock.move", "read", picking["move_ids"], ["product_id"], **who):
            pieces = products[move["product_id"][0]]
            self.call("stock.move", "write", [move["id"]], {"quantity": pieces, "picked": bool(pieces)}, **who)
