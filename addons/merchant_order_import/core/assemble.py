"""From rows to orders in the suite's own format, and to the list of rows that were not taken.

Every row ends in exactly one place: a line of an order, a line of a cancellation, or the list of problems. An order
with one bad row is held back whole, so that the mended sheet brings it whole.
"""

import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from . import address, values
from .problem import CellError, RowProblem
from .template import ID_FIELDS, MOMENT_FIELDS, MONEY_FIELDS, ORDER_FIELDS, RECEIVER_FIELDS

ZERO = Decimal(0)
# A status that the order builder does not know: without this addon such a row is held, never taken for an order.
CANCELLATION = "cancellation"
REFUNDS = ("none", "requested", "returning", "refused", "withdrawn", "refunded")
_ADDED_UP = ("buyer_remark", "seller_remark")
_ALONE = ("order_id", *MONEY_FIELDS, *MOMENT_FIELDS, *_ADDED_UP)


@dataclass
class Figures:
    """How much of a sheet: ``rows``, ``units`` (pieces) and ``amount`` (of its lines, without postage)."""

    rows: int = 0
    units: Decimal = ZERO
    amount: Decimal = ZERO

    def add(self, units, amount, rows=1):
        self.rows += rows
        self.units += units
        self.amount += amount

    def __add__(self, other):
        return Figures(self.rows + other.rows, self.units + other.units, self.amount + other.amount)


@dataclass(frozen=True)
class SheetOrder:
    """One order of a sheet.

    :ivar raw: the payload; it depends on the order's content alone, not on file, row numbers or order of columns
    :ivar rows: the rows it came from
    :ivar cancels: True for a cancellation
    :ivar services: ``{sku: title}`` of its codes that are no goods
    """

    raw: dict
    rows: tuple
    cancels: bool = False
    services: dict = field(default_factory=dict)

    @property
    def order_id(self):
        return self.raw["order_id"]

    @property
    def units(self):
        return sum((Decimal(line["quantity"]) for line in self.raw["lines"]), ZERO)

    @property
    def amount(self):
        return sum((Decimal(line["paid_amount"]) for line in self.raw["lines"]), ZERO)


@dataclass
class Result:
    """What became of a sheet.

    :ivar figures: ``{"file", "orders", "cancellations", "problems": Figures}``; the last three add up to the first
    """

    orders: list = field(default_factory=list)
    problems: list = field(default_factory=list)
    figures: dict = field(default_factory=dict)

    @property
    def adds_up(self):
        parts = self.figures["orders"] + self.figures["cancellations"] + self.figures["problems"]
        return parts == self.figures["file"]


@dataclass(frozen=True)
class OrderFacts:
    """What a second sheet, of one row for each order, says about an order.

    :ivar row: its row there
    :ivar fields: ``{order field: value}``
    :ivar column: the column that could not be read, or an empty text
    """

    row: int
    fields: dict
    column: str = ""


def order_facts(rows, headers, template):
    """``{order id: OrderFacts}`` of a sheet with one row for each order, for :func:`assemble`; the first row of an
    order counts. What a line would need beyond that is not asked for."""
    reader, facts = _RowReader(headers, template), {}
    for row in rows:
        line = reader.read_order(row)
        if line.order_id:
            column = next((problem.params.get("column", "") for problem in line.problems), "")
            facts.setdefault(line.order_id, OrderFacts(row.number, line.order, column))
    return facts


def assemble(rows, headers, template, facts=None):
    """Read every row, then put the orders together.

    :param rows: iterable of :class:`~.reader.Row`
    :param headers: the sheet's headers
    :param facts: ``{order id: OrderFacts}``, where a second sheet has the orders' own fields
    :raises CellError: the template's time zone does not exist
    """
    reader = _RowReader(headers, template)
    groups, problems, file = {}, [], Figures()
    for row in rows:
        line = reader.read(row)
        file.add(line.units, line.amount)
        if line.order_id:
            groups.setdefault(line.order_id, []).append(line)
        else:
            problems.append((line, line.problems[0]))
    orders = []
    for lines in groups.values():
        order, bad = _Group(lines, template, reader, facts).build()
        problems += bad
        if order:
            orders.append(order)
    problems.sort(key=lambda pair: pair[0].number)
    return Result(
        orders, [problem for _line, problem in problems], _figures(file, orders, [line for line, _problem in problems])
    )


def _figures(file, orders, bad_lines):
    parts = {"file": file, "orders": Figures(), "cancellations": Figures(), "problems": Figures()}
    for order in orders:
        parts["cancellations" if order.cancels else "orders"].add(order.units, order.amount, len(order.rows))
    for line in bad_lines:
        parts["problems"].add(line.units, line.amount)
    return parts


@dataclass
class _Line:
    """One row, understood as far as possible; ``units`` and ``amount`` count 0 where they cannot be read."""

    number: int
    order_id: str = ""
    order: dict = field(default_factory=dict)
    line: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    units: Decimal = ZERO
    amount: Decimal = ZERO

    def problem(self, code, **params):
        self.problems.append(RowProblem(self.number, self.order_id, code, params))


class _RowReader:
    """Turns cells into values, column by column."""

    def __init__(self, headers, template):
        self.template = template
        self.bound = template.bind(headers)
        self._fields = {header: name for name, header in self.bound.items()}
        self._above = ""
        self._zone = values.zone(template.timezone)
        self._moment = lru_cache(4096)(lambda text: values.moment(text, self._zone, template.date_format).isoformat())
        self._words = {
            name: {_plain_word(word): ours for word, ours in words.items()} for name, words in template.words.items()
        }

    def read(self, row):  # pylint: disable=method-required-super
        line = self._read_cells(row)
        self._check(line)
        line.problems = [RowProblem(each.row, line.order_id, each.code, each.params) for each in line.problems]
        return line

    def read_order(self, row):
        """Only what concerns the order itself."""
        line = self._read_cells(row)
        line.problems = [each for each in line.problems if self._fields.get(each.params.get("column")) in ORDER_FIELDS]
        return line

    def _read_cells(self, row):
        line = _Line(row.number)
        found = {}
        for header, text in row.cells.items():
            if (name := self._fields.get(header)) and header not in row.wrong:
                try:
                    found[name] = self._value(name, text)
                except CellError as problem:
                    line.problem(problem.code, column=header, **problem.params)
        header = self.bound.get("order_id")
        if self.template.fill_down and not row.cells.get(header) and header not in row.wrong:
            found["order_id"] = self._above
        line.order_id = self._above = found.get("order_id", "")
        for header, (code, params) in row.wrong.items():
            if self._counts(header, code):
                line.problem(code, column=header, **params)
        line.order = {name: value for name, value in found.items() if name in ORDER_FIELDS}
        line.line = {name: value for name, value in found.items() if name not in ORDER_FIELDS}
        return line

    def _counts(self, header, code):
        """True when a cell that cannot be read stands in a column that is used; cut digits only matter in ids."""
        if header == "":
            return code == "too_many_cells"
        name = self._fields.get(header)
        return bool(name) and (code != "long_number" or name in ID_FIELDS)

    def _value(self, name, text):
        if name in ID_FIELDS:
            value = values.identifier(" ".join(text.split()))
            return value.upper() if name == "sku" and self.template.upper_codes else value
        if name in MONEY_FIELDS:
            return values.money(text)
        if name in ("quantity", "price", "paid_amount"):
            return values.number(text)
        if name in MOMENT_FIELDS:
            return self._moment(text)
        if name == "is_gift":
            return values.yes(text)
        return self._word(name, " ".join(text.split()))

    def _word(self, name, text):
        ours = self._words.get(name, {}).get(_plain_word(text), text)
        if name == "refund" and ours not in REFUNDS:
            raise CellError("unknown_word", value=text[:40])
        return ours.upper() if name == "currency" else ours

    def _check(self, line):
        """What a row must have, by itself."""
        if not line.order_id and not line.problems:
            line.problem("missing_value", column=self.bound.get("order_id", "order_id"))
        elif not line.order_id:
            line.problems.sort(key=lambda problem: problem.params.get("column") != self.bound.get("order_id"))
        found = line.line
        if "quantity" in self.bound and "quantity" not in found and not line.problems:
            line.problem("missing_value", column=self.bound["quantity"])
        if not found.get("sku"):
            name = " ".join(filter(None, (found.get("title"), found.get("properties"))))
            if name:
                found.setdefault("platform_sku", name[:100])
            elif not line.problems and not found.get("platform_sku"):
                line.problem("missing_value", column=self.bound.get("sku") or self.bound.get("title") or "sku")
        line.units = found.get("quantity", ZERO)
        self._measure(line)

    def _measure(self, line):
        """The line's amount: as it stands, or by its price, or the whole order's where it has one row."""
        found, quantity = line.line, line.line.get("quantity", Decimal(1))
        amount = found.get("paid_amount")
        if amount is not None and self.template.amount_is == "unit":
            amount *= quantity
        if amount is None and "price" in found:
            amount = found["price"] * quantity
        if amount is None and "total" in line.order:
            amount = line.order["total"] - line.order.get("postage", ZERO) - line.order.get("other_fees", ZERO)
            found["whole"] = True
        line.amount = amount or ZERO
        if amount is None:
            if not line.problems:
                line.problem("missing_amount")
        elif amount != amount.quantize(values.CENT):
            line.problem(
                "part_of_a_cent",
                column=self.bound.get("paid_amount") or self.bound.get("price") or "",
                value=values.plain(amount),
            )
        else:
            found["paid_amount"] = amount


class _Group:
    """The rows of one order."""

    def __init__(self, lines, template, reader, facts=None):
        self._lines, self._template, self._bound = lines, template, reader.bound
        self.order_id = lines[0].order_id
        self._facts = OrderFacts(0, {}) if facts is None else facts.get(self.order_id)
        self.cancels = template.cancels(self.order_id)

    def build(self):
        """``(SheetOrder or None, [(line, problem)])``."""
        refused = self._template.refuses(self.order_id)
        for line in self._lines:
            if refused:
                line.problems.insert(
                    0, RowProblem(line.number, self.order_id, "refused_number", {"number": self.order_id})
                )
            elif not line.problems:
                self._check(line)
                self._check_facts(line)
        fields = self._order_fields()
        if any(line.problems for line in self._lines):
            return None, self._held_back()
        raw = self._payload(fields)
        services = {
            line["sku"]: line.get("title", "")
            for line in raw["lines"]
            if self._template.is_service(line.get("sku", ""))
        }
        return SheetOrder(raw, tuple(line.number for line in self._lines), self.cancels, services), []

    def _check(self, line):
        """What a row must have as a part of this order."""
        quantity, found = line.line.get("quantity", Decimal(1)), line.line
        lowest = min(found["paid_amount"] * (1 if quantity > 0 else -1), found.get("price", ZERO))
        if self.cancels:
            if quantity >= 0:
                line.problem("cancellation_not_negative", value=values.plain(quantity))
        elif self._template.is_service(found.get("sku", "")) and quantity:
            return  # a discount belongs to its order with its negative amount; the inbox decides
        elif quantity < 0 and not found["paid_amount"]:
            line.problem("write_off", value=values.plain(quantity))
        elif quantity <= 0:
            line.problem("quantity_not_positive", column=self._bound.get("quantity", ""), value=values.plain(quantity))
        elif lowest < 0:
            line.problem("amount_negative", value=values.plain(lowest))
        if found.get("whole") and len(self._lines) > 1:
            line.problem("missing_amount")

    def _check_facts(self, line):
        if not self._facts:
            line.problem("not_in_order_sheet")
        elif self._facts.column:
            line.problem("order_sheet_row", row=self._facts.row, column=self._facts.column)

    def _held_back(self):
        bad = ", ".join(str(line.number) for line in self._lines if line.problems)
        held = []
        for line in self._lines:
            if not line.problems:
                line.problem("order_held_back", rows=bad[:200])
            held.append((line, line.problems[0]))
        return held

    def _order_fields(self):
        """The order's own fields, from whichever of its rows holds them; rows that disagree are problems."""
        fields = {}
        for line in self._lines:
            for name, value in line.order.items():
                if name in MOMENT_FIELDS:
                    fields[name] = min(fields.get(name, value), value)
                elif name in _ADDED_UP:
                    self._add_up(fields, name, value)
                elif name not in fields or (name in MONEY_FIELDS and not fields[name]):
                    fields[name] = value
                elif fields[name] != value and (value or name not in MONEY_FIELDS) and not line.problems:
                    column = self._bound.get(name, name)
                    line.problem("rows_disagree", column=column, value=str(value)[:40], other=str(fields[name])[:40])
        return {**(self._facts.fields if self._facts else {}), **fields}

    def _add_up(self, fields, name, value):
        parts = fields.get(name, "").split(" / ") if fields.get(name) else []
        if value not in parts:
            fields[name] = " / ".join([*parts, value])

    def _payload(self, fields):
        raw = {"order_id": self.order_id, "status": CANCELLATION if self.cancels else self._status(fields)}
        raw.update(
            (name, fields[name]) for name in fields if name not in (*_ALONE, *RECEIVER_FIELDS, "full_address", "status")
        )
        raw.update((name, values.cents(fields[name])) for name in MONEY_FIELDS if name in fields)
        raw.update((name, fields[name]) for name in (*MOMENT_FIELDS, *_ADDED_UP) if name in fields)
        raw.setdefault("currency", self._template.currency)
        if raw.get("buyer_id"):
            raw.setdefault("buyer_nick", raw["buyer_id"])
        if receiver := self._receiver(fields):
            raw["receiver"] = receiver
        raw["lines"] = [self._payload_line(line.line, number) for number, line in enumerate(self._lines, 1)]
        return raw

    def _status(self, fields):
        if fields.get("status"):
            return fields["status"]
        return "unpaid" if "paid_at" in self._bound and "paid_at" not in fields else "paid"

    def _receiver(self, fields):
        receiver = address.split(fields["full_address"]) if fields.get("full_address") else {}
        receiver.update((name, fields[name]) for name in RECEIVER_FIELDS if fields.get(name))
        return receiver

    def _payload_line(self, found, number):
        line = {
            "line_id": found.get("line_id") or str(number),
            "quantity": values.plain(found.get("quantity", Decimal(1))),
        }
        for name in ("sku", "platform_sku"):
            if found.get(name):
                line[name] = found[name]
        if title := " ".join(filter(None, (found.get("title"), found.get("properties")))):
            line["title"] = title
        if "price" in found:
            line["price"] = values.plain(found["price"])
        line["paid_amount"] = values.cents(found["paid_amount"])
        if found.get("is_gift"):
            line["is_gift"] = True
        if found.get("refund", "none") != "none":
            line["refund"] = found["refund"]
        return line


def _plain_word(text):
    return unicodedata.normalize("NFKC", text).replace(" ", "").lower()
