"""What a file of Online Retail says, worked out with the csv module alone: the tests' own second opinion."""

import csv
import gzip
import io
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

CENT = Decimal("0.01")
NO_GOODS = {"POST", "DOT", "M", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS"}


def is_goods(code):
    return code not in NO_GOODS and not code.startswith("GIFT_")


@dataclass(frozen=True)
class Row:
    number: int
    invoice: str
    code: str
    units: int
    price: Decimal

    @property
    def amount(self):
        return self.units * self.price


class Book:
    """The invoices of a file, sorted into what can be sold, what takes back, and what nobody should sell.

    :ivar invoices: ``{number: [Row, …]}``
    """

    def __init__(self, path, limit=None):
        path = Path(path)
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream)
            self.header = next(reader)
            self.records = [record for _number, record in zip(range(limit or 10**9), reader, strict=False)]
        self.invoices = defaultdict(list)
        for number, record in enumerate(self.records, 2):
            values = dict(zip(self.header, record, strict=True))
            code = values["StockCode"].strip().upper()
            row = Row(number, values["InvoiceNo"], code, int(values["Quantity"]), Decimal(values["UnitPrice"]))
            self.invoices[row.invoice].append(row)

    def pieces(self, rows):
        """The file as texts of about so many rows, no invoice torn apart."""
        piece = []
        for records in self._records_by_invoice().values():
            if piece and len(piece) + len(records) > rows:
                yield self._text(piece)
                piece = []
            piece += records
        yield self._text(piece)

    def _records_by_invoice(self):
        found, column = defaultdict(list), self.header.index("InvoiceNo")
        for record in self.records:
            found[record[column]].append(record)
        return found

    def _text(self, records):
        out = io.StringIO()
        csv.writer(out).writerows([self.header, *records])
        return out.getvalue()

    def pieces_sold(self):
        """``{code of goods: pieces}`` of all orders."""
        found = defaultdict(int)
        for rows in self.orders.values():
            for row in rows:
                if is_goods(row.code):
                    found[row.code] += max(row.units, 0)
        return found

    @property
    def row_numbers(self):
        return set(range(2, len(self.records) + 2))

    @cached_property
    def cancellations(self):
        return {number: rows for number, rows in self.invoices.items() if number.startswith("C")}

    @cached_property
    def refused(self):
        """Invoices with a row that can be no line of an order: bad debts, write-offs, parts of a penny."""
        return {
            number: rows
            for number, rows in self.invoices.items()
            if number not in self.cancellations
            and (number.startswith("A") or any(self._impossible(row) for row in rows))
        }

    @cached_property
    def orders(self):
        taken = self.cancellations.keys() | self.refused.keys()
        return {number: rows for number, rows in self.invoices.items() if number not in taken}

    @cached_property
    def free(self):
        """Orders with a line that costs nothing or less: for a person to decide."""
        return {number for number, rows in self.orders.items() if any(row.amount <= 0 for row in rows)}

    @cached_property
    def sold(self):
        """``{invoice: (lines, units, amount)}`` of what becomes an order by itself."""
        free = self.free
        return {
            number: (len(rows), sum(row.units for row in rows), sum(row.amount for row in rows))
            for number, rows in self.orders.items()
            if number not in free
        }

    @staticmethod
    def _impossible(row):
        if row.amount != row.amount.quantize(CENT) or not row.units:
            return True
        return is_goods(row.code) and (row.units < 0 or row.price < 0)
