"""A year of real sales through the stock alerts: ``tools/replay_alerts.py online_retail.csv.gz``.

Online Retail's year (UCI, CC BY 4.0) is played day by day as deliveries of one warehouse, into Odoo's own move lines
and quants, on a simulated clock. A supplier delivers every order after seven days; every Monday the shop orders what it
sold in the week before. Each kind of threshold is played twice: nobody acts on its alerts, and somebody orders what
each alert asks for on the day it opens. Writes a table and a picture into ``docs/``.
"""

import argparse
import csv
import gzip
import json
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

LEAD, HORIZON, FEWEST_DAYS, OPENING = 7, 21, 12, 21
RULES = {
    "quantity": {"method": "quantity", "quantity": 24},
    "days": {"method": "days", "days": 9},
    "reorder": {"method": "reorder", "service": 0.95, "lead": LEAD},
}
MARK = "REPLAY "
ROOT = Path(__file__).parent.parent


def read(path):
    """``{day: {code: units}}`` of the goods' sales, ``{code: price}``, and how many lines that was."""
    sales, prices, lines = defaultdict(lambda: defaultdict(int)), {}, 0
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            code, units = row["StockCode"].strip().upper(), int(row["Quantity"])
            if units > 0 and not row["InvoiceNo"].startswith(("C", "A")) and code[:5].isdigit():
                sales[date.fromisoformat(row["InvoiceDate"][:10])][code] += units
                prices[code] = float(row["UnitPrice"]) or prices.get(code, 0.0)
                lines += 1
    return {day: dict(found) for day, found in sales.items()}, prices, lines


# -- inside Odoo ----------------------------------------------------------------------------------------------------


class Shop:
    """One warehouse that lives through the year."""

    def __init__(self, env, sales, prices, rule, acts):
        self.env, self.acts = env, acts
        days_sold = defaultdict(int)
        for found in sales.values():
            for code in found:
                days_sold[code] += 1
        self.codes = sorted(code for code, count in days_sold.items() if count >= FEWEST_DAYS)
        self.sales, self.prices = sales, prices
        self.company = env.company
        env["merchant.stock.threshold"].search([]).unlink()
        env["merchant.stock.threshold"].create({"kind": "low", **rule})
        self.warehouse = env["stock.warehouse"].search([], limit=1)
        self.place = self.warehouse.lot_stock_id.id
        self.customers = env.ref("stock.stock_location_customers").id
        self.suppliers = env.ref("stock.stock_location_suppliers").id
        products = env["product.product"].create(
            [{"name": code, "is_storable": True, "list_price": prices[code]} for code in self.codes]
        )
        self.ids = dict(zip(self.codes, products.ids, strict=True))
        self.uom = products[:1].uom_id.id
        env.flush_all()
        self.stock = dict.fromkeys(self.codes, 0)
        self.coming = defaultdict(lambda: defaultdict(int))
        self.lost_units = self.lost_money = self.sold_units = 0
        self.alerts, self.outs = [], []
        self.open_alerts = set()

    def live(self, first, last):
        week, self.day = defaultdict(int), first
        opening = self._opening(first)
        self._arrive(opening)
        self.sold_out = {code for code in self.codes if not self.stock[code]}
        while self.day <= last:
            self._arrive(self.coming.pop(self.day, {}))
            for code, units in self._sell().items():
                week[code] += units
            self._evaluate()
            if self.day.weekday() == 0:
                self._order(week)
                week = defaultdict(int)
            self.day += timedelta(days=1)
        return self

    def _opening(self, first):
        """Three weeks of the first month's sales."""
        units = defaultdict(int)
        for day, found in self.sales.items():
            if day < first + timedelta(days=28):
                for code, sold in found.items():
                    units[code] += sold
        return {code: round(units[code] / 28 * OPENING) for code in self.codes if units[code]}

    def _arrive(self, units):
        units = {code: number for code, number in units.items() if number > 0}
        for code, number in units.items():
            self.stock[code] += number
        self._book(units, self.suppliers, self.place)
        self.sold_out = getattr(self, "sold_out", set()) - set(units)

    def _sell(self):
        """Sell what there is; what is asked for and not there is lost."""
        sold = {}
        for code, wanted in self.sales.get(self.day, {}).items():
            if code not in self.ids:
                continue
            units = min(wanted, self.stock[code])
            if units:
                sold[code] = units
                self.stock[code] -= units
            if wanted > units:
                self.lost_units += wanted - units
                self.lost_money += (wanted - units) * self.prices[code]
                if code not in self.sold_out:
                    self.sold_out.add(code)
                    self.outs.append((self.day, code))
            self.sold_units += units
        self._book(sold, self.place, self.customers)
        return sold

    def _book(self, units, source, target):
        """Done moves with their lines, and the stock they leave."""
        if not units:
            return
        noon = f"{self.day} 04:00:00"
        ids, numbers = [self.ids[code] for code in units], list(units.values())
        self.env.cr.execute(
            "WITH m AS (INSERT INTO stock_move (product_id, product_uom, product_uom_qty, product_qty, quantity,"
            " location_id, location_dest_id, company_id, state, procure_method, date, picked)"
            " SELECT p, %(uom)s, q, q, q, %(source)s, %(target)s, %(company)s, 'done', 'make_to_stock', %(noon)s, TRUE"
            " FROM unnest(%(ids)s::int[], %(numbers)s::numeric[]) AS x(p, q) RETURNING id, product_id, quantity)"
            " INSERT INTO stock_move_line (move_id, product_id, product_uom_id, quantity, quantity_product_uom,"
            " location_id, location_dest_id, company_id, state, date, picked)"
            " SELECT id, product_id, %(uom)s, quantity, quantity, %(source)s, %(target)s, %(company)s, 'done',"
            " %(noon)s,"
            " TRUE FROM m",
            {
                "uom": self.uom,
                "source": source,
                "target": target,
                "company": self.company.id,
                "noon": noon,
                "ids": ids,
                "numbers": numbers,
            },
        )
        sign = 1 if target == self.place else -1
        self.env.cr.execute(
            "UPDATE stock_quant q SET quantity = q.quantity + %(sign)s * x.q FROM unnest(%(ids)s::int[],"
            " %(numbers)s::numeric[]) AS x(p, q) WHERE q.product_id = x.p AND q.location_id = %(place)s RETURNING x.p",
            {"sign": sign, "ids": ids, "numbers": numbers, "place": self.place},
        )
        known = {row[0] for row in self.env.cr.fetchall()}
        new = [(p, n) for p, n in zip(ids, numbers, strict=True) if p not in known]
        if new:
            self.env.cr.execute(
                "INSERT INTO stock_quant (product_id, location_id, company_id, quantity, reserved_quantity, in_date)"
                " SELECT p, %s, %s, q, 0, %s FROM unnest(%s::int[], %s::numeric[]) AS x(p, q)",
                (self.place, self.company.id, noon, [p for p, _ in new], [n for _, n in new]),
            )
        self.changed = getattr(self, "changed", set()) | set(ids)

    def _evaluate(self):
        """What the evaluation would do that evening: changed products' days, everybody's average, the judgement."""
        figures = self.env["merchant.stock.figures"]
        tomorrow = self.day + timedelta(days=1)  # the day is over when its sales are known
        changed = {(product, self.warehouse.id): self.day for product in getattr(self, "changed", ())}
        self.changed = set()
        if changed:
            ids, days = figures._positions(self.company, changed)
            figures._refresh_stock(self.company, ids, always=True)
            figures._refresh_days(self.company, tomorrow, ids, days)
        figures._refresh_demand(self.company, tomorrow)
        self._expected()
        changed = self.env["merchant.stock.judge"]._judge(self.company, tomorrow)
        self.env["merchant.stock.alert"]._sync(self.company, None, changed)
        self._collect()

    def _expected(self):
        """What is on its way, as open moves."""
        self.env.cr.execute("DELETE FROM stock_move WHERE state = 'confirmed' AND location_dest_id = %s", (self.place,))
        rows = [
            (self.ids[code], units, f"{day} 01:00:00")
            for day, found in self.coming.items()
            for code, units in found.items()
            if units > 0
        ]
        if rows:
            products, units, days = zip(*rows, strict=True)
            self.env.cr.execute(
                "INSERT INTO stock_move (product_id, product_uom, product_uom_qty, product_qty, location_id,"
                " location_dest_id, company_id, state, procure_method, date)"
                " SELECT p, %s, q, q, %s, %s, %s, 'confirmed', 'make_to_stock', d"
                " FROM unnest(%s::int[], %s::numeric[], %s::timestamp[]) AS x(p, q, d)",
                (self.uom, self.suppliers, self.place, self.company.id, list(products), list(units), list(days)),
            )
            self.env["merchant.stock.figures"]._refresh_stock(self.company)

    def _collect(self):
        self.env.cr.execute(
            "SELECT a.product_id, p.low_line, p.daily, p.available + p.incoming FROM merchant_stock_alert a"
            " JOIN merchant_stock_position p ON p.id = a.position_id WHERE a.state != 'closed' AND a.kind = 'low'"
        )
        rows = {row[0]: row[1:] for row in self.env.cr.fetchall()}
        codes = {ident: code for code, ident in self.ids.items()}
        for product in rows.keys() - self.open_alerts:
            code = codes[product]
            self.alerts.append((self.day, code))
            if self.acts:
                line, daily, have = map(float, rows[product])
                wanted = round(line + daily * (LEAD + 14) - have)
                if wanted > 0:
                    self.coming[self.day + timedelta(days=LEAD)][code] += wanted
        self.open_alerts = set(rows)

    def _order(self, week):
        for code, units in week.items():
            self.coming[self.day + timedelta(days=LEAD)][code] += units


def measure(shop, first, last):
    """What the alerts were worth.

    :return: figures; an alert came in time when it opened before the stock-out, a false one saw none in three weeks
    """
    outs, alerts = defaultdict(list), defaultdict(list)
    for day, code in shop.outs:
        outs[code].append(day)
    for day, code in shop.alerts:
        alerts[code].append(day)
    early, missed = [], 0
    for code, days in outs.items():
        for day in days:
            before = [each for each in alerts[code] if day - timedelta(days=HORIZON) <= each < day]
            if before:
                early.append((day - max(before)).days)
            else:
                missed += 1
    false = sum(
        not any(day < out <= day + timedelta(days=HORIZON) for out in outs[code])
        for code, days in alerts.items()
        for day in days
        if day <= last - timedelta(days=HORIZON)
    )
    early.sort()
    return {
        "alerts": len(shop.alerts),
        "alerts_per_day": round(len(shop.alerts) / ((last - first).days + 1), 1),
        "stock_outs": len(shop.outs),
        "before": len(early),
        "missed": missed,
        "days_early": early[len(early) // 2] if early else 0,
        "false": false,
        "lost_units": shop.lost_units,
        "lost_money": round(shop.lost_money),
        "sold_units": shop.sold_units,
        "by_week": _by_week(shop, first, last),
    }


def _by_week(shop, first, last):
    weeks = [0] * ((last - first).days // 7 + 1)
    for day, _code in shop.alerts:
        weeks[(day - first).days // 7] += 1
    return weeks


def play(env, path, name, acts):
    """Run inside ``odoo shell``: one year, rolled back in the end."""
    sales, prices, lines = read(path)
    first, last = min(sales), max(sales)
    shop = Shop(env, sales, prices, RULES[name], acts).live(first, last)
    result = {**measure(shop, first, last), "lines": lines, "products": len(shop.codes)}
    print(MARK + json.dumps(result), flush=True)
    env.cr.rollback()


# -- outside --------------------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="Online Retail as csv or csv.gz")
    parser.add_argument("--only", choices=RULES, help="one kind of threshold")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tools"))
    from hankou import postgres, setup
    from hankou.odoo import Instance

    setup.ensure(test=True)
    results = {}
    with postgres.using("test", unsafe=True) as server:
        template = Instance(server, "replay-alerts")
        template.prepare(("merchant_stock_alert",))
        for name in [options.only] if options.only else RULES:
            for acts in (False, True):
                source = (
                    f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nimport replay_alerts\n"
                    f"replay_alerts.play(env, {options.file!r}, {name!r}, {acts})"
                )
                printed = template.shell(source, what=f"The year with {name}")
                [line] = [line for line in printed.splitlines() if line.startswith(MARK)]
                results[f"{name}{' acted on' if acts else ''}"] = json.loads(line.removeprefix(MARK))
                print(name, acts, {k: v for k, v in results[list(results)[-1]].items() if k != "by_week"}, flush=True)
    if not options.only:
        write(results)
    return 0


COLUMNS = (
    ("alerts_per_day", "alerts a day"),
    ("stock_outs", "stock-outs"),
    ("before", "alert came before"),
    ("days_early", "days early (median)"),
    ("missed", "without an alert"),
    ("false", "false alarms"),
    ("lost_units", "units lost"),
    ("lost_money", "money lost"),
)
NAMES = {"quantity": "at 24 units", "days": "9 days of cover", "reorder": "reorder point, 95 %"}


def write(results):
    """The figures, the table and the picture of the documentation."""
    docs = ROOT / "docs"
    (docs / "stock-alerts-replay.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (docs / "pictures" / "stock-alerts-replay.svg").write_text(picture(results), encoding="utf-8")
    print(table(results))


def table(results):
    """Markdown."""
    rows = [
        "| threshold | " + " | ".join(title for _key, title in COLUMNS) + " |",
        "| --- |" + " ---: |" * len(COLUMNS),
    ]
    for key, name in NAMES.items():
        for suffix, words in (("", "nobody acts"), (" acted on", "acted on")):
            result = results[key + suffix]
            cells = " | ".join(f"{result[column]:,}" for column, _title in COLUMNS)
            rows.append(f"| {name}, {words} | {cells} |")
    return "\n".join(rows)


def picture(results):
    """Two bar charts: units lost with and without acting, and what became of the stock-outs."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="330" font-family="sans-serif" font-size="13">',
        '<rect width="900" height="330" fill="white"/>',
        '<text x="20" y="24" font-size="16">Units that could not be sold</text>',
        '<text x="480" y="24" font-size="16">Stock-outs: alert before, or none</text>',
    ]
    most = max(result["lost_units"] for result in results.values()) or 1
    outs = max(results[key]["stock_outs"] for key in NAMES) or 1
    for row, (key, name) in enumerate(NAMES.items()):
        top = 50 + row * 90
        parts.append(f'<text x="20" y="{top + 12}">{name}</text>')
        for line, (suffix, colour, words) in enumerate(
            (("", "#b0b7c3", "nobody acts"), (" acted on", "#0d6efd", "acted on"))
        ):
            units = results[key + suffix]["lost_units"]
            y = top + 20 + line * 26
            parts.append(f'<rect x="20" y="{y}" width="{units / most * 260:.0f}" height="20" fill="{colour}"/>')
            parts.append(f'<text x="{26 + units / most * 260:.0f}" y="{y + 15}">{units:,} {words}</text>')
        before, missed = results[key]["before"], results[key]["missed"]
        wide = before / outs * 300
        parts.append(f'<text x="480" y="{top + 12}">{name}</text>')
        parts.append(f'<rect x="480" y="{top + 20}" width="{wide:.0f}" height="46" fill="#198754"/>')
        parts.append(
            f'<rect x="{480 + wide:.0f}" y="{top + 20}" width="{missed / outs * 300:.0f}" height="46" fill="#dc3545"/>'
        )
        parts.append(f'<text x="790" y="{top + 40}">{before:,} before</text>')
        parts.append(f'<text x="790" y="{top + 58}">{missed:,} without</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
