"""On a running server: who validates a delivery reads its alert within seconds, and a group robot in trouble loses none
and repeats none."""

import json
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from tests.support.merchant import eventually

SECONDS = 5
PREPARE = """
env["ir.cron"].search([]).filtered(lambda cron: "sync" in (cron.cron_name or "").lower()).active = False
env["merchant.notifier"].search([]).active = False
env["merchant.stock.threshold"].search([]).unlink()
env["merchant.stock.threshold"].create({"kind": "low", "method": "quantity", "quantity": 10})
products = env["product.product"].create([{"name": f"live {n}", "is_storable": True} for n in range(8)])
warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
for product in products:
    env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 20)
while env["merchant.stock.mark"]._evaluate_marks():
    pass

"""


class Robot(ThreadingHTTPServer):
    """A group robot's server: says what it is told to say, keeps what it heard."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.status, self.reply, self.heard, self.go_on = 200, {"errcode": 0}, [], Event()
        self.go_on.set()

    @property
    def host(self):
        return f"127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.heard.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.go_on.wait(30)
        body = json.dumps(self.server.reply).encode()
        with suppress(ConnectionError):  # who asked has given up waiting
            self.send_response(self.server.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


@contextmanager
def robot_server():
    server = Robot()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.go_on.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def odoo(new_odoo):
    return new_odoo("live", PREPARE).start("--max-cron-threads=2")


class Shop:
    """Deliveries made from outside, and what is to be read after them."""

    def __init__(self, odoo):
        self.call = odoo.call
        [self.warehouse] = self.find("stock.warehouse", [], ["lot_stock_id", "out_type_id"], limit=1)
        self.products = [row["id"] for row in self.find("product.product", [("name", "like", "live ")], ["id"])]
        [customers] = self.find("stock.location", [("usage", "=", "customer")], ["id"], limit=1)
        self.customers = customers["id"]

    def find(self, model, domain, names, **options):
        return self.call(model, "search_read", domain, names, **options)

    def delivery(self, *products, units=15):
        places = {"location_id": self.warehouse["lot_stock_id"][0], "location_dest_id": self.customers}
        moves = [[0, 0, {"product_id": product, "product_uom_qty": units, **places}] for product in products]
        [ident] = self.call(
            "stock.picking",
            "create",
            [{"picking_type_id": self.warehouse["out_type_id"][0], "move_ids": moves, **places}],
        )
        self.call("stock.picking", "action_assign", [ident])
        return ident

    def validate(self, ident):
        self.call("stock.picking", "button_validate", [ident], context={"skip_backorder": True})

    def alerts(self, *products):
        domain = [("product_id", "in", list(products)), ("state", "!=", "closed")]
        return self.find("merchant.stock.alert", domain, ["severity", "measure"])


@pytest.fixture(scope="module")
def shop(odoo):
    return Shop(odoo)


def receive(shop, product, units):
    """An inventory adjustment."""
    place = shop.warehouse["lot_stock_id"][0]
    vals = {"product_id": product, "location_id": place, "inventory_quantity": units}
    ids = shop.call("stock.quant", "create", [vals], context={"inventory_mode": True})
    shop.call("stock.quant", "action_apply_inventory", ids)


def test_a_delivery_is_an_alert_within_seconds_and_a_receipt_ends_it(shop):
    waited = []
    for product in shop.products[:3]:
        assert not shop.alerts(product)
        shop.validate(shop.delivery(product))
        begun = time.monotonic()
        eventually(lambda product=product: shop.alerts(product), SECONDS, "the alert")
        waited.append(time.monotonic() - begun)
        receive(shop, product, 90)
        begun = time.monotonic()
        eventually(lambda product=product: not shop.alerts(product), SECONDS, "its end")
        waited.append(time.monotonic() - begun)
    print(f"visible after {', '.join(f'{seconds:.2f}' for seconds in waited)} s")


def only_channel(shop, robot):
    """Have a robot of this test be the only one that is told.

    :return: id of its channel
    """
    shop.call("ir.config_parameter", "set_param", "merchant_base.robot_hosts", robot.host)
    others = [row["id"] for row in shop.find("merchant.notifier", [], ["id"])]
    shop.call("merchant.notifier", "write", others, {"active": False})
    url = f"http://{robot.host}/send?key=secret"
    vals = {"name": f"group {robot.host}", "kind": "wecom", "gap": 0, "severity": "info", "url": url}
    return shop.call("merchant.notifier", "create", [vals])[0]


@pytest.mark.parametrize(
    ("number", "trouble", "reason"),
    [
        (3, {"status": 500}, "500"),
        (4, {"reply": {"errcode": 45009, "errmsg": "api freq out of limit"}}, "api freq out of limit"),
        (5, {"hangs": True}, ""),
    ],
    ids=["answers 500", "says too many", "hangs"],
)
def test_a_robot_in_trouble_loses_nothing_and_repeats_nothing(odoo, shop, number, trouble, reason):
    products = [shop.products[number], *(shop.products[6:] if number == 3 else ())]
    with robot_server() as robot:
        notifier = only_channel(shop, robot)
        robot.status, robot.reply = trouble.get("status", 200), trouble.get("reply", {"errcode": 0})
        if trouble.get("hangs"):
            robot.go_on.clear()
        shop.validate(shop.delivery(*products))
        mine = [("notifier_id", "=", notifier)]
        names = ["state", "reason", "attempts", "subject"]
        eventually(
            lambda: [row for row in shop.find("merchant.notification", mine, names) if row["attempts"]], 40, "a try"
        )
        rows = shop.find("merchant.notification", mine, names)
        assert len(rows) == len(products) == len(shop.alerts(*products)), "each alert waits, none is lost"
        assert {row["state"] for row in rows} == {"waiting"}
        assert all(row["reason"] and reason in row["reason"] for row in rows), rows
        assert len(robot.heard) == 1, "one message for many, not repeated while it is in trouble"
        robot.status, robot.reply = 200, {"errcode": 0}
        robot.go_on.set()
        odoo.shell(
            f"env['merchant.notification'].search([('notifier_id', '=', {notifier})]).write("
            "{'next_try_at': '2000-01-01'})\n"
            f"env['merchant.notifier'].browse({notifier}).next_send_at = False\n"
            "env['merchant.notifier']._wake()"
        )
        eventually(
            lambda: {row["state"] for row in shop.find("merchant.notification", mine, names)} == {"sent"}, 40, "sending"
        )
        assert len(robot.heard) == 2, "said once more, in one message"
        assert all(row["subject"].split(" · ")[1] in robot.heard[1] for row in rows)


def test_inbox_mail_and_robot_are_told_within_a_minute_and_once_until_the_stock_was_back(shop):
    product = shop.products[0]
    names, always = ["state", "notifier_id"], {"severity": "info", "gap": 0}
    with robot_server() as robot:
        channels = [
            only_channel(shop, robot),
            *shop.call(
                "merchant.notifier",
                "create",
                [
                    {"name": f"inbox {robot.host}", "kind": "inbox", "user_ids": [[6, 0, [2]]], **always},
                    {"name": f"mail {robot.host}", "kind": "email", "emails": "boss@example.com", **always},
                ],
            ),
        ]
        mine = [("notifier_id", "in", channels)]

        def told(times):
            rows = [row for row in shop.find("merchant.notification", mine, names) if row["state"] == "sent"]
            return len(rows) == times * len(channels) and rows

        shop.validate(shop.delivery(product, units=85))
        begun = time.monotonic()
        eventually(lambda: told(1), 60, "telling all three")
        print(f"all three told after {time.monotonic() - begun:.2f} s")
        shop.validate(shop.delivery(product, units=2))
        eventually(lambda: shop.alerts(product)[0]["measure"] == 3, SECONDS, "the second delivery")
        receive(shop, product, 90)
        eventually(lambda: not shop.alerts(product), SECONDS, "the end")
        assert told(1), "not repeated while it was open"
        shop.validate(shop.delivery(product, units=85))
        eventually(lambda: told(2), 60, "telling again")
