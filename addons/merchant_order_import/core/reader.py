"""From an uploaded file to rows of ``{header: text}``, streaming: a whole sheet is never held."""

from dataclasses import dataclass, field

from . import csvfile
from .problem import SheetError
from .xlsx import Workbook

LARGEST_FILE = 30 * 2**20
MOST_ROWS = 200_000
HEADER_WITHIN = 20  # rows in which the header must appear; exports put a title above it
# Added by the sheet of rows to mend; ignored when it comes back.
NUMBER_COLUMN = ("行号", "Row")
REASON_COLUMN = ("原因", "Reason")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_OTHERS = (b"%PDF", b"<!DOCTYPE", b"<html", b"<HTML", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf")


@dataclass
class Row:
    """One row.

    :ivar number: as a spreadsheet program shows it
    :ivar cells: ``{header: text}``, only what is not empty
    :ivar wrong: ``{header: (code, params)}`` of cells that cannot be read
    """

    number: int
    cells: dict
    wrong: dict = field(default_factory=dict)


class Sheet:
    """An uploaded sheet.

    :ivar kind: ``"xlsx"`` or ``"csv"``; ``encoding`` of a csv
    :ivar notes: codes of what a person should know, e.g. ``["macros_ignored"]``
    :ivar headers: the header row's texts, once :meth:`find_header` was asked
    :raises SheetError: it is no sheet, or too large a one
    """

    def __init__(self, data, name=""):
        self.kind, self.encoding, self.notes = "", "", []
        self.header_row, self.headers = 0, []
        if not data:
            raise SheetError("sheet_empty")
        if len(data) > LARGEST_FILE:
            raise SheetError("sheet_large", size=round(len(data) / 2**20, 1), limit=LARGEST_FILE // 2**20)
        self._check_kind(data, name)
        if data[:2] == b"PK":
            self.kind, self._book = "xlsx", Workbook(data)
            if self._book.has_macros:
                self.notes.append("macros_ignored")
            if self._book.has_more:
                self.notes.append("other_pages_ignored")
        else:
            self.kind, self._book = "csv", None
            self._text, self.encoding = csvfile.decode(data)

    def _check_kind(self, data, name):
        if data.startswith(_OLD_EXCEL):
            raise SheetError("sheet_old_excel")
        if data[:2] != b"PK" and name.lower().endswith((".xlsx", ".xlsm")):
            raise SheetError("sheet_damaged")
        if data.lstrip()[:10].startswith(_OTHERS):
            raise SheetError("sheet_other_kind")

    def find_header(self, score):
        """Find the header row: the first rows' best by ``score([text]) -> number``, 0 meaning none.

        :return: its texts, also kept in ``headers``
        :raises SheetError: the sheet is empty, or no row looks like a header
        """
        best, first = 0, []
        for count, (number, texts, _wrong) in enumerate(self._raw()):
            if count >= HEADER_WITHIN:
                break
            first = first or texts
            value = score(_unique(texts))
            if value > best:
                best, self.header_row, self.headers = value, number, _unique(texts)
        if not first:
            raise SheetError("sheet_empty")
        if not best:
            raise SheetError("sheet_unknown_columns", headers=", ".join(text for text in first if text)[:300])
        return self.headers

    def rows(self, order_columns=()):
        """Yield a :class:`Row` for every row below the header that holds something.

        :param order_columns: headers whose merged cells count for each of the rows they cover
        :raises SheetError: there are more rows than are read
        """
        place = {header: index for index, header in enumerate(self.headers)}
        filler = _Filler({place[header] for header in order_columns if header in place})
        skipped = {place[header] for header in (*NUMBER_COLUMN, *REASON_COLUMN) if header in place}
        count = 0
        for number, texts, wrong in self._raw():
            if number <= self.header_row:
                continue
            texts = filler.fill(number, texts, self._merges())
            row = self._row(number, texts, wrong, skipped)
            if row.cells or row.wrong:
                count += 1
                if count > MOST_ROWS:
                    raise SheetError("sheet_long", limit=MOST_ROWS)
                yield row

    def _raw(self):
        return self._book.rows() if self._book else csvfile.rows(self._text)

    def _merges(self):
        return self._book.merges if self._book else {}

    def _row(self, number, texts, wrong, skipped):
        cells, bad = {}, {}
        for index, text in enumerate(texts):
            if not text or index in skipped:
                continue
            if index < len(self.headers) and self.headers[index]:
                cells[self.headers[index]] = text
            elif index >= len(self.headers) and self.kind == "csv":
                bad[""] = "too_many_cells", {"value": text[:40]}
        for index, problem in wrong.items():
            if index < len(self.headers) and index not in skipped:
                bad[self.headers[index]] = problem
        return Row(number, cells, bad)


class _Filler:
    """Fills the covered cells of merged order columns with the value of their top left cell."""

    def __init__(self, columns):
        self._columns = columns
        self._open = {}  # column: (last row, value)

    def fill(self, number, texts, merges):
        for column in self._columns:
            value = texts[column] if column < len(texts) else ""
            last, held = self._open.get(column, (0, ""))
            if not value and number <= last and any(texts):
                texts = texts + [""] * (column + 1 - len(texts))
                texts[column] = held
            elif (column, number) in merges:
                self._open[column] = merges[column, number][1], value
        return texts


def _unique(texts):
    """Header texts without line breaks; a repeated one is numbered."""
    seen, names = {}, []
    for text in texts:
        name = " ".join(text.split()).removesuffix("*").strip()
        seen[name] = seen.get(name, 0) + 1
        names.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return names
