"""A script outside hands in orders and asks what became of them, with the clients that people use."""

import urllib.parse
import urllib.request
import xmlrpc.client
from urllib.error import HTTPError

import odoolib
import odoorpc
import pytest

from tests.support.running_odoo import RemoteError

SCRIPT = "script"
MAKE_KEY = """
from datetime import datetime, timedelta
user = env["res.users"].search([("login", "=", "{login}")])
keys = env["res.users.apikeys"].with_user(user).sudo()
print("key:" + keys._generate("rpc", "a script", datetime.now() + timedelta(days=1)))
"""
HOME = {
    "name": "张三",
    "mobile": "13800138000",
    "province": "湖北省",
    "city": "武汉市",
    "district": "江汉区",
    "address": "中山大道1号",
}


@pytest.fixture(scope="module")
def key(merchant):
    merchant.new_user(SCRIPT, "merchant_base.group_integration")
    return merchant.odoo.shell(MAKE_KEY.format(login=SCRIPT)).partition("key:")[2].split()[0]


@pytest.fixture(scope="module")
def shop(merchant):
    return merchant.own_shop(app_secret="do-not-tell", session="nor-this")


@pytest.fixture(scope="module")
def place(merchant):
    address = urllib.parse.urlsplit(merchant.odoo.url)
    return {"host": address.hostname, "port": address.port}


def order(ref, **changes):
    lines = [{"line_id": "1", "sku": "TEA-001", "quantity": 2, "price": "98.00", "paid_amount": "196.00"}]
    return {"order_id": ref, "postage": "8.00", "total": "204.00", "receiver": HOME, "lines": lines, **changes}


def the_order_is_in(shop, ref, answer, ask):
    """What every client has to see, whatever it speaks."""
    assert [(row["order_id"], row["state"]) for row in answer] == [(ref, "new")]
    shop.settle()
    found = ask(ref)[ref]
    assert (found["inbox_state"], found["state"], found["total"], found["reason"]) == ("done", "sale", 204.0, "")
    assert found["order"] == shop.order(ref)["name"]


class TestJson2:
    def test_an_order_is_handed_in_and_followed(self, merchant, shop, key):
        def ask(*refs):
            return merchant.odoo.json2("merchant.inbox", "order_states", key, shop=shop.name, order_ids=refs)

        answer = merchant.odoo.json2("merchant.inbox", "push", key, shop=shop.name, orders=[order("J-1")])
        the_order_is_in(shop, "J-1", answer, ask)
        again = merchant.odoo.json2("merchant.inbox", "push", key, shop=shop.name, orders=[order("J-1")])
        assert again == [{**answer[0], "state": "known"}]
        assert len(shop.settle().orders("J-1")) == 1

    def test_the_client_library_of_odoo_speaks_it_too(self, shop, key, place):
        connection = odoolib.get_connection(
            hostname=place["host"],
            port=place["port"],
            protocol="json2",
            database=shop.merchant.odoo.database,
            password=key,
        )
        inbox = connection.get_model("merchant.inbox")
        answer = inbox.push(shop=shop.name, orders=[order("J-2")])
        the_order_is_in(shop, "J-2", answer, lambda ref: inbox.order_states(shop=shop.name, order_ids=[ref]))

    def test_a_bad_order_is_answered_where_it_waits(self, merchant, shop, key):
        orders = [order("J-3", total="1.00"), order("J-4")]
        merchant.odoo.json2("merchant.inbox", "push", key, shop=shop.name, orders=orders)
        shop.settle()
        found = merchant.odoo.json2(
            "merchant.inbox", "order_states", key, shop=shop.name, order_ids=["J-3", "J-4", "J-5"]
        )
        assert found.keys() == {"J-3", "J-4"}
        assert found["J-3"]["inbox_state"] == "held"
        assert "204.00" in found["J-3"]["reason"]
        assert found["J-4"]["state"] == "sale"

    def test_the_tracking_number_is_told(self, merchant, shop, key):
        merchant.odoo.json2("merchant.inbox", "push", key, shop=shop.name, orders=[order("J-6")])
        shop.settle().ship("J-6", "SF9000000001")
        found = merchant.odoo.json2("merchant.inbox", "order_states", key, shop=shop.name, order_ids=["J-6"])
        assert (found["J-6"]["tracking"], found["J-6"]["delivery"]) == (["SF9000000001"], "full")

    def test_a_wrong_key_is_refused(self, merchant, shop, key):
        wrong = "0" * len(key)
        with pytest.raises((RemoteError, HTTPError)):
            merchant.odoo.json2("merchant.inbox", "push", wrong, shop=shop.name, orders=[order("J-7")])
        assert not shop.inbox("J-7")

    @pytest.mark.parametrize("body", [b"{", b"[]", b""])
    def test_what_is_no_question_is_refused_and_harms_nobody(self, merchant, key, body):
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        headers["X-Odoo-Database"] = merchant.odoo.database
        question = urllib.request.Request(f"{merchant.odoo.url}/json/2/merchant.inbox/push", body, headers)
        with pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(question, timeout=30)
        assert 400 <= refused.value.code < 500
        assert merchant.call("res.users", "search_count", [])


class TestXmlRpc:
    def test_odoorpc_hands_in_an_order(self, shop, key, place):
        odoo = odoorpc.ODOO(place["host"], port=place["port"])
        odoo.login(shop.merchant.odoo.database, SCRIPT, key)
        answer = odoo.execute("merchant.inbox", "push", shop.name, [order("R-1")])
        the_order_is_in(
            shop, "R-1", answer, lambda ref: odoo.execute("merchant.inbox", "order_states", shop.name, [ref])
        )
        assert odoo.env["merchant.shop"].search([("name", "=", shop.name)]) == [shop.id]

    def test_odoo_client_lib_hands_in_an_order(self, shop, key, place):
        connection = odoolib.get_connection(
            hostname=place["host"],
            port=place["port"],
            protocol="xmlrpc",
            database=shop.merchant.odoo.database,
            login=SCRIPT,
            password=key,
        )
        inbox = connection.get_model("merchant.inbox")
        answer = inbox.push(shop.name, [order("X-1")])
        the_order_is_in(shop, "X-1", answer, lambda ref: inbox.order_states(shop.name, [ref]))

    def test_a_wrong_key_is_refused(self, shop, place):
        odoo = odoorpc.ODOO(place["host"], port=place["port"])
        with pytest.raises(odoorpc.error.RPCError):
            odoo.login(shop.merchant.odoo.database, SCRIPT, "wrong")


class TestWhatAScriptMayNot:
    """A key that leaks does not open the shop."""

    @pytest.fixture(scope="class")
    def script(self, merchant, key):
        """``script(model, method, …)`` over XML-RPC as the script's user."""
        url, database = merchant.odoo.url, merchant.odoo.database
        number = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common").authenticate(database, SCRIPT, key, {})
        server = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", allow_none=True)
        return lambda model, method, *args, **named: server.execute_kw(
            database, number, key, model, method, args, named
        )

    @pytest.mark.parametrize("field", ["app_secret", "session", "refresh_token"])
    def test_secrets_are_not_read(self, script, shop, field):
        with pytest.raises(xmlrpc.client.Fault):
            script("merchant.shop", "read", [shop.id], [field])
        with pytest.raises(xmlrpc.client.Fault):
            script("merchant.shop", "search", [(field, "like", "do-not")])

    def test_not_even_the_owner_reads_a_secret_back(self, merchant, shop):
        found = str(merchant.call("merchant.shop", "read", [shop.id]))
        assert "do-not-tell" not in found
        assert "nor-this" not in found

    def test_payloads_are_not_read(self, script, shop):
        with pytest.raises(xmlrpc.client.Fault):
            script("merchant.inbox", "search_read", [("shop_id", "=", shop.id)], ["payload"])

    def test_shops_orders_and_inbox_are_not_changed(self, script, shop):
        sold, row = shop.order("J-1")["id"], shop.inbox("J-1")["id"]
        for model, record, values in (
            ("merchant.shop", shop.id, {"gateway": "http://thief.example"}),
            ("sale.order", sold, {"client_order_ref": "mine"}),
            ("merchant.inbox", row, {"state": "new"}),
        ):
            with pytest.raises(xmlrpc.client.Fault):
                script(model, "write", [record], values)
        for model, record in (("merchant.inbox", row), ("sale.order", sold)):
            with pytest.raises(xmlrpc.client.Fault):
                script(model, "unlink", [record])

    def test_the_inbox_is_filled_by_push_alone(self, script, shop):
        """A row made by hand could name another source or claim to be done."""
        values = {"shop_id": shop.id, "order_ref": "forged", "digest": "0", "origin": "pull", "state": "done"}
        with pytest.raises(xmlrpc.client.Fault):
            script("merchant.inbox", "create", {**values, "company_id": 1})

    def test_private_methods_are_not_called(self, script, shop):
        for method in ("_store", "_process_shop", "_client"):
            with pytest.raises(xmlrpc.client.Fault):
                script("merchant.inbox", method)
