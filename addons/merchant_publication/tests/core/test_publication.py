import itertools
import unittest
from collections import defaultdict
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.merchant_publication.core.publication import Claim, Rule, Supply, divide, offers, shield

TEA, POT, BOX = 1, 2, 3
HOME, AWAY = 10, 20


def stock(**places):
    """``stock(home=5)``: so much of the tea."""
    return {(TEA, {"home": HOME, "away": AWAY}[name]): Supply(on_hand=pieces) for name, pieces in places.items()}


def claim(key=1, product=TEA, per=1, places=(HOME,), **values):
    return Claim(key, ((product, per),), places, **values)


class OneShopTest(unittest.TestCase):
    def offered(self, supplies, **values):
        [offer] = offers([claim(**values)], supplies).values()
        return offer.quantity

    def test_what_is_free_is_offered(self):
        supplies = {(TEA, HOME): Supply(on_hand=50, reserved=8, waiting=3, pending=2)}
        self.assertEqual(self.offered(supplies), 37)

    def test_all_warehouses_of_the_shop_count(self):
        self.assertEqual(self.offered(stock(home=5, away=7), places=(HOME, AWAY)), 12)
        self.assertEqual(self.offered(stock(home=5, away=7)), 5)

    def test_receipts_within_the_horizon_count(self):
        supplies = {(TEA, HOME): Supply(on_hand=5, incoming=((2, 10), (9, 100)))}
        self.assertEqual(self.offered(supplies), 5)
        self.assertEqual(self.offered(supplies, rule=Rule(horizon=3)), 15)

    def test_safety_ratio_constant_minimum_maximum(self):
        for rule, expected in (
            (Rule(safety=20), 80),
            (Rule(ratio=3333), 33),
            (Rule(constant=-10), 90),
            (Rule(constant=10), 110),
            (Rule(constant=-200), 0),
            (Rule(minimum=101), 0),
            (Rule(minimum=100), 100),
            (Rule(maximum=12), 12),
            (Rule(ratio=5000, safety=20, constant=5, maximum=44), 44),
        ):
            with self.subTest(rule):
                self.assertEqual(self.offered(stock(home=100), rule=rule), expected)

    def test_more_orders_than_stock_offer_nothing(self):
        self.assertEqual(self.offered({(TEA, HOME): Supply(on_hand=3, waiting=5)}), 0)

    def test_parts_of_a_piece_are_not_offered(self):
        self.assertEqual(self.offered({(TEA, HOME): Supply(on_hand=Decimal("2.75"))}), 2)

    def test_a_forced_number_is_offered_whatever_there_is(self):
        self.assertEqual(self.offered({}, forced=9), 9)
        self.assertEqual(self.offered(stock(home=50), forced=0), 0)

    def test_the_platform_subtracts_unpaid_orders_itself(self):
        supplies = {(TEA, HOME): Supply(on_hand=10, pending=3)}
        self.assertEqual(self.offered(supplies, kept_back=2), 9)


class SeveralShopsTest(unittest.TestCase):
    def offered(self, claims, supplies):
        return {key: offer.quantity for key, offer in offers(claims, supplies).items()}

    def test_shown_whole_everybody_offers_everything(self):
        self.assertEqual(self.offered([claim(1), claim(2)], stock(home=9)), {1: 9, 2: 9})

    def test_divided_the_promises_add_up_to_the_stock(self):
        claims = [claim(1, shares=True, weight=2), claim(2, shares=True), claim(3, shares=True)]
        self.assertEqual(self.offered(claims, stock(home=9)), {1: 5, 2: 2, 3: 2})

    def test_each_warehouse_is_divided_among_those_who_sell_from_it(self):
        claims = [claim(1, places=(HOME, AWAY), shares=True), claim(2, places=(AWAY,), shares=True)]
        self.assertEqual(self.offered(claims, stock(home=6, away=4)), {1: 8, 2: 2})

    def test_a_divided_stock_is_never_exceeded_by_a_constant(self):
        claims = [claim(1, shares=True, rule=Rule(constant=5)), claim(2, shares=True)]
        self.assertEqual(self.offered(claims, stock(home=10)), {1: 5, 2: 5})

    def test_what_one_is_forced_to_offer_the_others_do_not(self):
        claims = [claim(1, shares=True, forced=7), claim(2, shares=True), claim(3, shares=True)]
        self.assertEqual(self.offered(claims, stock(home=10)), {1: 7, 2: 2, 3: 1})

    def test_a_quota_is_set_aside_for_its_shop(self):
        claims = [claim(1, quota=30, quota_only=True), claim(2), claim(3, shares=True)]
        self.assertEqual(self.offered(claims, stock(home=100)), {1: 30, 2: 70, 3: 70})

    def test_a_quota_may_come_on_top_of_the_rest(self):
        claims = [claim(1, quota=30, shares=True), claim(2, shares=True)]
        self.assertEqual(self.offered(claims, stock(home=100)), {1: 65, 2: 35})

    def test_a_quota_never_exceeds_what_is_there(self):
        claims = [claim(1, quota=30, quota_only=True), claim(2)]
        self.assertEqual(self.offered(claims, stock(home=20)), {1: 20, 2: 0})

    def test_a_shield_covers_everybody_on_a_stock_that_is_shown_whole(self):
        claims = [claim(1, shield=3), claim(2, shield=4)]
        self.assertEqual(self.offered(claims, stock(home=20)), {1: 13, 2: 13})
        claims = [claim(1, shield=3, shares=True), claim(2, shield=4, shares=True)]
        self.assertEqual(self.offered(claims, stock(home=20)), {1: 7, 2: 6})


class KitTest(unittest.TestCase):
    KIT = Claim(1, ((TEA, 2), (POT, 1)), (HOME,))

    def test_the_scarcest_part_decides(self):
        supplies = {(TEA, HOME): Supply(on_hand=9), (POT, HOME): Supply(on_hand=30)}
        offer = offers([self.KIT], supplies)[1]
        self.assertEqual((offer.quantity, offer.limit), (4, TEA))

    def test_a_part_that_is_missing_offers_nothing(self):
        self.assertEqual(offers([self.KIT], {(TEA, HOME): Supply(on_hand=9)})[1].quantity, 0)
        self.assertEqual(offers([Claim(1, (), (HOME,))], {})[1].quantity, 0)

    def test_a_kit_and_its_part_share_one_stock(self):
        kit = Claim(1, ((TEA, 2),), (HOME,), shares=True)
        found = offers([kit, claim(2, shares=True)], stock(home=30))
        self.assertEqual((found[1].quantity, found[2].quantity), (10, 10))


class ShieldTest(unittest.TestCase):
    def test_it_grows_with_delay_and_speed(self):
        self.assertEqual(shield(sold=10, minutes=10, delay=1), 2)
        self.assertEqual(shield(sold=10, minutes=10, delay=5), 10)
        self.assertEqual(shield(sold=50, minutes=10, delay=5), 50)

    def test_it_goes_away_when_nothing_sells(self):
        steps = [before := 20]
        while before:
            steps.append(before := shield(0, 10, 5, before))
        self.assertEqual(steps[:4], [20, 15, 11, 8])
        self.assertLess(len(steps), 20)


quantities = st.integers(-5, 40)
supplies_ = st.dictionaries(
    st.tuples(st.sampled_from([TEA, POT, BOX]), st.sampled_from([HOME, AWAY])),
    st.builds(
        Supply,
        on_hand=st.integers(0, 60),
        reserved=st.integers(0, 20),
        waiting=st.integers(0, 9),
        pending=st.integers(0, 9),
        incoming=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 30)), max_size=3, unique_by=lambda x: x[0]).map(
            tuple
        ),
    ),
)
rules = st.builds(
    Rule,
    ratio=st.integers(0, 10_000),
    constant=st.integers(-9, 9),
    minimum=st.integers(0, 5),
    maximum=st.integers(0, 30),
    safety=st.integers(0, 5),
    horizon=st.integers(0, 9),
)


def needs():
    parts = st.tuples(st.sampled_from([TEA, POT, BOX]), st.integers(1, 3))
    return st.lists(parts, max_size=3, unique_by=lambda each: each[0]).map(tuple)


def claims(**fixed):
    one = st.builds(
        Claim,
        key=st.just(0),
        needs=needs(),
        places=st.sampled_from([(HOME,), (AWAY,), (HOME, AWAY)]),
        rule=rules,
        shares=fixed.get("shares", st.booleans()),
        weight=st.integers(1, 5),
        shield=st.integers(0, 5),
        quota=st.integers(0, 10),
        quota_only=st.booleans(),
        forced=fixed.get("forced", st.none() | st.integers(0, 50)),
        kept_back=fixed.get("kept_back", st.integers(0, 3)),
    )
    return st.lists(one, min_size=1, max_size=6).map(
        lambda made: [Claim(**{**vars(each), "key": number}) for number, each in enumerate(made)]
    )


class PropertyTest(unittest.TestCase):
    @given(claims(), supplies_)
    def test_the_terms_add_up_to_the_offer(self, made, supplies):
        for offer in offers(made, supplies).values():
            self.assertEqual(sum(value for _code, value in offer.terms), offer.quantity)

    @given(claims(forced=st.none()), supplies_)
    def test_an_offer_is_never_negative(self, made, supplies):
        self.assertTrue(all(offer.quantity >= 0 for offer in offers(made, supplies).values()))

    @settings(max_examples=300)
    @given(claims(shares=st.just(True), forced=st.none(), kept_back=st.just(0)), supplies_)
    def test_divided_promises_never_exceed_the_stock(self, made, supplies):
        used = defaultdict(int)
        for key, offer in offers(made, supplies).items():
            for product, per in made[key].needs:
                used[product] += per * offer.quantity
        horizon = max(each.rule.horizon for each in made)
        there = defaultdict(int)
        for (product, _place), supply in supplies.items():
            coming = sum(pieces for days, pieces in supply.incoming if days <= horizon)
            there[product] += max(0, supply.free) + coming
        for product, pieces in used.items():
            self.assertLessEqual(pieces, there[product])

    @given(st.integers(-99, 99), st.lists(st.integers(0, 7), min_size=1, max_size=6), st.integers(0, 9))
    def test_dividing_loses_no_piece(self, pieces, weights, turn):
        parts = divide(pieces, list(enumerate(weights)), turn)
        self.assertEqual(sum(parts.values()), pieces if sum(weights) else 0)
        for (key, weight), (other, other_weight) in itertools.combinations(enumerate(weights), 2):
            if weight == other_weight:
                self.assertLessEqual(abs(parts[key] - parts[other]), 1)

    @given(claims(), supplies_)
    def test_the_order_in_which_claims_are_named_does_not_matter(self, made, supplies):
        self.assertEqual(offers(made, supplies), offers(made[::-1], supplies))


if __name__ == "__main__":
    unittest.main()
