import unittest
from dataclasses import replace
from decimal import Decimal

from odoo.addons.merchant_channel.core.check import (
    LARGEST_QUANTITY,
    NONE,
    PROVINCE,
    mask,
    mask_phones,
    problems,
    refunds_that_lower_the_order,
)
from odoo.addons.merchant_channel.core.order import (
    CLOSED,
    PAID,
    REFUNDED,
    UNKNOWN,
    ChannelLine,
    ChannelOrder,
    Receiver,
)

HOME = Receiver(
    name="张三", mobile="13800138000", province="湖北省", city="武汉市", district="江汉区", address="解放大道 1 号"
)
TEA = ChannelLine("1", sku="TEA", quantity=Decimal(2), list_price=Decimal("98.00"), paid_amount=Decimal("196.00"))
CLEAN = ChannelOrder(
    "W-1", PAID, ship_now=True, total=Decimal("204.00"), postage=Decimal("8.00"), receiver=HOME, lines=(TEA,)
)
PROVINCES = {"湖北省", "湖北"}


def with_line(**changes):
    """The clean order with its line changed, and its total following the line."""
    line = replace(TEA, **changes)
    return replace(CLEAN, lines=(line,), total=line.paid_amount + CLEAN.postage)


def with_receiver(**changes):
    return replace(CLEAN, receiver=replace(HOME, **changes))


def codes(order, **options):
    return [problem.code for problem in problems(order, **{"known_provinces": PROVINCES, **options})]


class OrderTest(unittest.TestCase):
    def test_a_clean_order_has_no_problem(self):
        self.assertEqual(codes(CLEAN), [])

    def test_a_state_that_this_version_does_not_know_is_named(self):
        order = replace(CLEAN, status=UNKNOWN, platform_status="TRADE_ON_MARS")
        [problem] = problems(order)
        self.assertEqual((problem.code, problem.params), ("unknown_status", {"status": "TRADE_ON_MARS"}))

    def test_an_order_without_lines_is_no_order(self):
        self.assertEqual(codes(replace(CLEAN, lines=(), total=CLEAN.postage)), ["no_lines"])

    def test_quantities_that_nobody_can_ship(self):
        for quantity in ("0", "-1", "-0.5", str(LARGEST_QUANTITY + 1), "1E+20"):
            with self.subTest(quantity):
                self.assertEqual(codes(with_line(quantity=Decimal(quantity))), ["bad_quantity"])

    def test_quantities_that_can_be_shipped(self):
        for quantity in ("1", "0.5", "300", str(LARGEST_QUANTITY)):
            with self.subTest(quantity):
                self.assertEqual(codes(with_line(quantity=Decimal(quantity))), [])

    def test_the_most_telling_problem_comes_first(self):
        order = replace(with_line(quantity=Decimal(0)), status=UNKNOWN, receiver=Receiver())
        self.assertEqual(
            codes(order),
            [
                "unknown_status",
                "bad_quantity",
                "missing_province",
                "missing_district",
                "missing_address",
                "missing_phone",
            ],
        )


class AmountTest(unittest.TestCase):
    def test_a_single_fen_between_parts_and_total_is_told_with_its_figures(self):
        for difference, total in (("-0.01", "204.01"), ("+0.01", "203.99")):
            with self.subTest(difference):
                [problem] = problems(replace(CLEAN, total=Decimal(total)))
                self.assertEqual(problem.code, "amount_mismatch")
                self.assertEqual(problem.params, {"parts": "204.00", "total": total, "difference": difference})

    def test_what_the_platform_pays_on_top_belongs_to_the_total(self):
        order = replace(CLEAN, total=Decimal("194.00"), platform_pays=Decimal("10.00"))
        self.assertEqual(codes(order), [])

    def test_a_fee_of_the_buyer_belongs_to_the_parts(self):
        order = replace(CLEAN, total=Decimal("207.00"), other_fees=Decimal("3.00"))
        self.assertEqual(codes(order), [])

    def test_negative_amounts_are_refused(self):
        self.assertEqual(codes(with_line(paid_amount=Decimal("-1"))), ["negative_price"])
        self.assertEqual(codes(with_line(list_price=Decimal("-1"))), ["negative_price"])
        postage = replace(CLEAN, postage=Decimal("-8"), total=Decimal("188"))
        self.assertEqual(codes(postage), ["negative_price"])

    def test_a_line_that_costs_nothing_must_say_why(self):
        free = {"paid_amount": Decimal(0)}
        self.assertEqual(codes(with_line(**free)), ["zero_price"])
        for why in ({"is_gift": True}, {"seller_discount": Decimal("196")}, {"status": CLOSED}, {"refund": REFUNDED}):
            with self.subTest(**why):
                self.assertEqual(codes(with_line(**free, **why)), [])

    def test_only_lines_that_are_not_shipped_lower_the_order(self):
        gone = replace(TEA, line_id="2", refund=REFUNDED, refunded_amount=TEA.paid_amount)
        order = replace(CLEAN, lines=(TEA, gone, replace(TEA, line_id="3", refund="requested")))
        self.assertEqual(refunds_that_lower_the_order(order), Decimal("196.00"))


class ReceiverTest(unittest.TestCase):
    def test_each_missing_part_has_its_own_reason(self):
        for changes, code in (
            ({"province": ""}, "missing_province"),
            ({"province": "湖南"}, "unknown_province"),
            ({"district": ""}, "missing_district"),
            ({"address": ""}, "missing_address"),
            ({"mobile": ""}, "missing_phone"),
            ({"mobile": "1380013"}, "bad_phone"),
        ):
            with self.subTest(code):
                self.assertEqual(codes(with_receiver(**changes)), [code])

    def test_a_province_may_be_written_short(self):
        self.assertEqual(codes(with_receiver(province="湖北")), [])

    def test_any_province_passes_where_none_are_known(self):
        self.assertEqual(codes(with_receiver(province="Bavaria"), known_provinces=None), [])

    def test_a_town_stands_for_a_district(self):
        self.assertEqual(codes(with_receiver(district="", town="石牌镇")), [])

    def test_a_shop_may_need_only_the_province_or_nothing(self):
        self.assertEqual(codes(replace(CLEAN, receiver=Receiver(province="湖北")), address=PROVINCE), [])
        self.assertEqual(codes(replace(CLEAN, receiver=Receiver()), address=PROVINCE), ["missing_province"])
        self.assertEqual(codes(replace(CLEAN, receiver=Receiver(province="?")), address=NONE), [])

    def test_a_name_may_hold_anything_people_write(self):
        for name in ("😀小王🐉", "O'Brien", "欧阳 · 娜娜", "%s %(x)s"):
            with self.subTest(name):
                self.assertEqual(codes(with_receiver(name=name)), [])

    def test_numbers_that_a_courier_can_call(self):
        for number in (
            "13800138000",
            " 13800138000 ",
            "+8613800138000",
            "86-13800138000",
            "17012345678-1234",
            "17012345678转889",
            "027-82345678",
            "02782345678",
            "0713-8234567-801",
            "4008001234",
            "400-800-1234",
            "+85261234567",
        ):
            with self.subTest(number):
                self.assertEqual(codes(with_receiver(mobile=number)), [])

    def test_numbers_that_nobody_can_call(self):
        for number in ("12800138000", "138001380001", "1380013800", "82345678", "abc", "13800138000x", "+86"):
            with self.subTest(number):
                self.assertEqual(codes(with_receiver(mobile=number)), ["bad_phone"])

    def test_masked_numbers_are_taken_as_they_are(self):
        self.assertEqual(codes(with_receiver(mobile="138****8000")), [])

    def test_a_land_line_will_do_and_a_handle_too(self):
        self.assertEqual(codes(with_receiver(mobile="", phone="027-82345678")), [])
        self.assertEqual(codes(with_receiver(mobile="", handle="oaid-1")), [])

    def test_a_reason_never_carries_the_whole_number(self):
        [problem] = problems(with_receiver(mobile="12800138000"))
        self.assertNotIn("12800138000", str(problem))
        self.assertIn("*", problem.params["phone"])


class MaskTest(unittest.TestCase):
    def test_the_middle_of_a_text_is_starred_out(self):
        for text, masked in (("13800138000", "13*******00"), ("abcd", "a**d"), ("abc", "***"), ("", "")):
            with self.subTest(text):
                self.assertEqual(mask(text), masked)

    def test_every_mobile_number_in_a_text_is_masked(self):
        text = 'call 13800138000 or +8613900139000, order 1234567890123456, "17012345678-12"'
        self.assertEqual(
            mask_phones(text), 'call 138****8000 or +86139****9000, order 1234567890123456, "170****5678-12"'
        )


if __name__ == "__main__":
    unittest.main()
