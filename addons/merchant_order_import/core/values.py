"""From a cell's text to a value, and from a value to the one spelling that a payload uses."""

import re
import unicodedata
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .problem import CellError

CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 12
YES = frozenset({"是", "y", "yes", "1", "true", "赠品", "√", "t"})
NO = frozenset({"否", "n", "no", "0", "false", "×", "f", "-"})
_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y.%m.%d %H:%M:%S",
    "%Y.%m.%d %H:%M",
    "%Y.%m.%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
    "%Y%m%d%H%M%S",
    "%Y%m%d",
)
_MONEY_SIGNS = str.maketrans("", "", "¥￥$£€元, \u00a0")
_CUT = re.compile(r"\d(\.\d+)?[eE]\+\d+")
_CHINA = timezone(timedelta(hours=8))


def number(text):
    """``str -> Decimal``; full-width digits, thousands separators and money signs are understood.

    :raises CellError: it is no number, or an absurd one
    """
    plain = unicodedata.normalize("NFKC", text).translate(_MONEY_SIGNS)
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise CellError("not_a_number", value=text[:40]) from None
    if not value.is_finite() or abs(value) > LARGEST:
        raise CellError("not_a_number", value=text[:40])
    return value


def money(text):
    """``str -> Decimal`` of whole cents.

    :raises CellError: it is no number, or has fractions of a cent
    """
    value = number(text)
    if value != value.quantize(CENT):
        raise CellError("part_of_a_cent", value=text[:40])
    return value.quantize(CENT)


def yes(text):
    """``str -> bool``."""
    word = unicodedata.normalize("NFKC", text).strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError("not_yes_or_no", value=text[:40])


def identifier(text):
    """An id as text.

    :raises CellError: a spreadsheet program has cut its digits (``2.02111E+17``), or it is absurdly long
    """
    if _CUT.fullmatch(text):
        raise CellError("long_number", value=text)
    if len(text) > 100:
        raise CellError("too_long", value=text[:40], limit=100)
    return text


def moment(text, zone, form=""):
    """A wall clock reading to an aware moment.

    :param zone: a ``tzinfo``
    :param form: ``strptime`` format that is tried first
    :raises CellError: it cannot be read
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    for each in ((form,) if form else ()) + _FORMATS:
        try:
            return datetime.strptime(plain, each).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        value = datetime.fromisoformat(plain.replace("Z", "+00:00"))
    except ValueError:
        raise CellError("not_a_moment", value=text[:40]) from None
    return value if value.tzinfo else value.replace(tzinfo=zone)


def zone(name):
    """A time zone by its name; China's needs no zone data on the machine.

    :raises CellError: there is no such zone
    """
    if name in ("", "Asia/Shanghai", "PRC"):
        return _CHINA
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CellError("unknown_zone", value=name) from None


def plain(value):
    """A Decimal in its one spelling: ``2``, ``0.5``, never ``2.0`` or ``5E-1``."""
    return f"{value.normalize():f}"


def cents(value):
    """Money in its one spelling: ``2.50``."""
    return f"{value.quantize(CENT):f}"
