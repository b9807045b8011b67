"""A price sheet of 50,000 rows on a real database: tried, imported, compared with today, undone; with figures."""

import json

import pytest

ROWS, GOODS = 50_000, 5_000
SOURCE = """
import base64, io, json, resource, time
import xlsxwriter

GOODS, ROWS = {goods}, {rows}
quiet = {{"tracking_disable": True, "mail_create_nolog": True}}
env["product.product"].with_context(**quiet).create(
    [{{"name": f"Goods {{n}}", "default_code": f"BIG-{{n:05}}", "list_price": 10 + n % 90}} for n in range(GOODS)])
pricelist = env["merchant.price.tier"].create({{"name": "Big"}}).pricelist_id
Rule = env["product.pricelist.item"]
report = {{"steps": {{}}}}


def upload(more, mistakes):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {{"constant_memory": True}}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["价格表", "货号", "起订量", "单位", "价格"])
        for n in range(ROWS):
            row = ["Big", f"BIG-{{n % GOODS:05}}", n // GOODS * 10, None, 20 + more + n % 90]
            if mistakes and n % 1000 == 7:
                row[4] = "面议"
            if mistakes and n % 1000 == 8:
                row[1] = "NO-SUCH"
            page.write_row(n + 1, 0, row)
    return env["merchant.price.sheet"].create(
        {{"file": base64.b64encode(data.getvalue()), "file_name": f"{{more}}.xlsx"}})


def timed(name, work):
    began, queries = time.perf_counter(), env.cr.sql_log_count
    work()
    env.flush_all()
    report["steps"][name] = {{
        "seconds": round(time.perf_counter() - began, 1),
        "queries": env.cr.sql_log_count - queries,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }}


def counts(sheet):
    return [sheet.row_count, sheet.new_count, sheet.changed_count, sheet.same_count, sheet.bad_count]


def rules():
    return Rule.search_count([("pricelist_id", "=", pricelist.id)])


first = upload(0, True)
timed("check", first.action_check)
report["dry"] = [counts(first), rules()]
report["problems"] = [[each.row, each.reason, each.found] for each in first.problem_ids]
first.action_import()
report["queued"] = first.state
timed("import", lambda: env["merchant.price.sheet"]._cron_import())
report["imported"] = [first.state, rules()]
second = upload(1, False)
timed("check again", second.action_check)
report["difference"] = [counts(second), second.difference["summary"], len(second.difference["table"]["rows"])]
second.action_import()
timed("import again", lambda: env["merchant.price.sheet"]._cron_import())
report["raised"] = Rule.search([("pricelist_id", "=", pricelist.id)], order="id", limit=1).fixed_price
timed("undo again", second.action_undo)
report["undone"] = Rule.search([("pricelist_id", "=", pricelist.id)], order="id", limit=1).fixed_price
timed("undo", first.action_undo)
report["left"] = rules()
print("REPORT" + json.dumps(report, ensure_ascii=False))
"""


@pytest.mark.slow
def test_a_sheet_of_50_000_rows_goes_in_and_comes_out(new_odoo):
    printed = new_odoo("bigsheet").shell(SOURCE.format(goods=GOODS, rows=ROWS))
    report = json.loads(printed.partition("REPORT")[2].splitlines()[0])
    for name, figures in report["steps"].items():
        print(name, figures)
    mistakes = ROWS // 1000 * 2
    assert report["dry"] == [[ROWS, ROWS - mistakes, 0, 0, mistakes], 0], "a check changes nothing"
    rows = [row for row, _reason, _found in report["problems"]]
    assert rows == sorted(thousand * 1000 + row for thousand in range(ROWS // 1000) for row in (9, 10))
    assert all(reason for _row, reason, _found in report["problems"])
    assert {found for _row, _reason, found in report["problems"]} == {"面议", "NO-SUCH"}
    assert report["queued"] == "queued", "nobody waits for it"
    assert report["imported"] == ["done", ROWS - mistakes]
    counts, summary, shown = report["difference"]
    assert counts == [ROWS, mistakes, ROWS - mistakes, 0, 0]
    assert str(ROWS - mistakes) in summary
    assert 0 < shown <= 100
    assert (report["raised"], report["undone"]) == (21, 20)
    assert report["left"] == 0
