import unittest
from dataclasses import replace
from datetime import date, datetime, timedelta

from odoo.addons.merchant_sourcing.core.check import check
from odoo.addons.merchant_sourcing.core.decide import Rate, Warehouse, World, decide, decide_all
from odoo.addons.merchant_sourcing.core.rule import BACKORDER, HOLD, ROUTE, Line, Order, Rule
from odoo.addons.merchant_sourcing.core.solve import LINES, WHOLE, Tariff

WUHAN, NINGBO, CHENGDU = 1, 2, 3
TEA, POT, CUP = 10, 11, 12
POINTS = {WUHAN: (30.59, 114.30), NINGBO: (29.87, 121.54), CHENGDU: (30.57, 104.06)}
HUBEI = ("420103", "4201", "42", "4", "CN")
SHANGHAI = ("310115", "3101", "31", "3", "CN")
MONDAY = datetime(2026, 11, 9, 10, 0)


def world(free, **options):
    facts = options.pop("facts", {})
    warehouses = [Warehouse(key, f"W{key}", POINTS[key], **facts.get(key, {})) for key in POINTS]
    return World(warehouses, dict(free), **options)


def order(*pieces, place=SHANGHAI, point=(31.22, 121.54), **facts):
    lines = tuple(Line(number, sku, count, 500) for number, (sku, count) in enumerate(pieces))
    return Order(1, lines, place, point, moment=MONDAY, grams=500 * sum(c for _s, c in pieces), **facts)


def parts(decision):
    return [(line, warehouse, pieces) for line, warehouse, pieces, _kind in decision.parts]


class FirstMatchTest(unittest.TestCase):
    HUBEI_FROM_WUHAN = Rule(1, "湖北", regions=frozenset({"42"}), warehouses=(WUHAN,))
    REST_NEAREST = Rule(2, "其余", ranking="nearest")

    def test_hubei_from_wuhan_the_rest_from_the_nearest_that_has_it_all(self):
        rules = [self.HUBEI_FROM_WUHAN, self.REST_NEAREST]
        free = {(WUHAN, TEA): 5, (NINGBO, TEA): 5, (CHENGDU, TEA): 5}
        self.assertEqual(parts(decide(order((TEA, 2), place=HUBEI), rules, world(free))), [(0, WUHAN, 2)])
        self.assertEqual(parts(decide(order((TEA, 2)), rules, world(free))), [(0, NINGBO, 2)])
        self.assertEqual(parts(decide(order((TEA, 6)), rules, world({**free, (WUHAN, TEA): 6}))), [(0, WUHAN, 6)])

    def test_a_rule_passes_on_what_it_cannot_serve_and_the_tale_says_so(self):
        decision = decide(
            order((TEA, 2), place=HUBEI), [self.HUBEI_FROM_WUHAN, self.REST_NEAREST], world({(NINGBO, TEA): 2})
        )
        self.assertEqual(parts(decision), [(0, NINGBO, 2)])
        self.assertEqual([(entry["r"][1], entry["s"]) for entry in decision.tale], [("湖北", 0), ("其余", 1)])
        self.assertEqual(decision.tale[0]["c"], [[WUHAN, "part", 0, 1, 0, 2, 0]])

    def test_no_rule_speaks(self):
        self.assertEqual(decide(order((TEA, 2)), [self.HUBEI_FROM_WUHAN], world({})).state, "unruled")

    def test_when_all_rules_passed_on_a_person_decides(self):
        self.assertEqual(decide(order((TEA, 2)), [self.REST_NEAREST], world({})).state, "held")

    def test_brand_x_only_from_ningbo_and_the_rest_joins_its_parcel(self):
        brand = Rule(3, "brand", goods={"tag": frozenset({7})}, warehouses=(NINGBO,), on_short=HOLD)
        wanted = order((TEA, 1), (POT, 1), place=HUBEI, point=(30.6, 114.3))
        wanted = replace(wanted, lines=(replace(wanted.lines[0], tags={"tag": frozenset({7})}), wanted.lines[1]))
        free = {(NINGBO, TEA): 1, (NINGBO, POT): 1, (WUHAN, POT): 1, (WUHAN, TEA): 9}
        decision = decide(wanted, [brand, self.REST_NEAREST], world(free))
        self.assertEqual(parts(decision), [(0, NINGBO, 1), (1, NINGBO, 1)])

    def test_weight_amount_and_dates_are_conditions(self):
        wanted = order((TEA, 2))
        for fits, limits in ((True, (1000, None)), (False, (1001, None)), (False, (None, 999))):
            self.assertEqual(Rule(1, "r", grams=limits).fits(wanted), fits, limits)
        self.assertFalse(Rule(1, "r", days=(date(2026, 11, 10), None)).fits(wanted))
        self.assertTrue(
            Rule(1, "r", wants={"team": frozenset({5})}).fits(replace(wanted, facts={"team": frozenset({5})}))
        )
        self.assertFalse(Rule(1, "r", wants={"team": frozenset({5})}).fits(wanted))


class AllowedTest(unittest.TestCase):
    FREE = {(WUHAN, TEA): 2, (NINGBO, TEA): 2, (WUHAN, POT): 1}

    def test_whole_orders_only(self):
        self.assertEqual(decide(order((TEA, 3)), [Rule(1, "r", split=WHOLE)], world(self.FREE)).state, "held")

    def test_whole_lines_only(self):
        free = {**self.FREE, (NINGBO, CUP): 5}
        rules = [Rule(1, "r", split=LINES)]
        self.assertEqual(parts(decide(order((POT, 1), (CUP, 2)), rules, world(free))), [(0, WUHAN, 1), (1, NINGBO, 2)])
        self.assertEqual(decide(order((TEA, 3)), rules, world(free)).state, "held")

    def test_an_order_to_be_delivered_at_once_is_never_divided(self):
        wanted = replace(order((TEA, 3)), one_delivery=True)
        self.assertEqual(decide(wanted, [Rule(1, "r")], world(self.FREE)).state, "held")

    def test_no_more_parcels_than_allowed(self):
        free = {(WUHAN, TEA): 1, (NINGBO, TEA): 1, (CHENGDU, TEA): 1}
        self.assertEqual(decide(order((TEA, 3)), [Rule(1, "r", most=2)], world(free)).state, "held")
        self.assertEqual(len(decide(order((TEA, 3)), [Rule(1, "r", most=3)], world(free)).parts), 3)

    def test_what_is_missing_waits_at_the_named_warehouse(self):
        rule = Rule(1, "r", on_short=BACKORDER, backorder=CHENGDU)
        decision = decide(order((TEA, 5), (CUP, 1)), [rule], world(self.FREE))
        self.assertEqual(decision.state, "backorder")
        self.assertEqual(sum(pieces for line, _w, pieces, _k in decision.parts if line == 0), 5)
        self.assertIn((1, CHENGDU, 1, "backorder"), decision.parts)
        self.assertIsNone(decision.ships)

    def test_what_is_missing_goes_another_way(self):
        decision = decide(order((TEA, 2), (CUP, 1)), [Rule(1, "r", on_short=ROUTE, route=77)], world(self.FREE))
        self.assertEqual((parts(decision), decision.routes), ([(0, WUHAN, 2)], [(1, 77)]))

    def test_a_warehouse_that_refused_is_not_asked_again(self):
        wanted = replace(order((TEA, 2)), refused=frozenset({WUHAN}))
        decision = decide(wanted, [Rule(1, "r")], world(self.FREE))
        self.assertEqual(parts(decision), [(0, NINGBO, 2)])
        self.assertIn([WUHAN, "refused"], decision.tale[0]["c"])

    def test_safety_stock_is_told_apart_from_no_stock(self):
        decision = decide(
            order((TEA, 3)), [Rule(1, "r", warehouses=(WUHAN,))], world({(WUHAN, TEA): 2}, kept={(WUHAN, TEA): 10})
        )
        self.assertEqual(decision.tale[0]["c"], [[WUHAN, "part", 0, 1, 2, 3, 1]])


class RankingTest(unittest.TestCase):
    """Of the warehouses that have it all, whom each ranking asks first."""

    FREE = {(WUHAN, TEA): 9, (NINGBO, TEA): 5, (CHENGDU, TEA): 30}

    def first(self, ranking, wanted=None, **options):
        rule = Rule(1, "r", ranking=ranking, warehouses=(CHENGDU, WUHAN, NINGBO), mix=options.pop("mix", {}))
        decision = decide(wanted or order((TEA, 2)), [rule], world(self.FREE, **options))
        return decision.parts[0][1]

    def test_the_order_of_the_list(self):
        self.assertEqual(self.first("given"), CHENGDU)

    def test_the_nearest(self):
        self.assertEqual(self.first("nearest"), NINGBO)

    def test_most_free_stock(self):
        self.assertEqual(self.first("fullest"), CHENGDU)

    def test_the_longest_cover_is_not_the_most_stock(self):
        daily = {(WUHAN, TEA): 1, (NINGBO, TEA): 2, (CHENGDU, TEA): 10}  # lasts 9, 2.5 and 3 days
        self.assertEqual(self.first("longest", daily=daily), WUHAN)
        self.assertEqual(self.first("longest", daily={(WUHAN, TEA): 1, (CHENGDU, TEA): 10}), NINGBO)  # sells none

    def test_the_scarcest_article_decides_how_long_a_warehouse_lasts(self):
        free = {**self.FREE, (WUHAN, POT): 1, (CHENGDU, POT): 4}
        daily = {(w, sku): 1 for w in POINTS for sku in (TEA, POT)}
        found = decide(order((TEA, 1), (POT, 1)), [Rule(1, "r", ranking="longest")], world(free, daily=daily))
        self.assertEqual(found.warehouses, [CHENGDU])

    def test_soonest_at_the_receiver_counts_cut_off_and_way(self):
        ways = [Rate(WUHAN, "", Tariff(1, 1, 1, 1), 3), Rate(NINGBO, "", Tariff(1, 1, 1, 1), 1)]
        ways.append(Rate(CHENGDU, "", Tariff(1, 1, 1, 1), 2))
        self.assertEqual(self.first("quickest", rates=ways), NINGBO)
        closed = {NINGBO: {"cutoff": 9.0, "closed": lambda day: day == date(2026, 11, 10)}}  # ships on Wednesday
        self.assertEqual(self.first("quickest", rates=ways, facts=closed), CHENGDU)

    def test_every_part_of_a_mix_counts(self):
        ways = [Rate(w, "", Tariff(10**6, fen, 10**6, 0), days) for w, fen, days in
                ((WUHAN, 900, 1), (NINGBO, 1200, 3), (CHENGDU, 500, 4))]  # fmt: skip
        for mix, best in (
            ({"freight": 1000}, CHENGDU),
            ({"km": 1}, NINGBO),
            ({"day": 1}, WUHAN),
            ({"freight": 1000, "day": 200_000}, WUHAN),  # two yuan a day: 9 + 2, 12 + 6, 5 + 8
            ({"freight": 1000, "day": 50_000}, CHENGDU),
        ):
            self.assertEqual(self.first("mix", rates=ways, mix=mix), best, mix)

    def test_a_parcel_more_is_worth_its_price_in_a_mix_and_no_more(self):
        ways = [Rate(WUHAN, "", Tariff(10**6, 2000, 10**6, 0)), Rate(NINGBO, "", Tariff(10**6, 500, 10**6, 0)),
                Rate(CHENGDU, "", Tariff(10**6, 500, 10**6, 0))]  # fmt: skip
        free = {(WUHAN, TEA): 1, (WUHAN, POT): 1, (NINGBO, TEA): 1, (CHENGDU, POT): 1}
        for parcel, count in ((300_000, 2), (1_100_000, 1)):  # three yuan, eleven yuan
            rule = Rule(1, "r", ranking="mix", mix={"freight": 1000, "parcel": parcel})
            found = decide(order((TEA, 1), (POT, 1)), [rule], world(free, rates=ways))
            self.assertEqual(len(found.warehouses), count)

    def test_an_addon_adds_a_ranking_as_a_function(self):
        def least(world, order, wants, warehouse, place):
            return min(world.free.get((warehouse, sku), 0) for sku in wants)

        self.assertEqual(self.first("least", rankings={"least": least}), NINGBO)


class ExpiryTest(unittest.TestCase):
    """Goods that may be sent until a day are not promised to orders that leave later."""

    SOON, LATER = MONDAY + timedelta(days=3), MONDAY + timedelta(days=60)
    RULES = [Rule(1, "r", warehouses=(WUHAN,), on_short=HOLD)]

    def here(self, *lots, **options):
        fading = {(WUHAN, TEA): [list(lot) for lot in lots]}
        return world({(WUHAN, TEA): sum(lot[1] for lot in lots)}, fading=fading, **options)

    def planned(self, days, pieces=4):
        return order((TEA, pieces), planned=MONDAY + timedelta(days=days))

    def test_what_expires_before_the_day_does_not_count(self):
        lots = (self.SOON, 3), (self.LATER, 2)
        self.assertEqual(decide(self.planned(0), self.RULES, self.here(*lots)).state, "sourced")
        late = decide(self.planned(10), self.RULES, self.here(*lots))
        self.assertEqual((late.state, late.tale[0]["c"]), ("held", [[WUHAN, "part", 0, 1, 2, 4, 0, 2]]))

    def test_a_closed_warehouse_ships_later_than_its_goods_last(self):
        facts = {WUHAN: {"closed": lambda day: day < date(2026, 11, 20)}}
        self.assertEqual(decide(self.planned(0), self.RULES, self.here((self.SOON, 9), facts=facts)).state, "held")

    def test_orders_of_a_batch_take_the_lots_in_the_sequence_of_the_shelf(self):
        for first, second, state in (
            ((self.SOON, 4), (self.LATER, 4), "sourced"),  # the first order leaves the long-lasting ones
            ((self.LATER, 4), (self.SOON, 4), "held"),
        ):
            here = self.here(first, second)
            now, later = decide_all([self.planned(0), self.planned(10)], self.RULES, here)
            self.assertEqual((now.state, later.state), ("sourced", state))

    def test_what_is_kept_back_may_be_what_expires(self):
        here = world({(WUHAN, TEA): 4}, kept={(WUHAN, TEA): 3}, fading={(WUHAN, TEA): [[self.SOON, 3], [None, 4]]})
        self.assertEqual(decide(self.planned(10), self.RULES, here).state, "sourced")


class SharedStockTest(unittest.TestCase):
    def test_two_rules_do_not_give_one_piece_to_two_lines(self):
        wanted = order((TEA, 6), (TEA, 1))
        lines = replace(wanted.lines[0], tags={"product": frozenset({99})}), wanted.lines[1]
        rules = [Rule(1, "kits", goods={"product": frozenset({99})}), Rule(2, "rest")]
        self.assertEqual(decide(replace(wanted, lines=lines), rules, world({(WUHAN, TEA): 6})).state, "held")
        self.assertEqual(decide(replace(wanted, lines=lines), rules, world({(WUHAN, TEA): 7})).state, "sourced")

    def test_what_one_order_got_the_next_does_not(self):
        free = {(WUHAN, TEA): 3, (NINGBO, TEA): 3}
        decisions = decide_all([order((TEA, 2))] * 3, [Rule(1, "r", split=WHOLE)], world(free))
        self.assertEqual([parts(each) for each in decisions], [[(0, WUHAN, 2)], [(0, NINGBO, 2)], []])


class DaysTest(unittest.TestCase):
    def test_the_cut_off_and_the_days_room_make_the_promise(self):
        facts = {WUHAN: {"cutoff": 16.0, "capacity": 1, "closed": lambda day: day.weekday() >= 5}}
        here = world({(WUHAN, TEA): 9}, facts=facts, rates=[Rate(None, "", Tariff(1000, 800, 1000, 200), 2)])
        rules = [Rule(1, "r", warehouses=(WUHAN,))]
        first, second = decide_all([order((TEA, 1)), order((TEA, 1))], rules, here)
        self.assertEqual((first.ships, first.arrives), (date(2026, 11, 9), date(2026, 11, 11)))
        self.assertEqual(second.ships, date(2026, 11, 10))
        late = replace(order((TEA, 1)), moment=datetime(2026, 11, 13, 16, 0))
        self.assertEqual(decide(late, rules, here).ships, date(2026, 11, 16))

    def test_the_cut_off_is_on_the_warehouses_own_clock(self):
        for hours, day in ((-16, 8), (-15, 9)):  # 18:00 and 19:00 of Sunday in America, where it closes at 18:30
            facts = {WUHAN: {"cutoff": 18.5, "ahead": timedelta(hours=hours)}}
            found = decide(order((TEA, 1)), [Rule(1, "r")], world({(WUHAN, TEA): 9}, facts=facts))
            self.assertEqual(found.ships, date(2026, 11, day))

    def test_an_order_for_a_later_day_leaves_on_the_last_open_day_until_then(self):
        facts = {WUHAN: {"capacity": 1, "closed": lambda day: day.weekday() >= 5}}
        here = world({(WUHAN, TEA): 9}, facts=facts)
        sunday = order((TEA, 1), planned=datetime(2026, 11, 22, 10))
        found = decide_all([sunday, sunday, order((TEA, 1))], [Rule(1, "r", late_days=0)], here)
        self.assertEqual([each.ships and each.ships.day for each in found], [20, 19, 9])

    def test_who_ships_too_late_is_out(self):
        facts = {WUHAN: {"cutoff": 9.0}}
        rule = Rule(1, "r", late_days=0)
        decision = decide(order((TEA, 1)), [rule], world({(WUHAN, TEA): 9, (NINGBO, TEA): 9}, facts=facts))
        self.assertEqual(parts(decision), [(0, NINGBO, 1)])
        self.assertIn([WUHAN, "late"], decision.tale[0]["c"])


class FreightTest(unittest.TestCase):
    RATES = [
        Rate(WUHAN, "", Tariff(1000, 1200, 1000, 600)),
        Rate(WUHAN, "42", Tariff(1000, 500, 1000, 100)),
        Rate(NINGBO, "", Tariff(1000, 900, 1000, 300)),
    ]

    def test_the_rate_of_the_smallest_division_counts(self):
        free = {(WUHAN, TEA): 9, (NINGBO, TEA): 9}
        rules = [Rule(1, "r", ranking="freight")]
        here = decide(order((TEA, 4), place=HUBEI), rules, world(free, rates=self.RATES))
        self.assertEqual((parts(here), here.fen), ([(0, WUHAN, 4)], 600))
        away = decide(order((TEA, 4)), rules, world(free, rates=self.RATES))
        self.assertEqual((parts(away), away.fen), ([(0, NINGBO, 4)], 1200))
        self.assertIn([CHENGDU, "no_rate"], away.tale[0]["c"])

    def test_a_mix_weighs_freight_against_distance(self):
        free = {(WUHAN, TEA): 9, (NINGBO, TEA): 9}
        dear_way = Rule(1, "r", ranking="mix", mix={"freight": 1000, "km": 10_000})
        cheap_way = Rule(1, "r", ranking="mix", mix={"freight": 1000, "km": 1})
        near_wuhan = {"place": ("430100", "43", "4"), "point": (30.5, 114.0)}
        self.assertEqual(
            parts(decide(order((TEA, 1), **near_wuhan), [dear_way], world(free, rates=self.RATES))), [(0, WUHAN, 1)]
        )
        self.assertEqual(
            parts(decide(order((TEA, 1), **near_wuhan), [cheap_way], world(free, rates=self.RATES))), [(0, NINGBO, 1)]
        )


class CheckTest(unittest.TestCase):
    PATHS = {"42": ("42", "4"), "4201": ("4201", "42", "4"), "31": ("31", "3")}

    def codes(self, *rules, provinces=("42", "31")):
        return [(f.rule, f.code) for f in check(rules, {WUHAN, NINGBO}, self.PATHS, provinces, date(2026, 11, 11))]

    def test_a_sound_set_has_no_findings(self):
        self.assertEqual(self.codes(Rule(1, "a", regions=frozenset({"42"})), Rule(2, "b")), [])

    def test_rules_that_can_never_speak(self):
        self.assertIn((2, "shadowed"), self.codes(Rule(1, "a", on_short=HOLD), Rule(2, "b")))
        self.assertIn(
            (2, "shadowed"),
            self.codes(
                Rule(1, "a", regions=frozenset({"42"}), on_short=HOLD),
                Rule(2, "b", regions=frozenset({"4201"})),
                Rule(3, "c"),
            ),
        )
        self.assertNotIn((2, "shadowed"), self.codes(Rule(1, "a"), Rule(2, "b")))
        self.assertIn((1, "past"), self.codes(Rule(1, "a", days=(None, date(2026, 1, 1)))))
        self.assertIn((1, "empty_grams"), self.codes(Rule(1, "a", grams=(5, 3))))
        self.assertIn((1, "nothing_left"), self.codes(Rule(1, "a", wants={"team": frozenset()})))

    def test_rules_that_contradict_themselves(self):
        self.assertIn((1, "whole_and_parcels"), self.codes(Rule(1, "a", split=WHOLE, most=2)))
        self.assertIn((1, "no_warehouse"), self.codes(Rule(1, "a", warehouses=(9,))))
        self.assertIn((1, "backorder_gone"), self.codes(Rule(1, "a", on_short=BACKORDER, backorder=9)))
        self.assertIn((1, "no_route"), self.codes(Rule(1, "a", on_short=ROUTE)))

    def test_provinces_that_nobody_serves(self):
        self.assertEqual(self.codes(Rule(1, "a", regions=frozenset({"42"}))), [(None, "uncovered")])
        self.assertEqual(
            self.codes(Rule(1, "a", regions=frozenset({"42"})), Rule(2, "b", regions=frozenset({"3"}))), []
        )
