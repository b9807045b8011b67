"""Reading an .xlsx (or .xlsm) as data, row by row, with the standard library alone.

Written here because streaming readers at hand hide what an import has to know: which cells are merged, and which
formulas have no stored result. Nothing in the file is ever run: a macro is a part that is not opened.
"""

import io
import re
import zipfile
from datetime import datetime, timedelta
from xml.etree import ElementTree

from .problem import SheetError

LARGEST_PART = 500 * 2**20  # bytes after unpacking; the emptiest full sheet has about 160 MB
LARGEST_RATIO = 400  # a real sheet packs 5 to 60 times; only checked for parts beyond 20 MB
CHUNK = 2**16
LONGEST_NUMBER = 15  # digits that a spreadsheet keeps
NUL_SIGN = "\u2400"
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|t|f)[\s>/]")
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)[\"']")
_NOT_DATE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TAIL = 200  # bytes that the longest searched text may straddle two chunks by


class Workbook:
    """The first visible sheet of a workbook.

    :ivar has_more: another visible sheet holds something, too
    :raises SheetError: it is no workbook, is protected, is a zip bomb, or holds no sheet
    """

    def __init__(self, data):
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._names = set(self._zip.namelist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as problem:
            raise SheetError("sheet_damaged") from problem
        if "xl/workbook.xml" not in self._names:
            raise SheetError("sheet_other_kind")
        self.has_macros = any(name.lower().endswith("vbaproject.bin") for name in self._names)
        self._check_sizes()
        self._part, *others = self._visible_sheets()
        self.has_more = any(_VALUE.search(chunk) for part in others for chunk in self._chunks(part))
        self._strings = self._shared_strings()
        self._dates = self._date_styles()

    def rows(self):
        """``(row number, [text], {column: (code, params)})`` for every row that holds something."""
        end, self.merges = self._survey()
        yield from self._parse(end)

    # -- the package ------------------------------------------------------------------------------------------------

    def _check_sizes(self):
        for info in self._zip.infolist():
            if info.flag_bits & 1:
                raise SheetError("sheet_protected")
            bomb = info.file_size > 20 * 2**20 and info.file_size > LARGEST_RATIO * max(info.compress_size, 1)
            if info.file_size > LARGEST_PART or bomb:
                raise SheetError("sheet_bomb", size=info.file_size // 2**20)

    def _chunks(self, name):
        """The part's bytes in pieces; its declared size is not trusted."""
        size = 0
        try:
            with self._zip.open(name) as stream:
                while chunk := stream.read(CHUNK):
                    size += len(chunk)
                    if size > LARGEST_PART:
                        raise SheetError("sheet_bomb", size=size // 2**20)
                    yield chunk
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as problem:
            raise SheetError("sheet_damaged") from problem
        except Exception as problem:  # zlib.error has no base of its own to name
            if isinstance(problem, SheetError):
                raise
            raise SheetError("sheet_damaged") from problem

    def _events(self, name, events=("end",), stop=None):
        """Parse a part piece by piece, up to the end of the row that holds byte ``stop``."""
        parser = ElementTree.XMLPullParser(events)
        fed, past = 0, False
        try:
            for chunk in self._chunks(name):
                if not fed and b"<!DOCTYPE" in chunk[:2000]:  # entities: no spreadsheet program writes them
                    raise SheetError("sheet_damaged")
                parser.feed(chunk)
                fed += len(chunk)
                for event, node in parser.read_events():
                    yield event, node
                    if past and event == "end" and _local(node) == "row":
                        return
                past = stop is not None and fed >= stop
        except ElementTree.ParseError as problem:
            raise SheetError("sheet_damaged") from problem

    def _visible_sheets(self):
        """Parts of the visible sheets in their order; of a workbook that hides them all, its first."""
        targets = {}
        for _event, node in self._events("xl/_rels/workbook.xml.rels"):
            if _local(node) == "Relationship":
                targets[node.get("Id")] = node.get("Target", "")
        self._epoch = datetime(1899, 12, 30)
        found = []
        for _event, node in self._events("xl/workbook.xml"):
            if _local(node) == "workbookPr" and node.get("date1904") in ("1", "true"):
                self._epoch = datetime(1904, 1, 1)
            if _local(node) == "sheet":
                key = next((value for name, value in node.items() if name.endswith("}id")), "")
                part = self._resolve(targets.get(key, ""))
                if part in self._names and "chartsheet" not in part:
                    found.append((node.get("state", "visible") == "visible", part))
        if not found:
            raise SheetError("sheet_empty")
        return [part for visible, part in found if visible] or [found[0][1]]

    def _resolve(self, target):
        return target[1:] if target.startswith("/") else f"xl/{target}"

    def _shared_strings(self):
        if "xl/sharedStrings.xml" not in self._names:
            return []
        strings = []
        for _event, node in self._events("xl/sharedStrings.xml"):
            if _local(node) == "si":
                strings.append(_rich_text(node))
                node.clear()
        return strings

    def _date_styles(self):
        """Indexes of cell styles that show a moment."""
        if "xl/styles.xml" not in self._names:
            return frozenset()
        formats, dates = set(_BUILT_IN_DATES), set()
        for _event, node in self._events("xl/styles.xml"):
            if _local(node) == "numFmt" and _is_date_format(node.get("formatCode", "")):
                formats.add(_number(node.get("numFmtId")))
            if _local(node) == "cellXfs":
                dates.update(index for index, style in enumerate(node) if _number(style.get("numFmtId")) in formats)
        return dates

    # -- the sheet --------------------------------------------------------------------------------------------------

    def _survey(self):
        """``(byte after the last value, merged ranges)``, by a search of the raw bytes.

        A sheet may claim 1,048,576 rows: what lies behind the last value is never parsed.
        """
        end = offset = 0
        tail, merges = b"", {}
        for chunk in self._chunks(self._part):
            text = tail + chunk
            for found in _VALUE.finditer(text):
                end = offset - len(tail) + found.end()
            for left, top, right, bottom in _MERGE.findall(text):
                merges[_column(left.decode()), int(top)] = (_column(right.decode()), int(bottom))
            offset += len(chunk)
            tail = text[-_TAIL:]
        return end, merges

    def _parse(self, end):
        if not end:
            return
        data, number = None, 0
        for event, node in self._events(self._part, ("start", "end"), end):
            name = _local(node)
            if event == "start":
                data = node if name == "sheetData" else data
                continue
            if name == "sheetData":
                return
            if name == "row":
                number = max(_number(node.get("r")), number + 1)
                texts, wrong = self._row(node)
                data.clear()
                if any(texts) or wrong:
                    yield number, texts, wrong

    def _row(self, node):
        texts, wrong = [], {}
        for cell in node:
            reference = cell.get("r", "")
            index = _column(reference.rstrip("0123456789")) if reference else len(texts)
            if index > 16383:
                continue
            text, problem = self._cell(cell)
            if text or problem:
                texts += [""] * (index + 1 - len(texts))
                texts[index] = text
                if problem:
                    wrong[index] = problem
        return texts, wrong

    def _cell(self, cell):
        """``(text, problem or None)`` of one cell."""
        kind, value, formula = cell.get("t", "n"), None, False
        for child in cell:
            name = _local(child)
            if name == "v":
                value = child.text or ""
            elif name == "is":
                value = _rich_text(child)
            elif name == "f":
                formula = True
        if value is None or (value == "" and kind != "str"):
            return ("", ("formula_without_value", {})) if formula else ("", None)
        if kind == "s":
            index = _number(value)
            return (
                _checked(self._strings[index])
                if 0 <= index < len(self._strings)
                else ("", ("cell_error", {"value": value}))
            )
        if kind == "e":
            return value, ("cell_error", {"value": value})
        if kind == "b":
            return ("TRUE" if value == "1" else "FALSE"), None
        if kind in ("str", "inlineStr"):
            return _checked(_unescape(value))
        if kind == "d":
            return value.replace("T", " "), None
        return self._numeric(value, _number(cell.get("s", "0")))

    def _numeric(self, value, style):
        try:
            number = float(value)
        except ValueError:
            return value, None
        if style in self._dates and 0 <= number < 2958466:
            moment = self._epoch + timedelta(seconds=round(number * 86400))
            return moment.isoformat(" "), None
        if number.is_integer():
            text = str(int(number))
            return text, (("long_number", {"value": text}) if len(text.lstrip("-")) > LONGEST_NUMBER else None)
        return repr(number), None


def _checked(text):
    """The text, with a NUL made visible and reported."""
    if "\x00" in text:
        return text.replace("\x00", NUL_SIGN), ("nul_character", {})
    return text.strip(), None


def _rich_text(node):
    """The text of a string, without the reading aids that Asian versions add."""
    parts = []
    for child in node:
        if _local(child) == "t":
            parts.append(child.text or "")
        elif _local(child) == "r":
            parts += [each.text or "" for each in child if _local(each) == "t"]
    return _unescape("".join(parts))


def _unescape(text):
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _is_date_format(code):
    """True for a number format that shows year, day, hour or second."""
    return any(letter in "ydhs" for letter in _NOT_DATE.sub("", code.split(";")[0]).lower().replace("general", ""))


def _column(letters):
    """0 for A, 25 for Z, 26 for AA."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _local(node):
    return node.tag.rpartition("}")[2]


def _number(text):
    try:
        return int(text)
    except (TypeError, ValueError):
        return -1
