import base64
import io
import zipfile
from collections import Counter, defaultdict

import openpyxl
import pytz
import xlsxwriter
from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core.sheet import HEADERS, SheetProblem, clashes, read
from .price_names import Names

# Rows that are imported while the user waits; larger sheets are taken by the scheduled job.
AT_ONCE = 5_000
LARGEST = 30 * 2**20
LARGEST_UNPACKED = 600 * 2**20
LISTED = 500
MOST_CHANGES_SHOWN = 100


class MerchantPriceSheet(models.Model):
    """A sheet of prices on its way into the lists: checked, compared with today's prices, imported."""

    _name = "merchant.price.sheet"
    _description = "Price Sheet"
    _order = "id desc"
    _rec_name = "file_name"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price List",
        check_company=True,
        ondelete="cascade",
        help="For rows that name no price list themselves.",
    )
    file = fields.Binary("Sheet", required=True, attachment=True)
    file_name = fields.Char()
    state = fields.Selection(
        [
            ("draft", "New"),
            ("checked", "Checked"),
            ("queued", "Waiting"),
            ("done", "Imported"),
            ("undone", "Undone"),
            ("failed", "Failed"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    error = fields.Char(readonly=True, copy=False)
    row_count = fields.Integer("Rows", readonly=True, copy=False)
    new_count = fields.Integer("New Prices", readonly=True, copy=False)
    changed_count = fields.Integer("Changed Prices", readonly=True, copy=False)
    same_count = fields.Integer("Same as Today", readonly=True, copy=False)
    bad_count = fields.Integer("Rows to Mend", readonly=True, copy=False)
    problem_ids = fields.One2many("merchant.price.sheet.problem", "sheet_id", string="Rows to Mend ", readonly=True)
    difference = fields.Json(readonly=True, copy=False, help="The largest changes against today.")
    revision_id = fields.Many2one("merchant.price.revision", readonly=True, copy=False, ondelete="set null")

    def write(self, vals):
        result = super().write(vals)
        if {"file", "pricelist_id"} & vals.keys():
            # what was found is about another file
            self.filtered(lambda sheet: sheet.state in ("checked", "failed")).write({"state": "draft", "error": False})
        return result

    # -- buttons ----------------------------------------------------------------------------------------------------

    def action_check(self):
        """Read the sheet and say what would change; nothing is changed."""
        for sheet in self:
            sheet._check_open()
            sheet._run(dry=True)
        return True

    def action_import(self):
        """Put the good rows in force; rows to mend are left out and listed."""
        for sheet in self:
            sheet._check_open()
            if sheet.state in ("draft", "failed"):
                sheet._run(dry=True)
            if sheet.state == "failed":
                continue
            if sheet.new_count + sheet.changed_count > AT_ONCE:
                sheet.state = "queued"
                # the job belongs to the addon; the price manager only asks for it to run soon
                self.env.ref("merchant_price_tier.ir_cron_sheet").sudo()._trigger()
            else:
                sheet._run(dry=False)
        return True

    def action_undo(self):
        for sheet in self:
            if not sheet.revision_id:
                raise UserError(self.env._("%(sheet)s was not imported.", sheet=sheet.file_name or ""))
            sheet.revision_id.action_undo()
        return True

    def action_open_problems(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rows to Mend"),
            "res_model": "merchant.price.sheet.problem",
            "view_mode": "list",
            "domain": [("sheet_id", "=", self.id)],
        }

    def _check_open(self):
        if self.state in ("queued", "done"):
            raise UserError(self.env._("%(sheet)s was imported already: upload it anew.", sheet=self.file_name or ""))

    @api.model
    def _cron_import(self):
        for sheet in self.search([("state", "=", "queued")], order="id"):
            sheet.with_company(sheet.company_id).with_user(sheet.create_uid)._import_queued()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _import_queued(self):
        """Import, or say on the sheet why not: the sheets behind it go on."""
        try:
            with self.env.cr.savepoint():
                self._run(dry=False)
        except UserError as problem:
            self.write({"state": "failed", "error": str(problem)})
        except IntegrityError as problem:
            sentence = self.env["product.pricelist.item"]._sql_error_to_message(problem)
            self.write({"state": "failed", "error": sentence})

    # -- reading ----------------------------------------------------------------------------------------------------

    def _run(self, dry):
        self.problem_ids.unlink()
        try:
            rows, problems = read(self._cells(), self._to_utc)
        except SheetProblem as problem:
            self.write({"state": "failed", "error": self._words()[problem.code]})
            return
        plan, more = self._plan(rows)
        problems = [(each.number, each.column, each.code, each.text) for each in problems] + more
        counts = Counter(kind for kind, *_rest in plan)
        self._note_problems(problems)
        self.write(
            {
                "state": "checked",
                "error": False,
                "row_count": len(rows) + len({number for number, *_rest in problems} - {row.number for row in rows}),
                "new_count": counts["new"],
                "changed_count": counts["changed"],
                "same_count": counts["same"],
                "bad_count": len({number for number, *_rest in problems}),
                "difference": self._tell_difference(plan),
            }
        )
        if not dry:
            self._apply(plan)

    def _cells(self):
        data = base64.b64decode(self.with_context(bin_size=False).file or b"")
        if len(data) > LARGEST:
            raise SheetProblem("too_big")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as package:
                if sum(info.file_size for info in package.infolist()) > LARGEST_UNPACKED:
                    raise SheetProblem("too_big")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            yield from book.worksheets[0].iter_rows(values_only=True)
        except SheetProblem:
            raise
        except Exception as problem:  # openpyxl raises whatever its parsers do; the file is not a sheet we can read
            raise SheetProblem("no_sheet") from problem

    def _to_utc(self, moment):
        zone = pytz.timezone(self.env.user.tz or "Asia/Shanghai")
        return zone.localize(moment.replace(microsecond=0)).astimezone(pytz.utc).replace(tzinfo=None)

    # -- what would change ------------------------------------------------------------------------------------------

    def _plan(self, rows):
        """``([(kind, rule, vals, row)], [(number, column, code, text)])``, kind "new", "changed" or "same"."""
        books = Names(self, rows)
        wanted, problems = [], []
        for row in rows:
            vals, problem = books.vals(row)
            if problem:
                problems.append((row.number, *problem))
            else:
                wanted.append((row, vals))
        present = self._present({vals["pricelist_id"] for _row, vals in wanted})
        return self._compare(wanted, present, problems)

    def _present(self, lists):
        """``{key: [rule]}`` of today's rules for goods."""
        Item = self.env["product.pricelist.item"]
        rules = Item.search_fetch(
            [("pricelist_id", "in", list(lists)), ("applied_on", "in", ("0_product_variant", "1_product"))],
            [
                "pricelist_id",
                "product_tmpl_id",
                "product_id",
                "min_quantity",
                "merchant_uom_id",
                "date_start",
                "date_end",
                "compute_price",
                "fixed_price",
                "percent_price",
                "applied_on",
            ],
        )
        found = defaultdict(list)
        for rule in rules:
            found[
                _key(
                    rule.pricelist_id.id,
                    rule.product_id.id or None,
                    rule.product_tmpl_id.id,
                    rule.min_quantity,
                    rule.merchant_uom_id.id or None,
                )
            ].append(rule)
        return found

    def _compare(self, wanted, present, problems):
        plan, by_key = [], defaultdict(list)
        for row, vals in wanted:
            key = _key(
                vals["pricelist_id"],
                vals.get("product_id"),
                vals["product_tmpl_id"],
                vals["min_quantity"],
                vals.get("merchant_uom_id"),
            )
            by_key[key].append((row, vals))
        for key, entries in by_key.items():
            old = {rule.date_start or None: rule for rule in present.get(key, ())}
            renewed = {vals["date_start"] or None for _row, vals in entries}
            others = [(start, rule.date_end or None) for start, rule in old.items() if start not in renewed]
            periods = others + [(vals["date_start"] or None, vals["date_end"] or None) for _row, vals in entries]
            clash = clashes(periods)
            for place, (row, vals) in enumerate(entries, len(others)):
                if place in clash or (clash & set(range(len(others)))):
                    problems.append((row.number, "start", "overlap", ""))
                    continue
                rule = old.get(vals["date_start"] or None)
                plan.append((_kind(rule, vals), rule or self.env["product.pricelist.item"], vals, row))
        return plan, problems

    def _apply(self, plan):
        changes = [(rule, vals) for kind, rule, vals, _row in plan if kind != "same"]
        if changes:
            self.revision_id = self.env["merchant.price.revision"]._apply(
                self.file_name or self._description, "sheet", changes, self.company_id
            )
        self.state = "done"

    # -- telling ----------------------------------------------------------------------------------------------------

    def _note_problems(self, problems):
        words, columns = self._words(), self._column_words()
        self.env["merchant.price.sheet.problem"].create(
            [
                {
                    "sheet_id": self.id,
                    "row": number,
                    "column": columns.get(column, column),
                    "reason": words[code],
                    "found": text,
                }
                for number, column, code, text in sorted(problems)[:LISTED]
            ]
        )

    def _tell_difference(self, plan):
        _ = self.env._
        changed = [(rule.fixed_price, vals["fixed_price"], row) for kind, rule, vals, row in plan if kind == "changed"]
        changed.sort(key=lambda each: -abs(each[1] - each[0]))
        if not changed:
            return False
        return {
            "summary": _("%(count)s prices differ from today's", count=len(changed)),
            "table": {
                "columns": [_("Row"), _("Product"), _("From Quantity"), _("Today"), _("Then")],
                "rows": [
                    [row.number, row.product, f"{row.quantity:g}", f"{old:.2f}", f"{new:.2f}"]
                    for old, new, row in changed[:MOST_CHANGES_SHOWN]
                ],
            },
        }

    def _column_words(self):
        _ = self.env._
        return {
            "pricelist": _("Price List"),
            "product": _("Product"),
            "quantity": _("Min. Quantity"),
            "unit": _("Unit"),
            "price": _("Price"),
            "discount": _("Discount %"),
            "start": _("Start"),
            "end": _("End"),
        }

    def _words(self):
        _ = self.env._
        return {
            "no_header": _("No header was found: a sheet needs a column for the product and one for the price."),
            "no_sheet": _("This is no xlsx sheet that can be read: save it as .xlsx without a password."),
            "too_big": _("The file is too large: split it into sheets of at most 30 MB."),
            "no_number": _("This is no number."),
            "negative": _("It cannot be negative."),
            "too_large": _("This number is surely a slip: it is above one billion."),
            "no_percentage": _("This is no percentage from 0 to 100."),
            "no_date": _("This is no date: write it as 2026-11-11."),
            "not_text": _("This is no text."),
            "product_missing": _("The product is missing."),
            "price_or_discount": _("Give either a price or a discount."),
            "end_before_start": _("The end must come after the start."),
            "unknown_product": _("No product has this code or name: correct it, or make the product."),
            "double_product": _("Several products have this code or name: make their codes different."),
            "archived_product": _("The product is archived: bring it back first."),
            "unknown_list": _("There is no price list of that name."),
            "list_missing": _("Name a price list in the row, or choose one for the sheet."),
            "unknown_unit": _("There is no unit of that name."),
            "other_unit": _("The product is not sold in this unit."),
            "overlap": _("The period overlaps another price for the same goods and quantity."),
        }

    # -- going out --------------------------------------------------------------------------------------------------

    @api.model
    def _export(self, pricelists):
        """The fixed prices and discounts for goods of these lists as an xlsx that can be imported again; a second page
        names the rules that a row can't say."""
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": False}) as book:
            page = book.add_worksheet()
            bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            zh = (self.env.lang or "").startswith("zh")
            titles = [names[0] if zh else names[-1] for names in HEADERS.values()]
            page.write_row(0, 0, titles, bold)
            page.freeze_panes(1, 0)
            page.set_column(0, 1, 22)
            page.set_column(6, 7, 20)
            rules = self._exported_rules(pricelists)
            for number, rule in enumerate(rules, 1):
                self._export_row(page, number, rule, day)
            if others := pricelists.item_ids - rules:
                self._export_others(book.add_worksheet(self.env._("Not in This Sheet")), others, bold)
        return buffer.getvalue()

    def _exported_rules(self, pricelists):
        return self.env["product.pricelist.item"].search(
            [
                ("pricelist_id", "in", pricelists.ids),
                ("applied_on", "in", ("0_product_variant", "1_product")),
                ("compute_price", "in", ("fixed", "percentage")),
                ("base", "!=", "pricelist"),
            ],
            order="pricelist_id, product_tmpl_id, product_id, min_quantity, date_start",
        )

    def _export_others(self, page, rules, bold):
        page.write_row(0, 0, (self.env._("Price List"), self.env._("Rule"), self.env._("Price")), bold)
        page.set_column(0, 2, 40)
        for number, rule in enumerate(rules, 1):
            for column, text in enumerate((rule.pricelist_id.name, rule.name, rule.price)):
                page.write_string(number, column, str(text or ""))

    def _exported_name(self, rule):
        """A code that means these goods and no others when the sheet comes back; the name of goods without one."""
        variants = rule.product_tmpl_id.product_variant_ids
        if not rule.product_id and len(variants) > 1:
            return rule.product_tmpl_id.name
        product = rule.product_id or variants
        name = product.display_name if len(variants) > 1 else rule.product_tmpl_id.name
        return product.default_code or product.barcode or name

    def _export_row(self, page, number, rule, day):
        page.write_string(number, 0, rule.pricelist_id.name or "")
        page.write_string(number, 1, self._exported_name(rule))
        page.write_number(number, 2, rule.min_quantity)
        page.write_string(number, 3, rule.merchant_uom_id.name or "")
        if rule.compute_price == "fixed":
            page.write_number(number, 4, rule.fixed_price)
        else:
            page.write_number(number, 5, rule.percent_price)
        for column, moment in ((6, rule.date_start), (7, rule.date_end)):
            if moment:
                local = fields.Datetime.context_timestamp(self, moment).replace(tzinfo=None)
                page.write_datetime(number, column, local, day)


def _key(pricelist, product, template, quantity, unit):
    return pricelist, product or None, template, float(quantity), unit or None


def _kind(rule, vals):
    if not rule:
        return "new"
    same = all(rule[name] == vals[name] for name in ("compute_price", "fixed_price", "percent_price", "date_end"))
    return "same" if same else "changed"
