"""``docs/quantity_breaks.py``: its sheet goes in, and Odoo's price lists explain as many real prices as it says.

The whole file (slow) needs the folder ``../shared/data`` beside the project; the shipped week is always there.
"""

import json
import re
import subprocess
import sys

import pytest

from hankou.paths import ROOT

WEEK = ROOT / "addons/merchant_order_import/data/sample/online_retail_week.csv"
YEAR = ROOT.parent / "shared/data/online_retail_public.csv.gz"
SOURCE = """
import base64, json, pathlib, sys
from collections import defaultdict
sys.path.insert(0, {docs!r})
import quantity_breaks as breaks

sold = list(breaks.lines({file!r}))
codes = sorted({{code for _tier, code, _quantity, _price in sold}})
goods = env["product.product"].with_context(tracking_disable=True).create(
    [{{"name": f"UCI {{code}}", "default_code": f"UCI-{{code}}", "list_price": 1}} for code in codes])
by_code = dict(zip(codes, goods.ids))
lists = {{tier: env["merchant.price.tier"].create({{"name": f"UCI {{tier}}"}}).pricelist_id for tier in breaks.TIERS}}
sheet = env["merchant.price.sheet"].create(
    {{"file": base64.b64encode(pathlib.Path({sheet!r}).read_bytes()), "file_name": "prices.xlsx"}})
sheet.action_check()
sheet.action_import()
env["merchant.price.sheet"]._cron_import()
asked, prices, explained = defaultdict(set), {{}}, dict.fromkeys(breaks.TIERS, 0)
for tier, code, quantity, _price in sold:
    asked[tier, quantity].add(by_code[code])
for (tier, quantity), ids in asked.items():
    for ident, price in lists[tier]._get_products_price(goods.browse(sorted(ids)), quantity).items():
        prices[tier, quantity, ident] = price
for tier, code, quantity, price in sold:
    explained[tier] += abs(prices[tier, quantity, by_code[code]] - price) <= breaks.NEAR * price
print("REPORT" + json.dumps({{"rows": [sheet.state, sheet.row_count, sheet.bad_count], "explained": explained}}))
"""


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(WEEK, id="week"),
        pytest.param(
            YEAR, id="year", marks=[pytest.mark.slow, pytest.mark.skipif(not YEAR.exists(), reason="needs the file")]
        ),
    ],
)
def test_odoo_explains_as_many_prices_as_the_script(new_odoo, tmp_path, file):
    sheet = tmp_path / "prices.xlsx"
    said = _script(file, sheet)
    source = SOURCE.format(docs=str(ROOT / "docs"), file=str(file), sheet=str(_named(sheet)))
    report = json.loads(new_odoo("breaks").shell(source).partition("REPORT")[2].splitlines()[0])
    print(report, said)
    assert report["rows"] == ["done", said["prices"], 0]
    assert report["explained"] == {tier: said[tier] for tier in ("account", "no account")}
    assert sum(report["explained"].values()) > 0.8 * said["lines"]


def _script(file, sheet):
    """What the script says of tiers and breaks replayed on what they were fitted to."""
    command = [sys.executable, str(ROOT / "docs/quantity_breaks.py"), str(file), "--sheet", str(sheet)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(
        r"Tiers and breaks, replayed on what they were fitted to: ([\d,]+) prices\n"
        r"\| account \| [\d,]+ \| ([\d,]+) .*\n\| no account \| [\d,]+ \| ([\d,]+) .*\n\| all \| ([\d,]+) ",
        printed,
    )
    names = ("prices", "account", "no account", "lines")
    return dict(zip(names, (int(text.replace(",", "")) for text in found.groups()), strict=True))


def _named(path):
    """The sheet for tiers and goods of this test's own names: the database may have such goods already."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    for tier, code, *_rest in book.active.iter_rows(min_row=2):
        tier.value, code.value = f"UCI {tier.value}", f"UCI-{code.value}"
    book.save(path)
    return path
