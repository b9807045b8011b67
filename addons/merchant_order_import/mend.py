"""The sheet of rows to mend: the bad rows as they were, with their number and the reason in front."""

import io
import re

import xlsxwriter

LONGEST_CELL = 32767
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write(headers, rows, number_header, reason_header):
    """``bytes`` of an .xlsx in which every cell is text, so that neither ids are cut nor formulas run.

    :param headers: the original headers, in their order
    :param rows: iterable of ``(row number, {header: text}, sentence)``
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True, "in_memory": True})
    bold, text = book.add_format({"bold": True, "bg_color": "#FCE4D6"}), book.add_format({"num_format": "@"})
    page = book.add_worksheet()
    page.freeze_panes(1, 0)
    page.set_column(0, 0, 8)
    page.set_column(1, 1, 60)
    page.set_column(2, 2 + len(headers), 16, text)
    used = [header for header in headers if header]
    for column, header in enumerate([number_header, reason_header, *used]):
        page.write_string(0, column, header, bold)
    for line, (number, cells, sentence) in enumerate(rows, 1):
        for column, value in enumerate([str(number), sentence, *(cells.get(header, "") for header in used)]):
            if value:
                page.write_string(line, column, _NOT_XML.sub("", value)[:LONGEST_CELL], text)
    book.close()
    return buffer.getvalue()
