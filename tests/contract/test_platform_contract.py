"""What every platform connector promises, checked against each connector's own fixtures.

An addon ``merchant_channel_<platform>`` takes part as soon as it has ``core/signature.py``, ``core/mapping.py`` and
``core/client.py``. A new platform supplies

* ``signature.sign(params, secret, ...) -> str``;
* ``mapping.loads(text)`` (exact integers and decimals, ``ValueError`` on no JSON), ``mapping.to_orders(response)``,
  ``mapping.to_order(raw)``, ``mapping.split(response) -> [(order_id, modified_at, raw), ...]`` and
  ``mapping.raise_for_error(response, now=None)``;
* ``client.<Class>(post, *, now, sleep, ...)``, where ``post`` answers ``(status, body)`` or raises ``OSError``;

and in ``tests/data/contract/``

* ``orders*.json``, each a reply with orders, and beside it ``orders*.expected.json``: the list of ``ChannelOrder`` as
  :func:`plain` writes them (defaults left out, amounts as text, moments as ISO 8601). One reply is empty, and where the
  platform knows both, one holds a wrapped list and one a simplified list;
* ``errors.json``: ``[{"name", "reply", "error", "after"?, "uncertain"?, "now"?}]``, ``error`` naming the class;
* ``signatures.json``: ``[{"arguments": {"params", "secret", ...}, "sign"}]``;
* ``client.json``: ``{"class", "arguments", "hidden", "read": {"method", "arguments"}, "answer", "expired"}``: how to
  build the client, what its errors must never show, a call that reads, a reply to it, and the reply when the token is
  over; and ``"quantities": {"entries": [[item, SKU, pieces]], "answers", "refused"}``: what the listings of two items
  offer, the reply of each call that tells it, and a reply that refuses.

Run it with ``python3 tests/contract/test_platform_contract.py`` or pytest.
"""

import dataclasses
import importlib
import importlib.util
import json
import unittest
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 2, 4, 0, tzinfo=timezone.utc)


def _register():
    spec = importlib.util.spec_from_file_location("coretest", ROOT / "tools" / "coretest.py")
    coretest = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(coretest)
    coretest.register(ROOT / "addons")


def platforms():
    """Return the connector addons that have a whole core."""
    parts = ("signature.py", "mapping.py", "client.py")
    addons = sorted((ROOT / "addons").glob("merchant_channel_*"))
    return [addon.name for addon in addons if all((addon / "core" / part).is_file() for part in parts)]


def plain(value):
    """Return a dataclass as JSON would hold it, without what has its default."""
    if dataclasses.is_dataclass(value):
        return {
            field.name: plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != field.default
        }
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value)
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


_register()
errors = importlib.import_module("odoo.addons.merchant_channel.core.errors")
order = importlib.import_module("odoo.addons.merchant_channel.core.order")


class PlatformContract:
    """The promises; one subclass per connector names its ``addon``."""

    addon = ""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        core = f"odoo.addons.{cls.addon}.core"
        cls.signature, cls.mapping, cls.client = (
            importlib.import_module(f"{core}.{part}") for part in ("signature", "mapping", "client")
        )
        cls.data = ROOT / "addons" / cls.addon / "tests" / "data" / "contract"
        cls.replies = sorted(path for path in cls.data.glob("orders*.json") if ".expected." not in path.name)

    def _load(self, name):
        return json.loads((self.data / name).read_text(encoding="utf-8"))

    def _orders(self):
        """Each reply's name and its orders."""
        for path in self.replies:
            yield path, self.mapping.to_orders(self.mapping.loads(path.read_text(encoding="utf-8")))

    # --- signature
    def test_the_signature_matches_the_published_vectors(self):
        vectors = self._load("signatures.json")
        self.assertTrue(vectors)
        for vector in vectors:
            self.assertEqual(self.signature.sign(**vector["arguments"]), vector["sign"])

    def test_the_signature_does_not_depend_on_the_order_of_the_parameters(self):
        for vector in self._load("signatures.json"):
            arguments = vector["arguments"]
            turned = dict(reversed(arguments["params"].items()))
            self.assertEqual(self.signature.sign(**{**arguments, "params": turned}), vector["sign"])

    def test_the_signature_changes_with_every_value_and_with_the_secret(self):
        for vector in self._load("signatures.json"):
            arguments = vector["arguments"]
            for name, value in arguments["params"].items():
                changed = {**arguments["params"], name: f"{value}x"}
                self.assertNotEqual(self.signature.sign(**{**arguments, "params": changed}), vector["sign"], name)
            self.assertNotEqual(self.signature.sign(**{**arguments, "secret": "another"}), vector["sign"])

    # --- orders
    def test_every_reply_becomes_the_orders_it_describes(self):
        self.assertTrue(self.replies)
        for path, orders in self._orders():
            self.assertEqual([plain(one) for one in orders], self._load(f"{path.stem}.expected.json"), path.name)

    def test_there_are_replies_with_orders_and_an_empty_one(self):
        sizes = [len(orders) for _path, orders in self._orders()]
        self.assertIn(0, sizes)
        self.assertTrue(any(sizes))

    def test_ids_are_text(self):
        for _path, orders in self._orders():
            for one in orders:
                self.assertTrue(one.order_id and isinstance(one.order_id, str))
                for line in one.lines:
                    self.assertTrue(line.line_id and isinstance(line.line_id, str))
                    self.assertIsInstance(line.platform_sku, str)
                    self.assertIsInstance(line.refund_id, str)

    def test_money_is_decimal_to_the_fen_and_adds_up(self):
        for _path, orders in self._orders():
            for one in orders:
                self.assertEqual(one.revenue, one.expected, one.order_id)
                for amount in self._amounts(one):
                    self.assertIsInstance(amount, Decimal)
                    self.assertEqual(amount, round(amount, 2))

    def _amounts(self, one):
        for owner in (one, *one.lines):
            for field in dataclasses.fields(owner):
                if isinstance(field.default, Decimal):
                    yield getattr(owner, field.name)

    def test_moments_carry_their_zone(self):
        for _path, orders in self._orders():
            for one in orders:
                self.assertIsNotNone(one.modified_at)
                for at in (one.created_at, one.paid_at, one.modified_at):
                    self.assertTrue(at is None or at.tzinfo is not None)

    def test_states_are_words_of_the_suite(self):
        for _path, orders in self._orders():
            for one in orders:
                self.assertIn(one.status, order.STATUSES)
                for line in one.lines:
                    self.assertIn(line.status, order.STATUSES)
                    self.assertIn(line.refund, order.REFUNDS)

    def test_what_may_ship_is_in_a_state_to_ship(self):
        for _path, orders in self._orders():
            for one in orders:
                self.assertTrue(not one.ship_now or one.status in (order.PAID, order.PART_SHIPPED))
                self.assertTrue(not one.ship_now or any(not line.dropped for line in one.lines))

    def test_orders_cannot_be_changed(self):
        for _path, orders in self._orders():
            for one in orders:
                with self.assertRaises(dataclasses.FrozenInstanceError):
                    one.status = order.PAID
                with self.assertRaises(dataclasses.FrozenInstanceError):
                    one.lines[0].paid_amount = order.ZERO

    def test_raw_orders_taken_apart_map_to_the_same_orders(self):
        for path, orders in self._orders():
            parts = self.mapping.split(self.mapping.loads(path.read_text(encoding="utf-8")))
            self.assertEqual([self.mapping.to_order(raw) for _order_id, _modified_at, raw in parts], orders)
            ids = [(order_id, modified_at) for order_id, modified_at, _raw in parts]
            self.assertEqual(ids, [(one.order_id, one.modified_at) for one in orders])

    # --- errors
    def test_error_replies_say_what_has_to_happen_next(self):
        for case in self._load("errors.json"):
            with self.subTest(case["name"]):
                self._check_error(case)

    def _check_error(self, case):
        now = datetime.fromisoformat(case["now"]) if "now" in case else NOW
        with self.assertRaises(errors.ChannelError) as raised:
            self.mapping.raise_for_error(case["reply"], now=now)
        self.assertIs(type(raised.exception), getattr(errors, case["error"]))
        self.assertTrue(str(raised.exception))
        for name in ("after", "uncertain"):
            if name in case:
                self.assertEqual(getattr(raised.exception, name), case[name])

    def test_an_error_reply_is_never_taken_for_an_empty_list(self):
        for case in self._load("errors.json"):
            with self.subTest(case["name"]), self.assertRaises(getattr(errors, case["error"])):
                self.mapping.to_orders(case["reply"])

    def test_malformed_replies_are_rejected(self):
        for reply in (None, [], "", "<html>", 7, {}, {"surprise": 1}):
            with self.subTest(reply=reply), self.assertRaises(errors.Rejected):
                self.mapping.to_orders(reply)

    def test_integers_beyond_a_double_stay_exact(self):
        parsed = self.mapping.loads('{"id": 9007199254740993, "money": 0.10}')
        self.assertEqual((parsed["id"], str(parsed["money"])), (9007199254740993, "0.10"))

    # --- client
    def _read(self, answer):
        """Make the reading call against a transport that always gives ``answer`` (or raises it)."""
        setup = self._load("client.json")

        def post(*_args, **_kwargs):
            if isinstance(answer, Exception):
                raise answer
            return answer

        client = getattr(self.client, setup["class"])(
            post, **setup["arguments"], now=lambda: NOW, sleep=lambda _seconds: None
        )
        return getattr(client, setup["read"]["method"])(*setup["read"]["arguments"])

    def test_the_client_returns_what_the_platform_answers(self):
        answer = self._load("client.json")["answer"]
        self.assertTrue(self._read((200, json.dumps(answer).encode())))

    def test_an_unclear_answer_may_be_asked_again_and_says_that_it_is_unclear(self):
        whole = json.dumps(self._load("client.json")["answer"]).encode()
        answers = {
            "HTTP 500": (500, b""),
            "HTTP 502": (502, b"<html>Bad Gateway</html>"),
            "HTTP 503 with a body": (503, whole),
            "cut": (200, whole[: len(whole) // 2]),
            "no JSON": (200, b"<html>login</html>"),
            "no text": (200, b"\xff\xfe\x00"),
            "nothing": (200, b""),
            "not an object": (200, b"[]"),
            "another object": (200, b"{}"),
            "time out": TimeoutError("timed out"),
            "reset": ConnectionResetError(104, "reset"),
            "no route": OSError(113, "no route"),
        }
        for name, answer in answers.items():
            with self.subTest(name), self.assertRaises(errors.Retryable) as raised:
                self._read(answer)
            self.assertTrue(raised.exception.uncertain, name)

    def test_an_expired_token_stops_the_shop(self):
        answer = json.dumps(self._load("client.json")["expired"]).encode()
        with self.assertRaises(errors.Unauthorised):
            self._read((200, answer))

    # --- quantities
    def _tell(self, answers, entries=None):
        """``({platform SKU: outcome}, calls)`` of telling quantities to a transport with these answers."""
        setup, calls = self._load("client.json"), []

        def post(_url, fields, *_args, **_kwargs):
            calls.append(fields)
            answer = answers[min(len(calls), len(answers)) - 1]
            if isinstance(answer, Exception):
                raise answer
            return 200, json.dumps(answer).encode()

        client = getattr(self.client, setup["class"])(
            post, **setup["arguments"], now=lambda: NOW, sleep=lambda _seconds: None
        )
        entries = setup["quantities"]["entries"] if entries is None else entries
        return dict(client.update_quantities([tuple(entry) for entry in entries])), calls

    def test_quantities_are_told_in_fewer_calls_than_listings(self):
        quantities = self._load("client.json")["quantities"]
        outcomes, calls = self._tell(quantities["answers"])
        self.assertEqual(outcomes, {sku: None for _item, sku, _pieces in quantities["entries"]})
        self.assertEqual(len(calls), len(quantities["answers"]))
        self.assertEqual(self._tell([{}], []), ({}, []))

    def test_a_listing_that_is_refused_stops_no_other(self):
        quantities = self._load("client.json")["quantities"]
        outcomes, _calls = self._tell([quantities["refused"]] * 2 + quantities["answers"])
        self.assertEqual({type(problem) for problem in outcomes.values()}, {errors.Rejected, type(None)})
        self.assertEqual(set(outcomes), {sku for _item, sku, _pieces in quantities["entries"]})

    def test_a_number_that_is_no_quantity_is_refused_alone(self):
        quantities = self._load("client.json")["quantities"]
        [item, sku, _pieces], *others = quantities["entries"]
        for nonsense in (-1, 1.5):
            outcomes, _calls = self._tell(quantities["answers"], [(item, sku, nonsense), *others])
            self.assertIsInstance(outcomes.pop(sku), errors.Rejected)
            self.assertEqual(set(outcomes.values()), {None})

    def test_a_quantity_without_a_clear_answer_may_have_arrived(self):
        outcomes, _calls = self._tell([TimeoutError("timed out")])
        self.assertTrue(all(problem.uncertain for problem in outcomes.values()), outcomes)

    def test_a_session_that_is_over_ends_the_telling(self):
        with self.assertRaises(errors.Unauthorised):
            self._tell([self._load("client.json")["expired"]])

    def test_errors_do_not_show_secrets(self):
        setup = self._load("client.json")
        expired = json.dumps(setup["expired"], ensure_ascii=False).encode()
        trouble = OSError(" ".join(setup["hidden"]))
        for answer in ((200, expired), (500, expired), (403, expired), (200, expired[:-2]), trouble):
            with self.assertRaises(errors.ChannelError) as raised:
                self._read(answer)
            for hidden in setup["hidden"]:
                self.assertNotIn(hidden, f"{raised.exception} {raised.exception.code}")


class DiscoveryTest(unittest.TestCase):
    def test_a_connector_is_found(self):
        self.assertIn("merchant_channel_taobao", platforms())


for _name in platforms():
    _class = "".join(word.title() for word in _name.removeprefix("merchant_channel_").split("_")) + "ContractTest"
    globals()[_class] = type(_class, (PlatformContract, unittest.TestCase), {"addon": _name, "__module__": __name__})

if __name__ == "__main__":
    unittest.main()
