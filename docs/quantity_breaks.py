#!/usr/bin/env python3
"""Fit quantity breaks to real sales and see how many of the real prices they explain.

    .runtime/venv/bin/python docs/quantity_breaks.py online_retail.csv.gz [--sheet prices.xlsx]

The input is UCI's Online Retail (Chen, Sain & Guo 2012, CC BY 4.0): one row per invoice line with InvoiceNo, StockCode,
Quantity, InvoiceDate, UnitPrice, CustomerID. Two tiers are fitted, buyers with an account and buyers without: for each
SKU and band of quantities the median price, bands of nearly one price joined. The prices are then asked of the
addon's own core, line by line. ``--sheet`` writes them as a price sheet that the addon imports.
"""

import argparse
import csv
import gzip
import statistics
import sys
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

import coretest  # noqa: E402

BANDS = (1, 2, 3, 6, 12, 24, 48, 96, 192, 480)
TIERS = ("account", "no account")
NEAR = 0.01
TRAINING = 0.7  # of the lines, the earliest


def lines(path):
    """``[(tier, SKU, quantity, price)]`` of goods that were sold, in the order of time."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            quantity, price = int(row["Quantity"]), float(row["UnitPrice"])
            code = row["StockCode"].strip().upper()
            if quantity > 0 and price > 0 and code[:5].isdigit() and row["InvoiceNo"][:1] not in "CA":
                yield TIERS[not row["CustomerID"].strip()], code, quantity, price


def fit(sold):
    """``{tier: {SKU: [(from quantity, price)]}}``: medians of each band, equal neighbours joined."""
    prices = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for tier, code, quantity, price in sold:
        prices[tier][code][max(band for band in BANDS if band <= quantity)].append(price)
    return {tier: {code: _joined(bands) for code, bands in by_code.items()} for tier, by_code in prices.items()}


def _joined(bands):
    breaks = []
    for band in sorted(bands):
        price = round(statistics.median(bands[band]), 2)
        if not breaks or abs(price - breaks[-1][1]) > NEAR * breaks[-1][1]:
            # the first price holds for any quantity, so that no SKU is left without one
            breaks.append((band if breaks else 0, price))
    return breaks


class Lists:
    """The fitted tiers as lists of the addon's core."""

    def __init__(self, fitted):
        from odoo.addons.merchant_price_tier.core.book import Book
        from odoo.addons.merchant_price_tier.core.rule import PRODUCT, Ask, Rule

        self._ask = Ask
        self._codes = {code: number for number, code in enumerate(sorted({c for t in fitted.values() for c in t}), 1)}
        self._books, number = {}, 0
        for tier, by_code in fitted.items():
            own = []
            for code, breaks in by_code.items():
                for quantity, price in breaks:
                    number += 1
                    own.append(Rule(number, 1, PRODUCT, self._codes[code], least=float(quantity), fixed=price))
            book = self._books[tier] = Book()
            book.prepare(self._codes.values(), lambda _templates, own=own: [(rule.target, rule) for rule in own])
        self.rules = number

    def price(self, tier, code, quantity):
        """The price, or None for a SKU that was never seen."""
        if code not in self._codes or tier not in self._books:
            return None
        template, now = self._codes[code], datetime(2026, 11, 11)
        end = now + timedelta(seconds=1)
        asked = self._ask(None, template, template, (), None, frozenset(), float(quantity), quantity, 1, now, end)
        rule = self._books[tier].first(asked)
        return rule and rule.fixed


def explained(lists, sold):
    """``{tier: (lines, explained within 1 percent, of SKUs never seen)}``"""
    counts = {tier: [0, 0, 0] for tier in TIERS}
    for tier, code, quantity, price in sold:
        ours = lists.price(tier, code, quantity)
        counts[tier][0] += 1
        counts[tier][1] += ours is not None and abs(ours - price) <= NEAR * price
        counts[tier][2] += ours is None
    return counts


def one_price(sold):
    """The same with one median price for each SKU, to see what the tiers and breaks add."""
    prices = defaultdict(list)
    for _tier, code, _quantity, price in sold:
        prices[code].append(price)
    medians = {code: round(statistics.median(found), 2) for code, found in prices.items()}
    return {tier: {code: [(0, price)] for code, price in medians.items()} for tier in TIERS}


def write_sheet(path, fitted):
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ("价格表", "货号", "起订量", "价格"))
        rows = ((t, c, q, p) for t, by_code in fitted.items() for c, breaks in by_code.items() for q, p in breaks)
        for number, row in enumerate(rows, 1):
            page.write_row(number, 0, row)


def show(title, lists, counts):
    print(f"\n{title}: {lists.rules:,} prices")
    for name, (count, good, unseen) in counts.items():
        share = 100 * good / count if count else 0
        print(f"| {name} | {count:,} | {good:,} | {share:.1f} % | {unseen:,} |")
    count, good, unseen = (sum(each[place] for each in counts.values()) for place in range(3))
    print(f"| all | {count:,} | {good:,} | {100 * good / count:.1f} % | {unseen:,} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--sheet", help="write the prices there, as a sheet to import")
    options = parser.parse_args()
    coretest.register()
    sold = list(lines(options.file))
    middle = int(len(sold) * TRAINING)
    early, late = sold[:middle], sold[middle:]
    fitted = fit(sold)
    for title, prices, replayed in (
        ("One price for each SKU, replayed on what it was fitted to", one_price(sold), sold),
        ("Tiers and breaks, replayed on what they were fitted to", fitted, sold),
        ("One price for each SKU of the first 70 % of the lines, replayed on the rest", one_price(early), late),
        ("Tiers and breaks of the first 70 % of the lines, replayed on the rest", fit(early), late),
    ):
        lists = Lists(prices)
        show(title, lists, explained(lists, replayed))
    if options.sheet:
        write_sheet(options.sheet, fitted)
    print(f"\n{len({code for _t, code, _q, _p in sold}):,} SKUs")


if __name__ == "__main__":
    main()
