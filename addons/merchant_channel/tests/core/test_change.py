import unittest
from dataclasses import replace
from decimal import Decimal

from odoo.addons.merchant_channel.core import change
from odoo.addons.merchant_channel.core.change import (
    CANCEL,
    DROP_LINES,
    HOLD,
    PLATFORM_HOLDS,
    READDRESS,
    RELEASE,
    REMARK,
    WARN,
    Ours,
    first_hold,
    hold_reason,
    plan,
)
from odoo.addons.merchant_channel.core.order import (
    CLOSED,
    FINISHED,
    PAID,
    PART_SHIPPED,
    SHIPPED,
    UNKNOWN,
    UNPAID,
    ChannelLine,
    ChannelOrder,
)

TEA, CUP = (
    ChannelLine("1", sku="TEA", paid_amount=Decimal(98)),
    ChannelLine("2", sku="CUP", paid_amount=Decimal(20)),
)
THEIRS = ChannelOrder("W-1", PAID, ship_now=True, total=Decimal(118), lines=(TEA, CUP))
OURS = Ours(
    confirmed=True,
    cancelled=False,
    shipped_lines=frozenset(),
    dropped_lines=frozenset(),
    all_lines=frozenset("12"),
    address="home",
    remarks=("", "", ""),
    held="",
)
ALL, FIRST = frozenset("12"), frozenset("1")
FORBIDDEN = {"ship_now": False}


def asks_refund(refund="requested"):
    return {"ship_now": False, "lines": (replace(TEA, refund=refund), CUP)}


def refunded(**others):
    return {"lines": (replace(TEA, refund="refunded", status=CLOSED), CUP), **others}


class PlanTest(unittest.TestCase):
    """One row: what we have, what the platform says, the address it gives, the steps that follow."""

    def _plan(self, ours, theirs, address="home"):
        return plan(replace(THEIRS, **theirs), replace(OURS, **ours), address)

    def test_what_each_word_of_the_platform_means(self):
        warn = lambda reason, **params: (WARN, {"reason": reason, **params})  # noqa: E731
        hold = lambda reason: (HOLD, {"reason": reason})  # noqa: E731
        drop = (DROP_LINES, {"lines": ["1"]})
        for name, ours, theirs, address, steps in (
            ("nothing new", {}, {}, "home", []),
            # closed
            ("closed before shipping", {}, {"status": CLOSED}, "home", [(CANCEL, {})]),
            ("closed while held", {"held": "refund_requested"}, {"status": CLOSED}, "home", [(CANCEL, {})]),
            ("closed while held by hand", {"held": "by_hand"}, {"status": CLOSED}, "home", [(CANCEL, {})]),
            (
                "closed after a part left",
                {"shipped_lines": FIRST},
                {"status": CLOSED},
                "home",
                [warn("closed_after_shipping")],
            ),
            (
                "closed after shipping",
                {"shipped_lines": ALL},
                {"status": CLOSED},
                "home",
                [warn("closed_after_shipping")],
            ),
            ("closed twice", {"cancelled": True}, {"status": CLOSED}, "home", []),
            ("opened again", {"cancelled": True}, {}, "home", [warn("reopened")]),
            ("cancelled here, unpaid there", {"cancelled": True}, {"status": UNPAID, **FORBIDDEN}, "home", []),
            # refunds
            ("one line refunded before shipping", {}, refunded(), "home", [drop]),
            ("that refund told again", {"dropped_lines": FIRST}, refunded(), "home", []),
            (
                "one line refunded after it left",
                {"shipped_lines": FIRST},
                refunded(status=PART_SHIPPED),
                "home",
                [warn("refunded_after_shipping", lines=["1"])],
            ),
            (
                "refunded while the other left",
                {"shipped_lines": frozenset("2")},
                refunded(status=PART_SHIPPED),
                "home",
                [drop],
            ),
            (
                "a line that we do not have",
                {"all_lines": FIRST},
                {},
                "home",
                [warn("new_lines", lines=["2"])],
            ),
            # addresses
            ("moved before shipping", {}, {}, "new", [(READDRESS, {})]),
            ("moved after a part left", {"shipped_lines": FIRST}, {"status": PART_SHIPPED}, "new", [(READDRESS, {})]),
            (
                "moved after shipping",
                {"shipped_lines": ALL},
                {"status": PART_SHIPPED},
                "new",
                [warn("address_after_shipping")],
            ),
            (
                "moved when what is left was refunded",
                {"shipped_lines": frozenset("2"), "dropped_lines": FIRST},
                refunded(),
                "new",
                [warn("address_after_shipping")],
            ),
            ("moved after the end", {"shipped_lines": ALL}, {"status": FINISHED, **FORBIDDEN}, "new", []),
            ("no address told", {}, {}, "", []),
            # remarks
            ("a remark", {}, {"seller_remark": "gift wrap"}, "home", [(REMARK, {})]),
            ("a remark taken back", {"remarks": ("", "gift wrap", "")}, {}, "home", [(REMARK, {})]),
            (
                "a remark after shipping",
                {"shipped_lines": ALL},
                {"status": SHIPPED, "buyer_remark": "?"},
                "home",
                [(REMARK, {})],
            ),
            # holds
            ("a refund is asked for", {}, asks_refund(), "home", [hold("refund_requested")]),
            ("the refund was refused", {}, asks_refund("refused"), "home", [hold("refund_open")]),
            ("the platform freezes it", {}, FORBIDDEN, "home", [hold("platform_forbids")]),
            ("a word we do not know", {}, {"status": UNKNOWN, **FORBIDDEN}, "home", [hold("platform_forbids")]),
            (
                "another reason to wait",
                {"held": "refund_requested"},
                FORBIDDEN,
                "home",
                [hold("platform_forbids")],
            ),
            ("shipped, but not by us", {}, {"status": SHIPPED, **FORBIDDEN}, "home", [hold("shipped_elsewhere")]),
            ("finished, but not by us", {}, {"status": FINISHED, **FORBIDDEN}, "home", [hold("shipped_elsewhere")]),
            ("shipped by us", {"shipped_lines": ALL}, {"status": SHIPPED, **FORBIDDEN}, "home", []),
            # by hand
            ("held by hand, frozen there", {"held": "by_hand"}, FORBIDDEN, "home", []),
            ("held by hand, fine there", {"held": "by_hand"}, {}, "home", []),
            ("a strange shipment stays held", {"held": "shipped_elsewhere"}, {}, "home", []),
            # on with it
            ("a quotation that may go", {"confirmed": False}, {}, "home", [(RELEASE, {})]),
            ("a quotation held by hand", {"confirmed": False, "held": "by_hand"}, {}, "home", []),
            (
                "a quotation that still may not",
                {"confirmed": False, "held": "presale_deposit"},
                {"status": UNPAID, "presale": True, **FORBIDDEN},
                "home",
                [hold("presale_deposit")],
            ),
            # together
            (
                "refund of one line, a remark and a move at once",
                {},
                refunded(buyer_remark="bell is broken"),
                "new",
                [drop, (READDRESS, {}), (REMARK, {})],
            ),
        ):
            with self.subTest(name):
                self.assertEqual(self._plan(ours, theirs, address), steps)

    def test_what_the_platform_held_the_platform_releases(self):
        for reason in sorted(PLATFORM_HOLDS):
            for confirmed in (True, False):
                with self.subTest(reason, confirmed=confirmed):
                    self.assertEqual(self._plan({"held": reason, "confirmed": confirmed}, {}), [(RELEASE, {})])

    def test_what_a_person_or_a_rule_held_is_never_released_by_the_platform(self):
        for reason in ("by_hand", "part_shipped_before", "shipped_elsewhere", "some_rule"):
            for status in (PAID, PART_SHIPPED):
                with self.subTest(reason, status=status):
                    self.assertNotIn((RELEASE, {}), self._plan({"held": reason}, {"status": status}))

    def test_the_plan_is_the_same_when_it_was_carried_out_before(self):
        done = {"dropped_lines": FIRST, "address": "new", "remarks": ("bell is broken", "", "")}
        self.assertEqual(self._plan(done, refunded(buyer_remark="bell is broken"), "new"), [])


class HoldTest(unittest.TestCase):
    def test_every_reason_has_its_own_code(self):
        for code, theirs in (
            ("refund_requested", asks_refund()),
            ("refund_open", asks_refund("returning")),
            ("refund_open", asks_refund("refused")),
            ("presale_deposit", {"status": UNPAID, "presale": True}),
            ("unpaid", {"status": UNPAID}),
            ("platform_forbids", {}),
        ):
            with self.subTest(code):
                self.assertEqual(hold_reason(replace(THEIRS, **FORBIDDEN | theirs)), code)
        self.assertLessEqual({"refund_requested", "unpaid", "platform_forbids"}, change.PLATFORM_HOLDS)

    def test_a_new_order_that_may_go_is_not_held(self):
        self.assertEqual(first_hold(THEIRS), "")

    def test_a_new_order_of_which_something_left_before_is_held(self):
        lines = (replace(TEA, status=SHIPPED), CUP)
        self.assertEqual(first_hold(replace(THEIRS, status=PART_SHIPPED, lines=lines)), "part_shipped_before")

    def test_a_line_that_was_shipped_is_not_shipped_again_because_money_went_back(self):
        lines = (replace(TEA, status=SHIPPED, refund="refunded"), CUP)
        self.assertEqual(first_hold(replace(THEIRS, lines=lines)), "part_shipped_before")
        whole = (replace(TEA, status=SHIPPED, refund="refunded", refunded_amount=TEA.paid_amount), CUP)
        self.assertEqual(first_hold(replace(THEIRS, lines=whole)), "")

    def test_part_of_the_money_back_neither_ships_nor_drops_the_line_in_silence(self):
        unclear = replace(THEIRS, lines=(replace(TEA, refund="refunded", refunded_amount=Decimal("1.00")), CUP))
        self.assertEqual(first_hold(unclear), "refund_unclear")
        self.assertEqual(plan(unclear, OURS, "home"), [(HOLD, {"reason": "refund_unclear"})])
        known = replace(OURS, refunded_lines=FIRST, held="refund_unclear")
        self.assertEqual(plan(unclear, known, "home"), [], "a person decides once")


if __name__ == "__main__":
    unittest.main()
