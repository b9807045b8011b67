"""Reading a .csv as data: encoding and delimiter are found out, nothing that is odd stops the rest."""

import csv
import io
import re

from .problem import SheetError
from .xlsx import NUL_SIGN

LARGEST_CELL = 2**20
DELIMITERS = ",;\t"
_LOST = "\ufffd"
_AS_TEXT = re.compile(r'="([^"]*)"')  # how exports keep a spreadsheet from reading an id as a number


def decode(data):
    """``bytes -> (text, encoding)``: UTF-8, UTF-16 with mark, else GB18030 (which includes GBK)."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").removeprefix("\ufeff"), "utf-16"
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8-sig", "replace")
    foreign = sum(1 for letter in text if letter > "\x7f")
    # a UTF-8 text with a few broken letters stays UTF-8; a GBK text read as UTF-8 breaks at nearly every letter
    if text.count(_LOST) * 20 < foreign:
        return text, "utf-8"
    return data.decode("gb18030", "replace"), "gb18030"


def rows(text):
    """``(row number, [text], {column: (code, params)})`` for every row that holds something.

    :raises SheetError: quotation marks are so broken that no rows can be told apart
    """
    clean = text.replace("\x00", NUL_SIGN)
    reader = csv.reader(io.StringIO(clean, newline=""), delimiter=delimiter(clean))
    number = 0
    csv.field_size_limit(max(LARGEST_CELL, csv.field_size_limit()))
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise SheetError("sheet_quotes", row=number) from problem
        texts = [_plain(cell) for cell in cells]
        if any(texts):
            yield number, texts, _wrong(texts)


def delimiter(text):
    """The delimiter that most of the first lines agree on."""
    lines = [line for line in text[:20000].splitlines()[:20] if line.strip()]
    head = lines[:1] or [""]
    best = max(DELIMITERS, key=lambda sign: (sum(line.count(sign) > 0 for line in lines), head[0].count(sign)))
    return best if any(best in line for line in lines) else ","


def _plain(cell):
    """A cell as a person sees it."""
    text = cell.strip()
    if found := _AS_TEXT.fullmatch(text):
        return found[1].strip()
    if text.startswith("'") and text[1:].isdigit():
        return text[1:]
    return text


def _wrong(texts):
    found = {}
    for index, text in enumerate(texts):
        if NUL_SIGN in text:
            found[index] = "nul_character", {}
        elif _LOST in text:
            found[index] = "lost_character", {}
    return found
