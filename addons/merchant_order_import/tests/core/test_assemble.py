import csv
import dataclasses
import gzip
import json
import random
import sys
import time
import unittest
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from odoo.addons.merchant_channel.core.mapping import to_order
from odoo.addons.merchant_channel.core.version import canonical
from odoo.addons.merchant_order_import.core import address, assemble, cancel, reader, template

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
HEADERS = [
    "订单号",
    "付款时间",
    "买家",
    "收货人",
    "手机",
    "省",
    "市",
    "区",
    "地址",
    "商品编码",
    "商品名称",
    "数量",
    "单价",
    "实付金额",
    "邮费",
    "订单实付",
    "备注",
    "是否赠品",
]
GOOD = {
    "订单号": "A-1",
    "付款时间": "2026-11-11 00:00:03",
    "买家": "u7",
    "收货人": "张雨",
    "手机": "13800000001",
    "省": "湖北省",
    "市": "武汉市",
    "区": "江汉区",
    "地址": "建设大道 568 号",
    "商品编码": "TEA-001",
    "商品名称": "恩施玉露",
    "数量": "2",
    "单价": "98",
    "邮费": "8",
}


def numbered(rows):
    """Rows given as dicts, from 2 on."""
    return [reader.Row(number, cells) for number, cells in enumerate(rows, 2)]


def run(rows, headers=HEADERS, using=template.OURS, facts=None):
    return assemble.assemble(numbered(rows), headers, using, facts)


def read(data, name):
    sheet = reader.Sheet(data, name)
    headers = sheet.find_header(lambda texts: max(each.score(texts) for each in template.BUILT_IN))
    using = template.recognise(headers, template.BUILT_IN)
    bound = using.bind(headers)
    return assemble.assemble(
        sheet.rows([bound[name] for name in bound if name in template.ORDER_FIELDS]), headers, using
    )


def codes(result):
    return [(problem.row, problem.code) for problem in result.problems]


class OrderTest(unittest.TestCase):
    def test_rows_of_one_number_become_one_order_in_the_suite_s_format(self):
        second = {"订单号": "A-1", "商品编码": "CUP", "数量": "１", "实付金额": "¥50.00"}
        [order] = run([GOOD, second]).orders
        understood = to_order(order.raw)
        self.assertEqual((understood.order_id, understood.status, understood.ship_now), ("A-1", "paid", True))
        self.assertEqual((understood.total, understood.postage), (Decimal("254.00"), Decimal("8.00")))
        self.assertEqual(
            [(line.line_id, line.sku, line.quantity, line.paid_amount) for line in understood.lines],
            [
                ("1", "TEA-001", 2, Decimal("196.00")),
                ("2", "CUP", 1, Decimal("50.00")),
            ],
        )
        self.assertEqual(understood.paid_at.isoformat(), "2026-11-11T00:00:03+08:00")
        self.assertEqual((understood.receiver.name, understood.receiver.district), ("张雨", "江汉区"))

    def test_the_payload_depends_on_the_content_alone(self):
        rows = [GOOD, {**GOOD, "商品编码": "CUP", "邮费": "0"}]
        [first] = run(rows).orders
        shuffled = [dict(random.Random(1).sample(sorted(each.items()), len(each))) for each in rows]
        respelt = [{**each, "数量": "2.0", "单价": "98.00"} for each in shuffled]
        moved = [{"订单号": "B", "商品编码": "X", "数量": "1", "单价": "1", "付款时间": "2026-11-11"}, *respelt]
        second = run(moved, HEADERS[::-1]).orders[1]
        self.assertEqual(canonical(first.raw), canonical(second.raw))

    def test_exact_duplicates_are_two_lines(self):
        [order] = run([GOOD, GOOD]).orders
        self.assertEqual([line["line_id"] for line in order.raw["lines"]], ["1", "2"])

    def test_three_hundred_lines_and_an_emoji_are_no_trouble(self):
        [order] = run([{**GOOD, "收货人": "小雨🌧️", "商品编码": f"SKU-{number}"} for number in range(300)]).orders
        self.assertEqual((len(order.raw["lines"]), order.raw["receiver"]["name"]), (300, "小雨🌧️"))

    def test_an_empty_payment_time_means_unpaid_where_there_is_such_a_column(self):
        unpaid = {name: value for name, value in GOOD.items() if name != "付款时间"}
        self.assertEqual(run([unpaid]).orders[0].raw["status"], "unpaid")
        self.assertEqual(
            run([unpaid], [name for name in HEADERS if name != "付款时间"]).orders[0].raw["status"], "paid"
        )

    def test_gifts_are_marked(self):
        self.assertTrue(run([{**GOOD, "单价": "0", "是否赠品": "是"}]).orders[0].raw["lines"][0]["is_gift"])

    def test_the_order_number_may_stand_on_the_first_line_alone(self):
        following = {name: GOOD[name] for name in ("商品编码", "数量", "单价")}
        [order] = run([GOOD, following], using=dataclasses.replace(template.OURS, fill_down=True)).orders
        self.assertEqual(len(order.raw["lines"]), 2)

    def test_a_line_without_a_code_is_found_by_its_title(self):
        [order] = run([{**GOOD, "商品编码": ""}]).orders
        self.assertEqual(order.raw["lines"][0]["platform_sku"], "恩施玉露")


class BadRowTest(unittest.TestCase):
    def test_each_bad_row_has_its_reason(self):
        cases = {
            "not_a_number": {"数量": "两个"},
            "quantity_not_positive": {"数量": "0"},
            "amount_negative": {"单价": "-1"},
            "write_off": {"数量": "-3", "单价": "0"},
            "not_a_moment": {"付款时间": "昨天"},
            "not_yes_or_no": {"是否赠品": "也许"},
            "part_of_a_cent": {"单价": "0.001"},
            "missing_amount": {"单价": ""},
            "missing_value": {"商品编码": "", "商品名称": ""},
            "long_number": {"订单号": "2.02111E+17"},
            "too_long": {"订单号": "9" * 101},
        }
        for code, change in cases.items():
            with self.subTest(code):
                cells = {name: value for name, value in {**GOOD, **change}.items() if value}
                result = run([cells])
                self.assertEqual(([each.code for each in result.problems], result.orders), ([code], []))
                self.assertTrue(result.adds_up)

    def test_a_quantity_below_zero_is_refused(self):
        self.assertEqual(codes(run([{**GOOD, "数量": "-2"}])), [(2, "quantity_not_positive")])

    def test_an_order_with_a_bad_row_is_held_back_whole_and_the_others_go_on(self):
        result = run([GOOD, {**GOOD, "订单号": "A-2"}, {**GOOD, "数量": "x"}])
        self.assertEqual(codes(result), [(2, "order_held_back"), (4, "not_a_number")])
        self.assertEqual(result.problems[0].params, {"rows": "4"})
        self.assertEqual([order.order_id for order in result.orders], ["A-2"])

    def test_rows_of_one_order_must_agree(self):
        result = run([GOOD, {**GOOD, "省": "湖南省"}])
        self.assertEqual(codes(result), [(2, "order_held_back"), (3, "rows_disagree")])
        self.assertEqual(result.problems[1].params, {"column": "省", "value": "湖南省", "other": "湖北省"})

    def test_a_row_without_an_order_number_is_listed(self):
        self.assertEqual(codes(run([{**GOOD, "订单号": ""} | {}, GOOD])), [(2, "missing_value")])

    def test_the_mended_order_has_the_payload_of_one_that_was_never_bad(self):
        [mended] = run([{**GOOD, "订单号": "A-9", "商品编码": "Z"}, GOOD]).orders[1:]
        self.assertEqual(canonical(mended.raw), canonical(run([GOOD]).orders[0].raw))

    def test_what_cannot_be_read_in_a_column_that_is_not_used_does_not_matter(self):
        rows = [
            reader.Row(2, GOOD, {"公式列": ("cell_error", {"value": "#N/A"}), "手机": ("long_number", {"value": "1"})})
        ]
        self.assertEqual(assemble.assemble(rows, [*HEADERS, "公式列"], template.OURS).problems, [])


class TemplateTest(unittest.TestCase):
    def test_each_built_in_template_is_recognised_by_its_headers(self):
        for using in template.BUILT_IN:
            with self.subTest(using.key):
                headers = list(dict.fromkeys(text for _name, text in using.columns))
                self.assertIs(template.recognise(headers, template.BUILT_IN), using)
        self.assertIsNone(template.recognise(["x"], template.BUILT_IN))

    def test_a_taobao_order_report_has_one_row_for_each_order(self):
        headers = [
            "订单编号",
            "买家会员名",
            "买家应付邮费",
            "买家实际支付金额",
            "订单状态",
            "收货人姓名",
            "收货地址",
            "联系手机",
            "宝贝标题",
            "宝贝总数量",
            "订单创建时间",
        ]
        cells = [
            "3316042220",
            "tb01",
            "6.00",
            "106.00",
            "买家已付款，等待卖家发货",
            "李四",
            "浙江省 杭州市 西湖区 文三路 1 号",
            "13900000001",
            "龙井",
            "2",
            "2026-11-11 10:00:00",
        ]
        using = template.recognise(headers, template.BUILT_IN)
        [order] = run([dict(zip(headers, cells, strict=True))], headers, using).orders
        understood = to_order(order.raw)
        self.assertEqual(
            (using.key, understood.status, understood.total, understood.revenue), ("taobao_orders", "paid", 106, 106)
        )
        self.assertEqual((understood.receiver.province, understood.receiver.address), ("浙江省", "文三路 1 号"))

    def test_a_taobao_item_report_has_one_row_for_each_line(self):
        headers = [
            "主订单编号",
            "子订单编号",
            "标题",
            "价格",
            "购买数量",
            "外部系统编号",
            "商品属性",
            "订单状态",
            "退款状态",
            "买家实际支付金额",
        ]
        rows = [
            [
                "90",
                "91",
                "龙井",
                "58.00",
                "2",
                "LJ-1",
                "净含量：100g",
                "买家已付款,等待卖家发货",
                "没有申请退款",
                "110.00",
            ],
            ["90", "92", "盖碗", "30.00", "1", "GW-1", "", "买家已付款,等待卖家发货", "退款成功", "30.00"],
        ]
        using = template.recognise(headers, template.BUILT_IN)
        [order] = run([dict(zip(headers, cells, strict=True)) for cells in rows], headers, using).orders
        understood = to_order(order.raw)
        self.assertEqual([(line.line_id, line.dropped) for line in understood.lines], [("91", False), ("92", True)])
        self.assertEqual(understood.lines[0].title, "龙井 净含量：100g")

    def test_a_report_of_lines_takes_addresses_and_totals_from_the_report_of_orders(self):
        lines = ["主订单编号", "子订单编号", "标题", "价格", "购买数量", "外部系统编号", "订单状态"]
        orders = [
            "订单编号",
            "买家会员名",
            "买家应付邮费",
            "买家实际支付金额",
            "收货人姓名",
            "收货地址",
            "宝贝标题",
            "联系手机",
        ]
        paid = "买家已付款，等待卖家发货"
        line_rows = [
            dict(zip(lines, ["90", "91", "龙井", "58.00", "1", "LJ-1", paid], strict=True)),
            dict(zip(lines, ["90", "92", "盖碗", "30.00", "1", "GW-1", paid], strict=True)),
            dict(zip(lines, ["93", "94", "盖碗", "30.00", "1", "GW-1", paid], strict=True)),
            dict(zip(lines, ["95", "96", "盖碗", "30.00", "1", "GW-1", paid], strict=True)),
        ]
        address = "浙江省 杭州市 西湖区 文三路 1 号"
        order_rows = [
            dict(zip(orders, ["90", "tb01", "6.00", "94.00", "李四", address, "龙井,盖碗", "139"], strict=True)),
            dict(zip(orders, ["95", "tb02", "six", "36.00", "王五", address, "盖碗", "139"], strict=True)),
        ]
        report = template.recognise(orders, template.BUILT_IN)
        facts = assemble.order_facts(numbered(order_rows), orders, report)
        result = run(line_rows, lines, template.recognise(lines, template.BUILT_IN), facts)
        [order] = [to_order(order.raw) for order in result.orders]
        self.assertEqual((order.order_id, len(order.lines), order.total, order.postage), ("90", 2, 94, 6))
        self.assertEqual((order.receiver.name, order.receiver.city, order.buyer_id), ("李四", "杭州市", "tb01"))
        problems = [(each.order_id, each.code, each.params) for each in result.problems]
        self.assertEqual(
            problems,
            [
                ("93", "not_in_order_sheet", {}),
                ("95", "order_sheet_row", {"row": 3, "column": "买家应付邮费"}),
            ],
        )
        self.assertTrue(result.adds_up)

    def test_addresses_of_one_cell_are_taken_apart(self):
        cases = {
            "浙江省 杭州市 西湖区 文三路 100 号 (310012)": ("浙江省", "杭州市", "西湖区", "文三路 100 号"),
            "上海 上海市 浦东新区 世纪大道1号": ("上海", "上海市", "浦东新区", "世纪大道1号"),
            "湖北省武汉市江汉区建设大道568号": ("湖北省", "武汉市", "江汉区", "建设大道568号"),
            "上海市浦东新区世纪大道1号": ("上海市", "上海市", "浦东新区", "世纪大道1号"),
            "somewhere": (None, None, None, "somewhere"),
        }
        for text, expected in cases.items():
            with self.subTest(text):
                found = address.split(text)
                self.assertEqual(
                    tuple(found.get(name) for name in ("province", "city", "district", "address")), expected
                )

    def test_our_example_sheet_holds_three_orders(self):
        result = read((SAMPLE / "orders_template.xlsx").read_bytes(), "orders_template.xlsx")
        self.assertEqual([order.raw["status"] for order in result.orders], ["paid", "paid", "unpaid"])
        self.assertEqual(result.problems, [])
        for order in result.orders:
            understood = to_order(order.raw)
            self.assertEqual(understood.revenue, understood.total)


class CancelTest(unittest.TestCase):
    ORDER = {
        "order_id": "5",
        "status": "paid",
        "created_at": "2011-02-14",
        "lines": [
            {"line_id": "1", "sku": "A", "quantity": "2", "price": "3"},
            {"line_id": "2", "sku": "B", "quantity": "1", "price": "4"},
            {"line_id": "3", "sku": "A", "quantity": "2", "price": "3"},
        ],
    }

    def cancellation(self, *lines):
        return {
            "created_at": "2011-02-15",
            "lines": [{"sku": sku, "quantity": quantity, "price": price} for sku, quantity, price in lines],
        }

    def test_whole_lines_are_found_once_each(self):
        self.assertEqual(cancel.match(self.cancellation(("A", "-2", "3.00")), [(self.ORDER, set())]), ("5", ["1"]))
        self.assertEqual(
            cancel.match(self.cancellation(("A", "-2", "3"), ("A", "-2", "3")), [(self.ORDER, set())]),
            ("5", ["1", "3"]),
        )

    def test_parts_other_prices_shipped_lines_and_later_orders_are_not_touched(self):
        self.assertIsNone(cancel.match(self.cancellation(("A", "-1", "3")), [(self.ORDER, set())]))
        self.assertIsNone(cancel.match(self.cancellation(("A", "-2", "2.9")), [(self.ORDER, set())]))
        self.assertIsNone(cancel.match(self.cancellation(("B", "-1", "4")), [(self.ORDER, {"2"})]))
        later = {**self.ORDER, "created_at": "2011-02-16"}
        self.assertIsNone(cancel.match(self.cancellation(("B", "-1", "4")), [(later, set())]))

    def test_an_order_without_its_last_line_is_closed(self):
        some = cancel.without(self.ORDER, ["1"])
        self.assertEqual(
            (some["status"], [bool(line.get("cancelled")) for line in some["lines"]]), ("paid", [True, False, False])
        )
        self.assertIsNone(cancel.match(self.cancellation(("A", "-2", "3"), ("A", "-2", "3")), [(some, set())]))
        self.assertEqual(cancel.without(some, ["2", "3"])["status"], "closed")

    def test_a_cancellation_does_not_pass_for_an_order(self):
        self.assertEqual(to_order({"order_id": "C5", "status": assemble.CANCELLATION, "lines": []}).status, "unknown")


class SampleTest(unittest.TestCase):
    """The shipped week against figures computed with nothing but the csv module."""

    @classmethod
    def setUpClass(cls):
        data = (SAMPLE / "online_retail_week.csv").read_bytes()
        cls.result = read(data, "online_retail_week.csv")
        cls.rows = list(csv.DictReader(data.decode().splitlines()))
        cls.size = len(data)

    def sums(self, rows):
        amount = sum((int(each["Quantity"]) * Decimal(each["UnitPrice"]) for each in rows), Decimal(0))
        return len(rows), sum(int(each["Quantity"]) for each in rows), amount

    def figures(self, part):
        return dataclasses.astuple(self.result.figures[part])

    def test_every_row_is_in_exactly_one_part(self):
        write_offs = [each for each in self.rows if int(each["Quantity"]) < 0 and Decimal(each["UnitPrice"]) == 0]
        cancelled = [each for each in self.rows if each["InvoiceNo"].startswith("C")]
        ordered = [each for each in self.rows if each not in write_offs and each not in cancelled]
        self.assertEqual(self.figures("file"), self.sums(self.rows))
        self.assertEqual(self.figures("orders"), self.sums(ordered))
        self.assertEqual(self.figures("cancellations"), self.sums(cancelled))
        self.assertEqual(self.figures("problems"), self.sums(write_offs))
        self.assertTrue(self.result.adds_up)

    def test_each_invoice_is_one_order_with_its_own_amount(self):
        expected = defaultdict(Decimal)
        for each in self.rows:
            if each["InvoiceNo"].startswith("C") or int(each["Quantity"]) > 0:
                expected[each["InvoiceNo"]] += int(each["Quantity"]) * Decimal(each["UnitPrice"])
        self.assertEqual({order.order_id: order.amount for order in self.result.orders}, expected)

    def test_the_week_holds_what_is_hard(self):
        codes_ = {each["StockCode"] for each in self.rows}
        self.assertLessEqual({"POST", "DOT", "M", "D", "C2", "BANK CHARGES", "gift_0001_20"}, codes_)
        self.assertEqual({problem.code for problem in self.result.problems}, {"write_off"})
        self.assertTrue(
            any(line["paid_amount"] == "0.00" for order in self.result.orders for line in order.raw["lines"])
        )
        self.assertLess(self.size, 2**20)

    def test_codes_that_are_no_goods_are_services(self):
        services = {sku for order in self.result.orders for sku in order.services}
        self.assertEqual(services, {"POST", "DOT", "M", "D", "C2", "BANK CHARGES", "GIFT_0001_20", "GIFT_0001_30"})

    def test_payloads_can_be_stored_as_they_are(self):
        for order in self.result.orders:
            self.assertEqual(json.loads(json.dumps(order.raw)), order.raw)
            if not order.cancels:
                self.assertEqual(to_order(order.raw).revenue, order.amount)

    def test_moments_are_london_s(self):
        self.assertEqual(self.result.orders[0].raw["created_at"][-6:], "+00:00")


@unittest.skipUnless("--slow" in sys.argv, "slow: run with --slow")
class WholeSetTest(unittest.TestCase):
    """All of the public file, where it is at hand."""

    def test_nothing_vanishes_in_a_third_of_a_million_rows(self):
        found = [parent / "shared" / "data" / "online_retail_public.csv.gz" for parent in Path(__file__).parents]
        path = next((each for each in found if each.exists()), None)
        if not path:
            self.skipTest("the whole data set is not here")
        data = gzip.decompress(path.read_bytes())
        head, *lines = data.splitlines(keepends=True)
        start, rows, units, amount, parts = time.monotonic(), 0, 0, Decimal(0), assemble.Figures()
        for first in range(0, len(lines), reader.MOST_ROWS):
            piece = lines[first : first + reader.MOST_ROWS]
            result = read(head + b"".join(piece), "a.csv")
            self.assertTrue(result.adds_up)
            parts += result.figures["orders"] + result.figures["cancellations"] + result.figures["problems"]
        seconds = time.monotonic() - start
        for each in csv.DictReader(data.decode().splitlines()):
            rows, units = rows + 1, units + int(each["Quantity"])
            amount += int(each["Quantity"]) * Decimal(each["UnitPrice"])
        self.assertEqual((parts.rows, parts.units, parts.amount), (rows, units, amount))
        print(f"\n{rows} rows read in {seconds:.1f} s")
