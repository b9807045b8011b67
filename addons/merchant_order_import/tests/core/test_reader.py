import io
import tracemalloc
import unittest
import zipfile

from odoo.addons.merchant_order_import.core import csvfile, reader, template
from odoo.addons.merchant_order_import.core.problem import SheetError

RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def text(value):
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def row(*cells):
    return f"<row>{''.join(cells)}</row>"


def workbook(rows, *, after="", parts=(), strings="", styles="", book=""):
    """Bytes of a workbook with one sheet: ``rows`` and what comes ``after`` them are XML."""
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'
    files = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}">{book}<sheets>'
        '<sheet name="a" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet,
        **({"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>'} if strings else {}),
        **({"xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>'} if styles else {}),
        **dict(parts),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


def read(data, name="orders.xlsx", order_columns=()):
    sheet = reader.Sheet(data, name)
    sheet.find_header(lambda texts: 1)
    return sheet, list(sheet.rows(order_columns))


def refusal(data, name="orders.xlsx"):
    try:
        read(data, name)
    except SheetError as problem:
        return problem.code
    return None


class WorkbookTest(unittest.TestCase):
    def test_text_numbers_and_dates_come_as_a_person_sees_them(self):
        styles = (
            '<numFmts><numFmt numFmtId="164" formatCode="[$-804]yyyy&quot;年&quot;m&quot;月&quot;"/></numFmts>'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="164"/></cellXfs>'
        )
        data = workbook(
            row(*map(text, "abcdef")) + '<row><c t="s"><v>0</v></c><c><v>2.5499999999999998</v></c><c><v>6</v></c>'
            '<c s="1"><v>45992.000035</v></c>'
            '<c s="2"><v>45992</v></c><c t="b"><v>1</v></c></row>',
            strings="<si><r><t>岳</t></r><r><t>阳🌧️</t></r><rPh><t>ignored</t></rPh></si>",
            styles=styles,
        )
        _sheet, [found] = read(data)
        expected = {
            "a": "岳阳🌧️",
            "b": "2.55",
            "c": "6",
            "d": "2025-12-01 00:00:03",
            "e": "2025-12-01 00:00:00",
            "f": "TRUE",
        }
        self.assertEqual(found.cells, expected)

    def test_a_formula_counts_with_its_stored_value_and_is_reported_without_one(self):
        cells = '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2"><f>A2*2</f></c><c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        _sheet, [found] = read(workbook(row(text("a"), text("b"), text("c")) + f'<row r="2">{cells}</row>'))
        self.assertEqual(found.cells["a"], "2")
        self.assertEqual(found.wrong["b"], ("formula_without_value", {}))
        self.assertEqual(found.wrong["c"], ("cell_error", {"value": "#DIV/0!"}))

    def test_merged_order_columns_fill_down_and_others_do_not(self):
        rows = (
            row(text("no"), text("qty"))
            + f'<row r="2">{text("A-1")}<c r="B2"><v>1</v></c></row><row r="3"><c r="A3"/><c r="B3"/></row>'
            + '<row r="4"><c r="B4"><v>3</v></c></row><row r="5"><c r="B5"><v>4</v></c></row>'
        )
        after = '<mergeCells count="2"><mergeCell ref="A2:A4"/><mergeCell ref="B2:B3"/></mergeCells>'
        _sheet, found = read(workbook(rows, after=after), order_columns=["no"])
        self.assertEqual(
            [(each.number, each.cells) for each in found],
            [
                (2, {"no": "A-1", "qty": "1"}),
                (4, {"no": "A-1", "qty": "3"}),
                (5, {"qty": "4"}),
            ],
        )

    def test_a_million_empty_rows_cost_next_to_nothing(self):
        empty = "".join(
            f'<row r="{number}" spans="1:8"><c r="A{number}" s="1"/></row>' for number in range(3, 1_048_577)
        )
        data = workbook(row(text("a")) + row(text("x")) + empty)
        tracemalloc.start()
        _sheet, found = read(data)
        _size, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertEqual([each.cells for each in found], [{"a": "x"}])
        self.assertLess(peak, 20 * 2**20)

    def test_a_value_behind_a_thousand_empty_rows_is_not_lost(self):
        empty = "".join(f'<row r="{number}"/>' for number in range(2, 60_000))
        _sheet, [found] = read(workbook(row(text("a")) + empty + f'<row r="60000">{text("x")}</row>'))
        self.assertEqual(found.number, 60_000)

    def test_a_row_with_many_empty_cells_after_its_last_value_is_not_lost(self):
        tail = '<c r="XFD9" s="1" />' * 40_000
        _sheet, [found] = read(workbook(row(text("a")) + f'<row r="2">{text("x")}{tail}</row>'))
        self.assertEqual(found.cells, {"a": "x"})

    def test_macros_are_data_that_is_not_opened(self):
        sheet, found = read(
            workbook(row(text("a")) + row(text("x")), parts=[("xl/vbaProject.bin", b"\xcc\x61")]), "orders.xlsm"
        )
        self.assertEqual((sheet.notes, found[0].cells), (["macros_ignored"], {"a": "x"}))

    def test_a_second_page_with_content_is_not_left_out_in_silence(self):
        def notes(second, state="visible"):
            page = f'<worksheet xmlns="{MAIN}"><sheetData>{second}</sheetData></worksheet>'
            sheets = f'<sheet name="a" r:id="r1"/><sheet name="b" state="{state}" r:id="r2"/>'
            targets = "".join(f'<Relationship Id="r{n}" Target="worksheets/sheet{n}.xml"/>' for n in (1, 2))
            parts = {
                "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets>{sheets}</sheets></workbook>',
                "xl/_rels/workbook.xml.rels": f"<Relationships>{targets}</Relationships>",
                "xl/worksheets/sheet2.xml": page,
            }
            sheet, found = read(workbook(row(text("a")) + row(text("x")), parts=parts.items()))
            self.assertEqual(found[0].cells, {"a": "x"}, "the first page is read")
            return sheet.notes

        self.assertEqual(notes(row(text("y"))), ["other_pages_ignored"])
        self.assertEqual(notes("<row/>"), [])
        self.assertEqual(notes(row(text("y")), "hidden"), [])

    def test_digits_that_were_cut_are_reported(self):
        _sheet, [found] = read(workbook(row(text("a")) + "<row><c><v>2.021111234567891E+17</v></c></row>"))
        self.assertEqual(found.wrong["a"][0], "long_number")

    def test_a_nul_in_a_cell_is_shown_and_reported(self):
        _sheet, [found] = read(workbook(row(text("a")) + row(text("x_x0000_y"))))
        self.assertEqual((found.cells, found.wrong), ({"a": "x␀y"}, {"a": ("nul_character", {})}))

    def test_what_is_no_workbook_is_refused_with_its_reason(self):
        self.assertEqual(refusal(b"\xd0\xcf\x11\xe0" + bytes(600), "orders.xls"), "sheet_old_excel")
        self.assertEqual(refusal(b"PK\x03\x04" + bytes(60)), "sheet_damaged")
        self.assertEqual(refusal(b"%PDF-1.7"), "sheet_damaged")
        self.assertEqual(refusal(b"%PDF-1.7", "orders.csv"), "sheet_other_kind")
        self.assertEqual(refusal(b""), "sheet_empty")
        self.assertEqual(refusal(bytes(reader.LARGEST_FILE + 1)), "sheet_large")
        self.assertEqual(refusal(workbook("")), "sheet_empty")
        self.assertEqual(refusal(workbook("<row><c><v>1</v>")), "sheet_damaged")

    def test_a_bomb_is_refused_before_it_is_unpacked(self):
        self.assertEqual(refusal(workbook(row(text("a")), parts=[("xl/media/a.bin", bytes(60 * 2**20))])), "sheet_bomb")

    def test_entities_are_not_expanded(self):
        buffer = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(workbook(""))) as old, zipfile.ZipFile(buffer, "w") as new:
            for name in old.namelist():
                body = old.read(name).decode()
                if name.endswith("sheet1.xml"):
                    body = (
                        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaa">]>'
                        + f"<sheetData>{row(text('&a;'))}</sheetData>"
                    )
                new.writestr(name, body)
        self.assertEqual(refusal(buffer.getvalue()), "sheet_damaged")


class CsvTest(unittest.TestCase):
    SHEET = "订单号,商品名称,数量\r\nA-1,岳阳楼🍵,2\r\n"

    def test_utf8_with_and_without_mark_utf16_and_gb18030_are_read(self):
        for encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16"):
            with self.subTest(encoding):
                _sheet, [found] = read(self.SHEET.encode(encoding), "a.csv")
                self.assertEqual(found.cells, {"订单号": "A-1", "商品名称": "岳阳楼🍵", "数量": "2"})

    def test_gbk_is_read(self):
        sheet, [found] = read(self.SHEET.replace("🍵", "").encode("gbk"), "a.csv")
        self.assertEqual((sheet.encoding, found.cells["商品名称"]), ("gb18030", "岳阳楼"))

    def test_one_broken_letter_spoils_its_row_alone(self):
        data = (self.SHEET * 3).encode().replace("楼".encode(), b"\xe6\xa5", 1)
        sheet, found = read(data, "a.csv")
        self.assertEqual(sheet.encoding, "utf-8")
        self.assertEqual([each.wrong for each in found][0], {"商品名称": ("lost_character", {})})
        self.assertEqual([each.wrong for each in found][1:], [{}] * (len(found) - 1))

    def test_commas_semicolons_and_tabs_are_told_apart(self):
        for sign in ",;\t":
            self.assertEqual(csvfile.delimiter(sign.join(["a", "b,c" if sign == ";" else "b", "d"]) + "\n"), sign)

    def test_a_nul_is_reported_and_the_rest_goes_on(self):
        _sheet, found = read(b"a,b\nx\x00y,1\nz,2\n", "a.csv")
        self.assertEqual(found[0].wrong, {"a": ("nul_character", {})})
        self.assertEqual((found[1].cells, found[1].wrong), ({"a": "z", "b": "2"}, {}))

    def test_ids_kept_as_text_by_exports_lose_their_wrapping(self):
        _sheet, [found] = read(b'a,b,c\n"=""3316042220123456789""",\'0012,"\t7"\n', "a.csv")
        self.assertEqual(found.cells, {"a": "3316042220123456789", "b": "0012", "c": "7"})

    def test_more_cells_than_headers_are_reported(self):
        _sheet, [found] = read(b"a,b\nx,y,z\n", "a.csv")
        self.assertEqual(found.wrong, {"": ("too_many_cells", {"value": "z"})})

    def test_row_numbers_are_those_of_a_spreadsheet_program(self):
        _sheet, found = read(b'a,b\n"two\nlines",1\n\n,,\nx,2\n', "a.csv")
        self.assertEqual([each.number for each in found], [2, 5])

    def test_quotation_marks_that_never_end_are_refused(self):
        self.assertEqual(refusal(b'a,b\n"x' + b"y" * (csvfile.LARGEST_CELL + 10), "a.csv"), "sheet_quotes")

    def test_the_header_may_stand_below_a_title(self):
        sheet = reader.Sheet("我的订单,,\n\n订单号,商品编码,数量\nA-1,X,1\n".encode(), "a.csv")
        headers = sheet.find_header(template.OURS.score)
        self.assertEqual((headers, [each.number for each in sheet.rows()]), (["订单号", "商品编码", "数量"], [4]))

    def test_unknown_columns_are_named(self):
        with self.assertRaises(SheetError) as raised:
            reader.Sheet(b"x,y\n1,2\n", "a.csv").find_header(template.OURS.score)
        self.assertEqual(
            (raised.exception.code, raised.exception.params), ("sheet_unknown_columns", {"headers": "x, y"})
        )

    def test_a_sheet_of_too_many_rows_is_refused(self):
        self.assertEqual(refusal(b"a\n" + b"x\n" * (reader.MOST_ROWS + 1), "a.csv"), "sheet_long")

    def test_number_and_reason_of_a_mended_sheet_are_ignored(self):
        _sheet, [found] = read("行号,原因,a\n17,坏了,x\n".encode(), "a.csv")
        self.assertEqual(found.cells, {"a": "x"})


class GuessTest(unittest.TestCase):
    """A new template knows what people and other systems call their columns."""

    def test_usual_headers_are_understood(self):
        for header, field in (
            ("单号", "order_id"),
            ("客户姓名", "name"),
            (" 收件地址 ", "full_address"),
            ("货号", "sku"),
            ("件数", "quantity"),
            ("成交价", "price"),
            ("运费", "postage"),
            ("QTY", "quantity"),
            ("平台", ""),
        ):
            self.assertEqual(template.guess(header), field, header)

    def test_each_guess_is_a_field(self):
        self.assertLessEqual(set(template._GUESSES.values()), set(template.FIELDS))
