from odoo import models


class MerchantReason(models.AbstractModel):
    _inherit = "merchant.reason"

    def _sentences(self):
        return {
            **super()._sentences(),
            **self._sheet_sentences(),
            **self._row_sentences(),
            **self._cancellation_sentences(),
        }

    def _sheet_sentences(self):
        _ = self.env._
        return {
            "sheet_empty": _("The sheet is empty: choose another file."),
            "sheet_large": _(
                "The file has %(size)s MB and more than %(limit)s MB are not read: split it into several sheets."
            ),
            "sheet_long": _("The sheet has more than %(limit)s rows: split it into several sheets."),
            "sheet_old_excel": _(
                "This is an old .xls file or one with a password: save it as .xlsx without a password, or as .csv."
            ),
            "sheet_other_kind": _("This is no sheet: hand in an .xlsx or a .csv file."),
            "sheet_damaged": _(
                "The file cannot be opened: open it in a spreadsheet program, save it again as .xlsx and hand that in."
            ),
            "sheet_protected": _("The file is protected by a password: save it without one."),
            "sheet_bomb": _(
                "Unpacked, the file would take %(size)s MB: copy its data into a new sheet and hand that in."
            ),
            "sheet_quotes": _(
                "From row %(row)s on the quotation marks do not match, so rows cannot be told apart: mend that row, "
                "or save the file as .xlsx."
            ),
            "sheet_unknown_columns": _(
                "No template understands these columns of the first page: %(headers)s. Choose a template, or make one from this sheet."
            ),
            "other_pages_ignored": _(
                "The file has several pages: only the first one was read. Import the others apart."
            ),
            "macros_ignored": _("The file holds macros. They were not run; only its cells were read."),
        }

    def _row_sentences(self):
        _ = self.env._
        return {
            "missing_value": _("“%(column)s” is empty: fill it in."),
            "missing_amount": _("The row has no amount: fill in the unit price or the amount paid for the line."),
            "not_a_number": _("“%(column)s” is “%(value)s”, which is no number."),
            "part_of_a_cent": _(
                "“%(column)s” makes %(value)s, which is no whole amount in cents: enter the amount paid for the line."
            ),
            "not_a_moment": _("“%(column)s” is “%(value)s”, which is no date: write it like 2026-11-11 00:00:03."),
            "not_yes_or_no": _("“%(column)s” is “%(value)s”: write yes or no."),
            "unknown_word": _(
                "“%(column)s” is “%(value)s”, a word that the template does not know: add it to the template's words."
            ),
            "unknown_zone": _("The template's time zone “%(value)s” does not exist here: choose another."),
            "too_long": _("“%(column)s” is longer than %(limit)s characters: “%(value)s…”."),
            "too_many_cells": _(
                "The row has more cells than there are headers (“%(value)s”): most likely a comma in a text without "
                "quotation marks."
            ),
            "long_number": _(
                "“%(column)s” was cut by the spreadsheet program to %(value)s, its last digits are lost: format the "
                "column as text and enter the number again."
            ),
            "formula_without_value": _(
                "“%(column)s” holds a formula without a result: open the file in a spreadsheet program, save it, "
                "and hand it in again."
            ),
            "cell_error": _("“%(column)s” shows the error %(value)s: mend the formula or enter the value."),
            "nul_character": _("“%(column)s” holds a NUL character (shown as ␀): delete it."),
            "lost_character": _("“%(column)s” holds broken characters: enter it again and save the file as UTF-8."),
            "write_off": _(
                "A quantity of %(value)s without a price is a stock write-off and no order: adjust the stock "
                "instead, and delete the row."
            ),
            "quantity_not_positive": _("“%(column)s” is %(value)s: an order needs at least a part of a piece."),
            "amount_negative": _("The amount %(value)s is negative: enter discounts by lowering the line's amount."),
            "cancellation_not_negative": _(
                "A cancellation takes back pieces, but the quantity is %(value)s: make it negative."
            ),
            "refused_number": _(
                "%(number)s is no order by its number (a bad debt or another adjustment): book it in accounting, "
                "and delete the row."
            ),
            "rows_disagree": _(
                "“%(column)s” is “%(value)s” here and “%(other)s” in another row of the same order: make them agree."
            ),
            "not_in_order_sheet": _(
                "This order is not in the sheet of orders: export both sheets for the same period and hand both in."
            ),
            "order_sheet_row": _(
                "“%(column)s” in row %(row)s of the sheet of orders cannot be read: mend it there and hand both in."
            ),
            "order_held_back": _("The row itself is in order, but its order waits for row %(rows)s."),
        }

    def _cancellation_sentences(self):
        _ = self.env._
        return {
            "cancellation_applied": _("Takes back lines %(lines)s of order %(order)s."),
            "cancellation_without_order": _(
                "Cancels %(units)s pieces for %(amount)s, but no open order of buyer %(buyer)s has exactly these "
                "lines: if goods come back, make a return from the delivery; then accept."
            ),
            "cancellation_without_buyer": _(
                "Cancels %(units)s pieces for %(amount)s without naming a buyer, so its order cannot be found: "
                "settle it by hand, then accept."
            ),
        }
