"""What a file of Online Retail says, worked out with the csv module alone: the tests' own second opinion."""

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

CENT = Decimal("0.01")


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

    def text(self):
        """The rows as a file again."""
        import io

        out = io.StringIO()
        csv.writer(out).writerows([self.header, *self.records])
        return out.getvalue()

    @property
    def row_numbers(self):
        return set(range(2, len(self.records) + 2))

    @property
    def cancellations(self):
        return {number: rows for number, rows in self.invoices.items() if number.startswith("C")}

    @property
    def refused(self):
        """Invoices with a row that can be no line of an order: bad debts, write-offs, parts of a penny."""
        return {
            number: rows for number, rows in self.invoices.items()
            if number not in self.cancellations and (number.startswith("A") or any(self._impossible(row) for row in rows))
        }  # fmt: skip

    @property
    def orders(self):
        taken = self.cancellations.keys() | self.refused.keys()
        return {number: rows for number, rows in self.invoices.items() if number not in taken}

    @property
    def free(self):
        """Orders with a line that costs nothing or less: for a person to decide."""
        return {number for number, rows in self.orders.items() if any(row.amount <= 0 for row in rows)}

    @property
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
        goods = row.code[:5].isdigit() or row.code.startswith("DCGS") or row.code[:4].isdigit()
        broken = row.amount != row.amount.quantize(CENT)
        return broken or row.units == 0 or (goods and (row.units < 0 or row.price < 0)) or (row.units < 0 and not row.price)
