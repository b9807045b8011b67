"""Price sheets: headers in Chinese or English, cells as people type them, one reason for each cell that is wrong."""

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

HEADERS = {
    "pricelist": ("价格表", "等级", "price list", "pricelist", "tier"),
    "product": ("货号", "商品编码", "货品编号", "商家编码", "sku", "条码", "internal reference", "product"),
    "quantity": ("起订量", "最小数量", "数量", "min. quantity", "min quantity", "quantity"),
    "unit": ("单位", "unit"),
    "price": ("价格", "单价", "固定价", "fixed price", "price"),
    "discount": ("折扣%", "折扣", "discount %", "discount"),
    "start": ("开始", "生效日期", "start", "from"),
    "end": ("结束", "失效日期", "end", "until"),
}
NEEDED = ("product",)
MOST_PIECES = Decimal(1_000_000_000)
MOST_PRICE = Decimal(1_000_000_000)


class SheetProblem(Exception):
    """The sheet as a whole cannot be used; ``code`` and ``params`` say why."""

    def __init__(self, code, **params):
        super().__init__(code)
        self.code, self.params = code, params


class Row(NamedTuple):
    """One row as read; ``number`` is the sheet's own."""

    number: int
    pricelist: str
    product: str
    quantity: Decimal
    unit: str
    price: Decimal | None
    discount: Decimal | None
    start: datetime | None
    end: datetime | None


class Problem(NamedTuple):
    """What is wrong in a row: ``column`` is a name of HEADERS, ``code`` says what, ``text`` is what was found."""

    number: int
    column: str
    code: str
    text: str = ""


def read(rows, to_utc=lambda moment: moment):
    """Read the rows of a sheet, the header among the first ten.

    :param rows: iterable of tuples of cell values
    :param to_utc: takes a naive local datetime to naive UTC
    :return: ``([Row], [Problem])``
    :raises SheetProblem: no header, or not the columns that are needed
    """
    rows = enumerate(rows, 1)
    columns = _find_header(rows)
    good, bad = [], []
    for number, cells in rows:
        texts = {name: cells[place] if place < len(cells) else None for name, place in columns.items()}
        if all(value in (None, "") for value in texts.values()):
            continue
        row, problems = _read_row(number, texts, to_utc)
        bad += problems
        if not problems:
            good.append(row)
    return good, bad


def _find_header(rows):
    for number, cells in rows:
        columns = {}
        for place, cell in enumerate(cells):
            text = str(cell or "").strip().lower()
            name = next((name for name, titles in HEADERS.items() if text in titles), None)
            if name and name not in columns:
                columns[name] = place
        if all(name in columns for name in NEEDED) and ("price" in columns or "discount" in columns):
            return columns
        if number >= 10:
            break
    raise SheetProblem("no_header")


def _read_row(number, cells, to_utc):
    problems = []

    def take(name, reader):
        value = cells.get(name)
        if value is None or value == "":
            return None
        try:
            return reader(value)
        except ValueError as problem:
            problems.append(Problem(number, name, str(problem), str(value)[:80]))
            return None

    row = Row(
        number,
        take("pricelist", _text) or "",
        take("product", _text) or "",
        take("quantity", lambda value: _figure(value, MOST_PIECES)) or Decimal(0),
        take("unit", _text) or "",
        take("price", lambda value: _figure(value, MOST_PRICE)),
        take("discount", _percent),
        take("start", lambda value: to_utc(_moment(value, time.min))),
        take("end", lambda value: to_utc(_moment(value, time(23, 59, 59)))),
    )
    if not problems:
        problems = [Problem(number, *found) for found in _check(row)]
    return row, problems


def _check(row):
    if not row.product:
        yield "product", "product_missing"
    if (row.price is None) == (row.discount is None):
        yield "price", "price_or_discount"
    if row.start and row.end and row.start >= row.end:
        yield "end", "end_before_start"


def _text(value):
    if isinstance(value, bool):
        raise ValueError("not_text")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _figure(value, most):
    number = _number(value)
    if number < 0:
        raise ValueError("negative")
    if number > most:
        raise ValueError("too_large")
    return number


def _percent(value):
    number = _number(str(value).strip().rstrip("%")) if isinstance(value, str) else _number(value)
    if not 0 <= number <= 100:
        raise ValueError("no_percentage")
    return number


def _number(value):
    if isinstance(value, (bool, date, time)):
        raise ValueError("no_number")
    try:
        number = Decimal(str(value).strip().removeprefix("¥").removeprefix("\uffe5").replace(",", ""))
    except InvalidOperation:
        raise ValueError("no_number") from None
    if not number.is_finite():
        raise ValueError("no_number")
    return number


def _moment(value, hour):
    """A moment; a mere day means its beginning or its last second."""
    if isinstance(value, datetime):
        return value if value.time() != time.min else datetime.combine(value.date(), hour)
    if isinstance(value, date):
        return datetime.combine(value, hour)
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M"):
        try:
            return datetime.strptime(str(value).strip(), form)
        except ValueError:
            continue
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"):
        try:
            return datetime.combine(datetime.strptime(str(value).strip(), form), hour)
        except ValueError:
            continue
    raise ValueError("no_date")


def overlap(one, other):
    """Do two periods ``(start, end)`` share a moment? None is open."""
    return (one[1] is None or other[0] is None or other[0] <= one[1]) and (
        other[1] is None or one[0] is None or one[0] <= other[1]
    )


def clashes(periods):
    """Places in a list of ``(start, end)`` that overlap an earlier one of the same list, in the order of starts."""
    order = sorted(range(len(periods)), key=lambda place: (periods[place][0] or datetime.min, place))
    found, last = set(), None
    for place in order:
        if last is not None and overlap(periods[last], periods[place]):
            found.add(place)
        elif last is None or (periods[last][1] or datetime.max) < (periods[place][1] or datetime.max):
            last = place
    return found
