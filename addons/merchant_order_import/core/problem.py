"""What is wrong with a sheet or with one of its rows: a code with figures, made a sentence by the model."""

from dataclasses import dataclass, field


class SheetError(Exception):
    """The sheet as a whole cannot be read.

    :ivar code: reason code, e.g. ``"sheet_old_excel"``
    :ivar params: figures for its sentence
    """

    def __init__(self, code, **params):
        super().__init__(code)
        self.code = code
        self.params = params


class CellError(ValueError):
    """One cell holds something else than its column should.

    :ivar code: reason code; ``params`` are completed with the column's name
    """

    def __init__(self, code, **params):
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class RowProblem:
    """Why a row was not taken.

    :ivar row: number of the row as a spreadsheet program shows it
    :ivar order_id: the order it belongs to, empty where it names none
    """

    row: int
    order_id: str
    code: str
    params: dict = field(default_factory=dict)
