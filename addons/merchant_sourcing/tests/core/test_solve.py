"""The plans are optimal: held against every possible plan."""

import itertools
import random
import unittest

from odoo.addons.merchant_sourcing.core.solve import LINES, PIECES, WHOLE, Site, Tariff, cost_of, greedy, solve

from tests.support.sourcing import PARCEL, instance


def exact_parcels(wants, free, sites, split, most):
    """Every set of sites, smallest cost first."""
    best = None
    for size in range(1, (most or len(sites)) + 1):
        for chosen in itertools.combinations(sites, size):
            for sku, (pieces, _grams) in wants.items():
                there = [free.get((site.warehouse, sku), 0) for site in chosen]
                enough = sum(there) if split == PIECES else max(there)
                if enough < pieces:
                    break
            else:
                cost = sum(site.fixed for site in chosen)
                best = cost if best is None else min(best, cost)
    return best


def exact_freight(wants, free, sites, split, most):
    """Every way to give every article away, without any bound; small instances only."""
    ways = []
    for sku, (pieces, _grams) in wants.items():
        whole = [{site.warehouse: pieces} for site in sites if free.get((site.warehouse, sku), 0) >= pieces]
        if not whole and split == PIECES:
            ranges = [range(min(pieces, free.get((site.warehouse, sku), 0)) + 1) for site in sites]
            whole = [
                {site.warehouse: count for site, count in zip(sites, counts, strict=True) if count}
                for counts in itertools.product(*ranges)
                if sum(counts) == pieces
            ]
        ways.append(whole)
    best = None
    for plan in itertools.product(*ways):
        picks = dict(zip(wants, plan, strict=True))
        if most and len({warehouse for parts in plan for warehouse in parts}) > most:
            continue
        cost = cost_of(picks, wants, sites)
        best = cost if best is None else min(best, cost)
    return best


class SolveTest(unittest.TestCase):
    def check(self, wants, free, sites, split, found):
        """The plan serves exactly what is wanted, from what is there."""
        cost, picks = found
        for sku, (pieces, _grams) in wants.items():
            self.assertEqual(sum(picks[sku].values()), pieces)
            if split != PIECES:
                self.assertEqual(len(picks[sku]), 1)
            for warehouse, count in picks[sku].items():
                self.assertTrue(0 < count <= free[warehouse, sku])
        self.assertEqual(cost, cost_of(picks, wants, sites))

    def test_fewest_parcels_equals_the_optimum(self):
        dice = random.Random(4)
        for number in range(2000):
            split = (PIECES, LINES)[number % 2]
            most = dice.choice((None, None, 2, 3))
            wants, free, sites = instance(dice, dice.randint(1, 8), dice.randint(1, 8), dice.choice((3, 6, 9)))
            found = solve(wants, free, sites, split, most)
            self.assertEqual(found and found[0], exact_parcels(wants, free, sites, split, most), number)
            if found:
                self.check(wants, free, sites, split, found)

    def test_lowest_freight_equals_the_optimum_of_every_possible_plan(self):
        dice = random.Random(5)
        for number in range(400):
            split = (PIECES, LINES)[number % 2]
            most = dice.choice((None, None, 2))
            wants, free, sites = instance(
                dice, dice.randint(1, 4), dice.randint(1, 4), dice.choice((3, 6)), freight=True
            )
            found = solve(wants, free, sites, split, most)
            self.assertEqual(found and found[0], exact_freight(wants, free, sites, split, most), number)
            if found:
                self.check(wants, free, sites, split, found)

    def test_large_orders_are_never_worse_than_greedy(self):
        dice = random.Random(6)
        for _number in range(60):
            freight = dice.random() < 0.5
            wants, free, sites = instance(dice, 20, dice.randint(10, 30), 12, freight=freight)
            obvious, found = greedy(wants, free, sites), solve(wants, free, sites)
            if obvious:
                self.assertLessEqual(found[0], obvious[0])
                self.check(wants, free, sites, PIECES, found)

    def test_whole_orders_leave_from_one_place(self):
        wants, free = {1: (2, 0), 2: (1, 0)}, {(1, 1): 2, (2, 2): 1, (3, 1): 2, (3, 2): 9}
        sites = [Site(1, 1), Site(2, 2), Site(3, 50)]
        self.assertEqual(solve(wants, free, sites, WHOLE)[1], {1: {3: 2}, 2: {3: 1}})
        del free[3, 2]
        self.assertIsNone(solve(wants, free, sites, WHOLE))

    def test_a_distant_second_parcel_may_be_cheaper_than_one_heavy_one(self):
        dear, cheap = Tariff(1000, 1000, 1000, 5000), Tariff(1000, 900, 1000, 100)
        wants = {1: (1, 900), 2: (1, 900)}
        free = {(1, 1): 1, (1, 2): 1, (2, 2): 1}
        cost, picks = solve(wants, free, [Site(1, 0, dear), Site(2, 0, cheap)])
        self.assertEqual((cost, picks), (1900, {1: {1: 1}, 2: {2: 1}}))

    def test_nothing_wanted_costs_nothing(self):
        self.assertEqual(solve({}, {}, []), (0, {}))

    def test_huge_quantities_are_divided_by_stock(self):
        wants, free = {1: (10**9, 1)}, {(1, 1): 6 * 10**8, (2, 1): 5 * 10**8}
        _cost, picks = solve(wants, free, [Site(1, PARCEL), Site(2, PARCEL)])
        self.assertEqual(picks, {1: {1: 6 * 10**8, 2: 4 * 10**8}})
