import itertools
import random
import unittest
from collections import defaultdict
from datetime import datetime, timedelta

from odoo.addons.merchant_price_tier.core.book import Book
from odoo.addons.merchant_price_tier.core.formula import compute, end_in
from odoo.addons.merchant_price_tier.core.pricer import Layer, PriceLoop, Pricer
from odoo.addons.merchant_price_tier.core.rule import ALL, BRAND, CATEGORY, PRODUCT, TAG, VARIANT, Ask, Rule

NOW = datetime(2026, 11, 11)
DAY = timedelta(days=1)
CNY = 1
LIST, TIER, OWN = 1, 2, 3
PIECE, BOX = 1, 2


def ask(quantity=1.0, unit=PIECE, **facts):
    facts = {"variant": 11, "template": 1, "categories": (100, 110), "brand": 5, "tags": frozenset({7, 8})} | facts
    low = facts.pop("low", NOW)
    return Ask("key", quantity=quantity, asked=quantity, unit=unit, low=low, high=low + timedelta(seconds=1), **facts)


def book(rules, template=1):
    found = Book([rule for rule in rules if rule.scope > PRODUCT])
    own = [rule for rule in rules if rule.scope <= PRODUCT]
    found.prepare([template], lambda templates: [(template, rule) for rule in own])
    return found


class World:
    """One currency, a sales price of 100, a cost of 40; a box holds 12."""

    round_to = staticmethod(lambda amount, step: round(amount / step) * step)

    def list_price(self, asked, currency):
        return 100.0 * (12 if asked.unit == BOX else 1)

    def cost(self, asked, currency):
        return 40.0 * (12 if asked.unit == BOX else 1)

    def rate(self, asked, source, target):
        return 1.0

    def unit(self, asked):
        return lambda price: price * 12 if asked.unit == BOX else price


def pricer(*lists, best=False, final=()):
    """A pricer over lists of rules, the narrowest first; their ids are 3, 2, 1 when there are three."""
    numbers = list(range(len(lists), 0, -1))
    layers = tuple(Layer(number, CNY, best, number in final) for number in numbers)
    books = {number: book(rules) for number, rules in zip(numbers, lists, strict=True)}
    return Pricer(lambda number: layers[numbers.index(number) :], books.__getitem__, World()), numbers[0]


def naive(lists, asked, best, final):
    """The published precedence, read aloud: every rule is tried, every pair compared."""
    world = World()

    def holds(rule):
        target = {
            VARIANT: rule.target == asked.variant,
            PRODUCT: rule.target == asked.template,
            CATEGORY: rule.target in asked.categories,
            BRAND: rule.target == asked.brand,
            TAG: rule.target in asked.tags,
            ALL: True,
        }[rule.scope]
        return (
            target
            and (rule.start is None or rule.start <= asked.low)
            and (rule.end is None or asked.low <= rule.end)
            and (rule.unit is None or rule.unit == asked.unit)
            and (asked.asked if rule.unit else asked.quantity) >= rule.least
        )

    def comes_before(one, other):
        depth = {category: place for place, category in enumerate(asked.categories)}
        for mine, theirs in (
            (one.scope, other.scope),
            (one.unit is None, other.unit is None),
            (-one.least, -other.least),
            (-depth.get(one.target, 0), -depth.get(other.target, 0))
            if one.scope == CATEGORY == other.scope
            else (0, 0),
            (-one.id, -other.id),
        ):
            if mine != theirs:
                return mine < theirs
        raise AssertionError("a tie")

    def price(rule):
        base = {"list_price": world.list_price, "standard_price": world.cost}[rule.base](asked, CNY)
        return compute(rule, base, world.unit(asked), world.round_to)

    candidates, everything = [], []
    for number, rules in zip(range(len(lists), 0, -1), lists, strict=True):
        fitting = [rule for rule in rules if holds(rule)]
        if not fitting:
            continue
        first = next(rule for rule in fitting if all(rule is other or comes_before(rule, other) for other in fitting))
        candidates.append(first)
        everything += sorted(fitting, key=lambda r: sum(comes_before(o, r) for o in fitting if o is not r))
        if number in final:
            break
    if not candidates:
        return None
    if best:
        return min(everything, key=price)
    taken = candidates[0]
    for other in candidates[1:]:
        if other.least > taken.least and price(other) < price(taken):
            taken = other
    return taken


class PrecedenceTest(unittest.TestCase):
    def test_every_pair_of_rules_of_a_small_world_agrees_with_the_published_order(self):
        shapes = list(
            itertools.product(
                ((VARIANT, 11), (PRODUCT, 1), (CATEGORY, 100), (CATEGORY, 110), (BRAND, 5), (TAG, 7), (ALL, None)),
                (0.0, 10.0),
                (None, BOX),
                ((None, None), (NOW + DAY, None)),
            )
        )
        count = 0
        for (one, two), quantity in itertools.product(itertools.product(shapes, repeat=2), (1.0, 10.0)):
            lists = [[self._rule(1, one, 90.0), self._rule(2, two, 80.0)]]
            asked = ask(quantity, BOX if one[2] else PIECE)
            subject, number = pricer(*lists)
            self.assertEqual(subject.choose(number, asked, CNY), naive(lists, asked, False, ()))
            count += 1
        self.assertEqual(count, 2 * len(shapes) ** 2)

    def test_random_chains_of_lists_agree_with_the_published_order(self):
        dice = random.Random(11)
        for _round in range(6000):
            numbers = iter(dice.sample(range(1, 100), 12))
            lists = [[self._random_rule(dice, next(numbers)) for _ in range(dice.randint(0, 4))] for _ in range(3)]
            best, final = dice.random() < 0.5, {dice.choice((1, 2, 3))} if dice.random() < 0.4 else set()
            asked = ask(dice.choice((1.0, 5.0, 10.0, 100.0)), dice.choice((PIECE, BOX)))
            subject, number = pricer(*lists, best=best, final=final)
            found, wanted = subject.choose(number, asked, CNY), naive(lists, asked, best, final)
            self.assertEqual(found, wanted, (lists, asked, best, final))
            taken, price, considered = subject.explain(number, asked, CNY)
            self.assertEqual(taken, wanted)
            self.assertEqual(price, subject.price(wanted, asked, CNY))
            self.assertEqual([each.rule for each in considered if each.outcome == "taken"], [wanted] if wanted else [])

    def test_a_narrow_list_does_not_hide_a_better_quantity_break(self):
        own, general = [self._rule(1, ((PRODUCT, 1), 0.0), 90.0)], [self._rule(2, ((ALL, None), 50.0), 70.0)]
        subject, number = pricer(own, general)
        self.assertEqual(subject.choose(number, ask(10.0), CNY).id, 1)
        self.assertEqual(subject.choose(number, ask(50.0), CNY).id, 2)
        outcomes = {each.rule.id: each.outcome for each in subject.explain(number, ask(50.0), CNY)[2]}
        self.assertEqual(outcomes, {1: "smaller_break", 2: "taken"})

    def test_a_final_list_hides_it_when_told_to(self):
        own, general = [self._rule(1, ((PRODUCT, 1), 0.0), 90.0)], [self._rule(2, ((ALL, None), 50.0), 70.0)]
        subject, number = pricer(own, general, final={2})
        self.assertEqual(subject.choose(number, ask(50.0), CNY).id, 1)
        self.assertEqual(subject.explain(number, ask(50.0), CNY)[2][1].outcome, "final")

    def test_lists_that_lean_on_each_other_are_found_out(self):
        rules = {
            number: [Rule(number, number, ALL, None, kind="percentage", percent=10, base="pricelist", base_list=other)]
            for number, other in ((1, 2), (2, 1))
        }
        chains = {number: (Layer(number, CNY),) for number in rules}
        books = {number: book(own) for number, own in rules.items()}
        subject = Pricer(chains.__getitem__, books.__getitem__, World())
        with self.assertRaises(PriceLoop):
            subject.price(subject.choose(1, ask(), CNY), ask(), CNY)

    def test_a_wider_list_that_leans_on_the_narrow_one_is_found_out(self):
        leaning = Rule(2, 1, ALL, None, kind="percentage", percent=10, base="pricelist", base_list=2)
        subject, number = pricer([], [leaning])
        with self.assertRaises(PriceLoop):
            subject.price(subject.choose(number, ask(), CNY), ask(), CNY)

    def test_a_rule_of_a_unit_means_its_price_and_quantity_in_that_unit(self):
        rule = Rule(1, 1, PRODUCT, 1, least=5.0, unit=BOX, fixed=1000.0)
        subject, number = pricer([rule])
        boxes = ask(60.0, BOX)._replace(asked=5.0)
        self.assertEqual(subject.price(subject.choose(number, boxes, CNY), boxes, CNY), 1000.0)
        self.assertIsNone(subject.choose(number, ask(60.0), CNY))
        self.assertIsNone(subject.choose(number, boxes._replace(asked=4.0, quantity=48.0), CNY))

    def test_dates_count_to_the_second_at_both_ends(self):
        rule = Rule(1, 1, ALL, None, start=NOW, end=NOW + DAY, fixed=5.0)
        subject, number = pricer([rule])
        second = timedelta(seconds=1)
        for moment, holds in ((NOW - second, 0), (NOW, 1), (NOW + DAY, 1), (NOW + DAY + second, 0)):
            self.assertEqual(bool(subject.choose(number, ask(low=moment), CNY)), bool(holds), moment)

    def _rule(self, number, shape, fixed):
        scope, least, *rest = shape
        unit, period = rest if rest else (None, (None, None))
        return Rule(
            number, 1, *scope, least=least, unit=unit, start=period[0], end=period[1], fixed=fixed, company=None
        )

    def _random_rule(self, dice, number):
        scope = dice.choice(((VARIANT, 11), (PRODUCT, 1), (CATEGORY, 100), (CATEGORY, 110), (BRAND, 5), (TAG, 7)))
        return Rule(
            number,
            1,
            *dice.choice((scope, (ALL, None))),
            least=dice.choice((0.0, 5.0, 10.0)),
            unit=dice.choice((None, None, BOX)),
            start=dice.choice((None, None, NOW - DAY, NOW + DAY)),
            fixed=dice.choice((70.0, 80.0, 90.0, 95.0)),
            kind=dice.choice(("fixed", "percentage")),
            percent=dice.choice((5.0, 20.0)),
            base=dice.choice(("list_price", "standard_price")),
        )


class EndingTest(unittest.TestCase):
    def test_a_price_moves_to_the_nearest_ending(self):
        for price, ending, wanted in (
            (12.34, "0.99", 11.99),
            (12.5, "0.99", 12.99),
            (12.99, "0.99", 12.99),
            (0.1, "0.99", 0.99),
            (0.0, "0.99", 0.0),
            (103.9, "9", 99.0),
            (105.0, "9", 109.0),
            (7.2, "0.9", 6.9),
            (7.4, "0.9", 7.9),
            (1e12, "0.88", 999999999999.88),
        ):
            self.assertEqual(end_in(price, ending), wanted, (price, ending))

    def test_the_end_is_always_the_asked_one_and_never_far(self):
        dice, tails = random.Random(1), defaultdict(set)
        for _round in range(2000):
            price, ending = round(dice.uniform(0.01, 5000), 2), dice.choice(("0.9", "0.99", "0.8", "0.88", "9"))
            found = end_in(price, ending)
            tails[ending].add(round(found % (10 if ending == "9" else 1), 2))
            step = 10 if ending == "9" else 1
            self.assertTrue(abs(found - price) <= step / 2 + 1e-9 or found == float(ending), (price, ending, found))
        self.assertEqual({ending: {float(ending)} for ending in tails}, dict(tails))


if __name__ == "__main__":
    unittest.main()
