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
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

LEAD, HORIZON, OPENING = 7, 21, 21
TABLES = (
    "stock_move",
    "stock_move_line",
    "stock_quant",
    "merchant_stock_position",
    "merchant_stock_day",
    "merchant_stock_alert",
)
RULES = {
    "quantity": {"method": "quantity", "quantity": 24},
    "days": {"method": "days", "days": 9},
    "reorder": {"method": "reorder", "service": 0.95, "lead": LEAD},
}
ROOT = Path(__file__).parent.parent


def read(path, since, until):
    """``{day: {code: units}}`` of the goods' sales, ``{code: price}`` and ``{code: lines}``."""
    sales, prices, lines = defaultdict(lambda: defaultdict(int)), {}, Counter()
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            code, units = row["StockCode"].strip().upper(), int(row["Quantity"])
            if (
                since <= row["InvoiceDate"][:10] <= until
                and units > 0
                and not row["InvoiceNo"].startswith(("C", "A"))
                and code[:5].isdigit()
            ):
                sales[date.fromisoformat(row["InvoiceDate"][:10])][code] += units
                prices[code] = float(row["UnitPrice"]) or prices.get(code, 0.0)
                lines[code] += 1
    return {day: dict(found) for day, found in sales.items()}, prices, lines


# -- inside Odoo ----------------------------------------------------------------------------------------------------


class Year:
    """Six warehouses that live through the same year: each kind of threshold, with and without somebody who acts."""

    def __init__(self, env, sales, prices):
        self.env, self.company = env, env.company
        self.codes = sorted(prices)
        env["merchant.stock.threshold"].search([]).unlink()
        products = env["product.product"].create(
            [{"name": code, "is_storable": True, "list_price": prices[code]} for code in self.codes]
        )
        self.ids = dict(zip(self.codes, products.ids, strict=True))
        self.uom = products[:1].uom_id.id
        self.openings = _openings(sales)
        self.shops = {
            name + suffix: Shop(self, sales, prices, name, bool(suffix), number)
            for number, (name, suffix) in enumerate((name, suffix) for name in RULES for suffix in ("", " acted on"))
        }
        self.warehouses = {shop.warehouse.id for shop in self.shops.values()}
        env.flush_all()

    def live(self, first, last):
        """Yield each day when it is over."""
        shops, day = self.shops.values(), first
        while day <= last:
            for shop in shops:
                shop.trade(day)
            self._evaluate(day)
            for shop in shops:
                shop.look()
            self._keep(vacuum=day.day % 10 == 1 or (day - first).days < 3)
            yield day
            day += timedelta(days=1)

    def _keep(self, vacuum):
        """Commit the day; now and then do what autovacuum would have had a night for."""
        cr = self.env.cr
        cr.commit()  # pylint: disable=invalid-commit
        self.env.invalidate_all()
        if vacuum:
            cr._cnx.autocommit = True
            cr.execute(f"VACUUM ANALYZE {', '.join(TABLES)}")
            cr._cnx.autocommit = False

    def _evaluate(self, day):
        """What the evaluation does after midnight: the days that changed, then everybody's averages and judgement."""
        marks, figures = self.env["merchant.stock.mark"], self.env["merchant.stock.figures"]
        tomorrow = day + timedelta(days=1)  # the day is over when its sales are known
        type(figures)._today = lambda _self, _company: tomorrow
        changed = {(product, shop.warehouse.id): day for shop in self.shops.values() for product in shop.changed}
        if changed:
            ids, days = figures._positions(self.company, changed)
            figures._refresh_days(self.company, tomorrow, ids, days)
        marks._evaluate_warehouses(self.company, self.warehouses)
        for shop in self.shops.values():
            shop.changed = set()
        self._collect()

    def _collect(self):
        self.env.cr.execute(
            "SELECT a.warehouse_id, a.product_id, p.low_line, p.daily, p.available + p.incoming"
            " FROM merchant_stock_alert a JOIN merchant_stock_position p ON p.id = a.position_id"
            " WHERE a.state != 'closed' AND a.kind = 'low'"
        )
        found = defaultdict(dict)
        for warehouse, product, *figures in self.env.cr.fetchall():
            found[warehouse][product] = figures
        for shop in self.shops.values():
            shop.rows = found[shop.warehouse.id]


def _openings(sales):
    """``{day: {code: units}}``: three weeks of an article's first four weeks' sales, there on its first day."""
    first, units = {}, defaultdict(int)
    for day in sorted(sales):
        for code, sold in sales[day].items():
            if day < first.setdefault(code, day) + timedelta(days=28):
                units[code] += sold
    found = defaultdict(dict)
    for code, day in first.items():
        found[day][code] = round(units[code] / 28 * OPENING)
    return found


class Shop:
    """One warehouse and what befell it."""

    def __init__(self, year, sales, prices, name, acts, number):
        self.env, self.company, self.acts = year.env, year.company, acts
        self.sales, self.prices, self.codes, self.ids, self.uom = sales, prices, year.codes, year.ids, year.uom
        self.code_of = {ident: code for code, ident in self.ids.items()}
        self.warehouse = self.env["stock.warehouse"].create({"name": f"Replay {number}", "code": f"R{number}"})
        self.env["merchant.stock.threshold"].create({"kind": "low", "warehouse_id": self.warehouse.id, **RULES[name]})
        self.place = self.warehouse.lot_stock_id.id
        self.customers = self.env.ref("stock.stock_location_customers").id
        self.suppliers = self.env.ref("stock.stock_location_suppliers").id
        self.stock = dict.fromkeys(self.codes, 0)
        self.openings, self.coming, self.wanted = year.openings, {}, defaultdict(int)
        self.lost_units = self.lost_money = self.sold_units = 0
        self.alerts, self.outs, self.open_alerts, self.rows = [], [], set(), {}
        self.week, self.changed, self.sold_out = defaultdict(int), set(), set()

    def trade(self, day):
        self.day = day
        self._arrive(self.openings.get(day, {}))
        self._receive()
        for code, units in self._sell().items():
            self.week[code] += units

    def look(self):
        """What the alerts say in the evening, and what is done."""
        for product in self.rows.keys() - self.open_alerts:
            code = self.code_of[product]
            self.alerts.append((self.day, code))
            if self.acts:
                line, daily, have = map(float, self.rows[product])
                wanted = round(line + daily * (LEAD + 14) - have)
                if wanted > 0:
                    self.wanted[code] += wanted
        self.open_alerts = set(self.rows)
        if self.day.weekday() == 0:
            for code, units in self.week.items():
                self.wanted[code] += units
            self.week = defaultdict(int)
        self._order()

    def _arrive(self, units):
        units = {code: number for code, number in units.items() if number > 0}
        for code, number in units.items():
            self.stock[code] += number
        self._book(units, self.suppliers, self.place)
        self.sold_out -= set(units)

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
        """Done move lines, and the stock they leave."""
        if not units:
            return
        noon = f"{self.day} 04:00:00"
        ids, numbers = [self.ids[code] for code in units], list(units.values())
        self.env.cr.execute(
            "INSERT INTO stock_move_line (product_id, product_uom_id, quantity, quantity_product_uom, location_id,"
            " location_dest_id, company_id, state, date, picked)"
            " SELECT p, %s, q, q, %s, %s, %s, 'done', %s, TRUE FROM unnest(%s::int[], %s::numeric[]) AS x(p, q)",
            (self.uom, source, target, self.company.id, noon, ids, numbers),
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
        self.changed |= set(ids)

    def _order(self):
        """Order what is wanted: open receipts that are due after the lead time."""
        due = self.day + timedelta(days=LEAD)
        self.coming[due] = dict(self.wanted)
        self.wanted = defaultdict(int)
        if not self.coming[due]:
            return
        self.env.cr.execute(
            "INSERT INTO stock_move (product_id, product_uom, product_uom_qty, product_qty, location_id,"
            " location_dest_id, company_id, state, procure_method, date)"
            " SELECT p, %s, q, q, %s, %s, %s, 'confirmed', 'make_to_stock', %s"
            " FROM unnest(%s::int[], %s::numeric[]) AS x(p, q)",
            (
                self.uom,
                self.suppliers,
                self.place,
                self.company.id,
                f"{due} 01:00:00",
                [self.ids[code] for code in self.coming[due]],
                list(self.coming[due].values()),
            ),
        )
        self.changed |= {self.ids[code] for code in self.coming[due]}

    def _receive(self):
        """What is due today arrives; the open receipts become done ones."""
        due = self.coming.pop(self.day, {})
        if due:
            self.env.cr.execute(
                "DELETE FROM stock_move WHERE state = 'confirmed' AND location_dest_id = %s AND date = %s",
                (self.place, f"{self.day} 01:00:00"),
            )
        self._arrive(due)


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


def play(env, path, since, until, fewest, target):
    """Run inside ``odoo shell``, in a database that is thrown away afterwards; the figures so far are in the file
    ``target`` after every month."""
    sales, prices, lines = read(path, since, until)
    days_sold = Counter(code for found in sales.values() for code in found)
    chosen = {code for code, days in days_sold.items() if days >= fewest}
    sales = {day: {code: units for code, units in found.items() if code in chosen} for day, found in sales.items()}
    first, last = min(sales), max(sales)
    env.cr.execute("SET work_mem = '64MB'; SET jit = off")
    year = Year(env, sales, {code: prices[code] for code in chosen})
    common = {
        "lines": sum(lines.values()),
        "lines_played": sum(lines[code] for code in chosen),
        "products": len(chosen),
        "first": str(first),
    }
    for day in year.live(first, last):
        if day == last or (day + timedelta(days=1)).day == 1:
            known = {**common, "last": str(day), "days": (day - first).days + 1}
            results = {name: {**measure(shop, first, day), **known} for name, shop in year.shops.items()}
            Path(target).write_text(json.dumps(results), encoding="utf-8")


# -- outside --------------------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="Online Retail as csv or csv.gz")
    parser.add_argument("--since", default="2010-12-01", metavar="DATE", help="leave out what was sold before")
    parser.add_argument("--until", default="2011-12-31", metavar="DATE", help="leave out what was sold after")
    parser.add_argument("--fewest", type=int, default=1, metavar="DAYS", help="leave out goods sold on fewer days")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tools"))
    from hankou import postgres, setup
    from hankou.odoo import Instance

    setup.ensure(test=True)
    with postgres.using("test", unsafe=True) as server:
        template = Instance(server, "replay-alerts")
        template.prepare(("merchant_stock_alert",))
        target = ROOT / ".runtime" / "replay-alerts.json"
        arguments = (str(Path(options.file).resolve()), options.since, options.until, options.fewest, str(target))
        source = (
            f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nimport replay_alerts\n"
            f"replay_alerts.play(env, *{arguments!r})"
        )
        copy = template.clone_to("replay-alerts-run")
        try:
            copy.shell(source, what="The year")
        finally:
            copy.drop()
    write(json.loads(target.read_text(encoding="utf-8")))
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
