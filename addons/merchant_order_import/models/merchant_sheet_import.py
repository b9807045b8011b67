import base64
from contextlib import contextmanager
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.merchant_channel.core import mapping

from ..core.assemble import assemble, order_facts
from ..core.problem import CellError, SheetError
from ..core.reader import NUMBER_COLUMN, REASON_COLUMN, Sheet
from ..core.template import ORDER_FIELDS, guess
from ..mend import write

# Orders that are stored in one transaction: progress moves, and a kill repeats no more than this.
PIECE = 500
# Checked while the user waits; larger files are checked by a job.
QUICK = 3 * 2**20
# Rows to mend that are listed on the screen; the sheet of rows to mend has them all.
LISTED = 1000


class MerchantSheetImport(models.Model):
    """One sheet of orders on its way into the inbox: checked, imported in pieces, and what was left to mend."""

    _name = "merchant.sheet.import"
    _description = "Sheet Import"
    _order = "id desc"
    _rec_name = "file_name"

    shop_id = fields.Many2one(
        "merchant.shop",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('platform', '=', 'own')]",
        default=lambda self: self._default_shop(),
        help="The shop that the sheet's orders belong to.",
    )
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    file = fields.Binary("Sheet", required=True, attachment=True)
    file_name = fields.Char()
    order_file = fields.Binary(
        "Sheet of Orders",
        attachment=True,
        help="Only for platforms that export lines and orders apart (Taobao: 宝贝报表 and 订单报表): the sheet with "
        "one row for each order, which holds addresses, postage and totals. The sheet of lines goes above.",
    )
    order_file_name = fields.Char()
    template_id = fields.Many2one(
        "merchant.sheet.template",
        string="Template",
        ondelete="set null",
        domain="['|', ('shop_id', '=', False), ('shop_id', '=', shop_id)]",
        help="What the columns mean. Leave it empty: it is recognised by the headers.",
    )
    state = fields.Selection(
        [
            ("draft", "New"),
            ("checking", "Being checked"),
            ("checked", "Checked"),
            ("importing", "Being imported"),
            ("done", "Imported"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
    )
    error_code = fields.Char(readonly=True, copy=False)
    error_params = fields.Json(readonly=True, copy=False)
    error = fields.Char(compute="_compute_error")
    notes = fields.Json(readonly=True, copy=False)
    note = fields.Char(compute="_compute_error")
    # progress
    progress = fields.Float(readonly=True, copy=False, aggregator=None, help="In percent.")
    total_orders = fields.Integer("Orders and Cancellations", readonly=True, copy=False)
    done_orders = fields.Integer("In the Inbox", readonly=True, copy=False)
    new_count = fields.Integer("New Ones", readonly=True, copy=False, help="Were not in the inbox before.")
    known_count = fields.Integer(
        "Known Already", readonly=True, copy=False, help="Were in the inbox, unchanged; nothing was done with them."
    )
    # figures
    order_count = fields.Integer("Orders", readonly=True, copy=False)
    cancellation_count = fields.Integer("Cancellations", readonly=True, copy=False)
    row_count = fields.Integer("Rows", readonly=True, copy=False)
    line_count = fields.Integer(
        "Lines", readonly=True, copy=False, help="Rows that became lines of orders or cancellations."
    )
    units = fields.Float(
        digits="Product Unit", readonly=True, copy=False, help="Pieces of all orders, cancelled ones subtracted."
    )
    amount = fields.Float(
        digits=(16, 2), readonly=True, copy=False, help="Of the lines taken, without postage, in the sheet's currency."
    )
    bad_row_count = fields.Integer("Rows to Mend", readonly=True, copy=False)
    figures = fields.Json(readonly=True, copy=False)
    preview = fields.Json(readonly=True, copy=False)
    forecast = fields.Json(readonly=True, copy=False)
    # what came of it
    problem_ids = fields.One2many("merchant.sheet.problem", "import_id", string="Reasons", readonly=True)
    mend_file = fields.Binary("Sheet of Rows to Mend", attachment=True, readonly=True, copy=False)
    inbox_ids = fields.Many2many(
        "merchant.inbox", "merchant_sheet_import_inbox_rel", "import_id", "inbox_id", readonly=True, copy=False
    )
    inbox_count = fields.Integer(compute="_compute_counts", string="Inbox Rows")
    held_count = fields.Integer(compute="_compute_counts", string="Held")
    waiting_count = fields.Integer(compute="_compute_counts", string="Being Processed")
    sale_order_count = fields.Integer(compute="_compute_counts", string="Orders Made")

    @api.model
    def _default_shop(self):
        shops = self.env["merchant.shop"].search(
            [("platform", "=", "own"), ("company_id", "=", self.env.company.id)], limit=2
        )
        return shops if len(shops) == 1 else False

    @api.depends("error_code", "error_params", "notes")
    @api.depends_context("lang")
    def _compute_error(self):
        Reason = self.env["merchant.reason"]
        for sheet in self:
            sheet.error = Reason._sentence(sheet.error_code, sheet.error_params)
            sheet.note = " ".join(Reason._sentence(code) for code in sheet.notes or [])

    def _compute_counts(self):
        self.env["merchant.inbox"].flush_model(["state", "sale_order_id"])
        self.env.cr.execute(
            SQL(
                """
            SELECT link.import_id, COUNT(*), COUNT(*) FILTER (WHERE state = 'held'),
                   COUNT(*) FILTER (WHERE state = 'new'), COUNT(DISTINCT sale_order_id)
              FROM merchant_sheet_import_inbox_rel link JOIN merchant_inbox row ON row.id = link.inbox_id
             WHERE link.import_id IN %s GROUP BY link.import_id
            """,
                tuple(self.ids) or (0,),
            )
        )
        found = {import_id: counts for import_id, *counts in self.env.cr.fetchall()}
        for sheet in self:
            counts = found.get(sheet._origin.id, (0, 0, 0, 0))
            sheet.inbox_count, sheet.held_count, sheet.waiting_count, sheet.sale_order_count = counts

    # -- buttons ----------------------------------------------------------------------------------------------------

    def action_check(self):
        """Read the sheet and say what would happen; nothing is stored in the inbox."""
        for sheet in self:
            sheet._check_can_run()
            if len(sheet._data()) <= QUICK:
                sheet._check()
            else:
                sheet.write({"state": "checking", "error_code": False, "progress": 0})
                sheet._enqueue("_check_in_background")
        return True

    def action_import(self):
        """Bring the sheet's orders into the inbox, in the background."""
        for sheet in self:
            sheet._check_can_run()
            sheet.write(
                {
                    "state": "importing",
                    "error_code": False,
                    "progress": 0,
                    "done_orders": 0,
                    "new_count": 0,
                    "known_count": 0,
                }
            )
            sheet._enqueue("_run")
        return True

    def action_resume(self):
        """Go on where an import stopped; harmless when it still runs."""
        for sheet in self.filtered(lambda sheet: sheet.state in ("importing", "checking", "failed")):
            if sheet.state != "checking":
                sheet.write({"state": "importing", "error_code": False})
            sheet._enqueue("_check_in_background" if sheet.state == "checking" else "_run")
        return True

    def action_download_problems(self):
        """The rows to mend with their reasons, as a sheet that can be mended and handed in."""
        self.ensure_one()
        self._write_mend_file()
        return self._download("mend_file", self._mend_name())

    def action_download_example(self):
        return {"type": "ir.actions.act_url", "url": "/merchant_order_import/example", "target": "download"}

    def action_new_template(self):
        """A template with the sheet's headers, the fields guessed where they are known."""
        self.ensure_one()
        sheet = self._open()
        headers = sheet.find_header(lambda texts: 1 + sum(bool(guess(text)) for text in texts))
        template = self.env["merchant.sheet.template"].create(
            {
                "name": self.env._("For %(file)s", file=self.file_name or self.env._("a sheet")),
                "company_id": self.company_id.id,
                "currency_id": self.shop_id.currency_id.id,
                "column_ids": [
                    fields.Command.create({"header": header, "field_name": guess(header) or False, "sequence": number})
                    for number, header in enumerate(headers)
                    if header
                ],
            }
        )
        self.template_id = template
        return {
            "type": "ir.actions.act_window",
            "res_model": template._name,
            "res_id": template.id,
            "views": [(False, "form")],
        }

    def action_view_inbox(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_channel.merchant_inbox_action")
        context = {"search_default_held": 1} if self.env.context.get("merchant_held") else {}
        return {**action, "domain": [("sheet_import_ids", "in", self.ids)], "context": context}

    def action_view_orders(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_channel.merchant_order_action")
        orders = self.env["merchant.inbox"].search([("sheet_import_ids", "in", self.ids)]).sale_order_id
        return {**action, "domain": [("id", "in", orders.ids)], "context": {}}

    def _check_can_run(self):
        self.ensure_one()
        if self.state in ("importing", "checking"):
            raise UserError(self.env._("%(file)s is being worked on; it goes on by itself.", file=self.file_name))
        if self.shop_id.platform != "own":
            raise UserError(
                self.env._(
                    "%(shop)s brings its orders by itself: choose a shop of the kind “own shop”.",
                    shop=self.shop_id.name,
                )
            )

    # -- reading ----------------------------------------------------------------------------------------------------

    def _data(self, field="file"):
        return base64.b64decode(self.with_context(bin_size=False)[field] or b"")

    def _open(self):
        try:
            return Sheet(self._data(), self.file_name or "")
        except SheetError as problem:
            raise UserError(self.env["merchant.reason"]._sentence(problem.code, problem.params)) from problem

    def _read(self):
        """``(Sheet, template record, core template, Result)``.

        :raises SheetError, CellError: the sheet as a whole cannot be read
        """
        sheet = Sheet(self._data(), self.file_name or "")
        record, template = self._recognise(sheet, self.template_id)
        rows = self._rows(sheet, template)
        result = assemble(rows, sheet.headers, template, self._read_order_file())
        if not result.figures["file"].rows:
            raise SheetError("sheet_empty")
        return sheet, record, template, result

    def _read_order_file(self):
        """``{order id: OrderFacts}`` of the second sheet, None without one."""
        if not self.order_file:
            return None
        sheet = Sheet(self._data("order_file"), self.order_file_name or "")
        _record, template = self._recognise(sheet)
        return order_facts(self._rows(sheet, template), sheet.headers, template)

    def _recognise(self, sheet, record=None):
        """``(template record, core template)`` that fits best; the header row is found on the way."""
        records = record or self.env["merchant.sheet.template"]._for_shop(self.shop_id)
        templates = [(record, record._core()) for record in records]
        sheet.find_header(lambda texts: max((template.score(texts) for _record, template in templates), default=0))
        return max(templates, key=lambda pair: pair[1].score(sheet.headers))

    def _rows(self, sheet, template):
        bound = template.bind(sheet.headers)
        return sheet.rows([header for name, header in bound.items() if name in ORDER_FIELDS])

    # -- checking ---------------------------------------------------------------------------------------------------

    def _check_in_background(self):
        with self._in_own_transaction() as sheet:
            sheet._check()

    def _check(self):
        try:
            sheet, record, _template, result = self._read()
        except (SheetError, CellError) as problem:
            self._fail(problem)
            return
        self._write_result(sheet, record, result)
        self.write({"state": "checked", **self._prepare_outlook(result)})

    def _fail(self, problem):
        self.problem_ids.unlink()
        self.write(
            {
                "state": "failed",
                "error_code": problem.code,
                "error_params": problem.params,
                "figures": False,
                "preview": False,
                "forecast": False,
                "bad_row_count": 0,
            }
        )

    def _write_result(self, sheet, record, result):
        figures = result.figures
        taken = figures["orders"] + figures["cancellations"]
        cancellations = sum(order.cancels for order in result.orders)
        self.problem_ids.unlink()
        self.env["merchant.sheet.problem"].create(
            [
                {
                    "import_id": self.id,
                    "row": each.row,
                    "order_ref": each.order_id,
                    "code": each.code,
                    "params": each.params,
                }
                for each in result.problems[:LISTED]
            ]
        )
        self.write(
            {
                "template_id": record.id,
                "error_code": False,
                "notes": sheet.notes or False,
                "total_orders": len(result.orders),
                "order_count": len(result.orders) - cancellations,
                "cancellation_count": cancellations,
                "row_count": figures["file"].rows,
                "line_count": taken.rows,
                "units": float(taken.units),
                "amount": float(taken.amount),
                "bad_row_count": figures["problems"].rows,
                "figures": {
                    **{part: [each.rows, f"{each.units:f}", f"{each.amount:f}"] for part, each in figures.items()},
                    "adds_up": result.adds_up,
                },
                "mend_file": False,
            }
        )

    # -- importing --------------------------------------------------------------------------------------------------

    def _enqueue(self, method):
        self.ensure_one()
        delayed = self.with_delay(
            identity_key=f"merchant-sheet-{self.id}-{method}",
            channel="root.merchant",
            description=self.env._("Sheet %(file)s", file=self.file_name),
        )
        getattr(delayed, method)()

    @contextmanager
    def _in_own_transaction(self):
        """This record in a transaction that is committed when the block ends: a kill loses no earlier block."""
        with self.env.registry.cursor() as cr:
            yield self.with_env(self.env(cr=cr))

    def _run(self):
        """Import; may be killed at any instant and run again: what is in the inbox is recognised by its content."""
        self.ensure_one()
        if self.state != "importing":
            return
        done = self.done_orders
        try:
            sheet, record, _template, result = self._read()
        except (SheetError, CellError) as problem:
            with self._in_own_transaction() as own:
                own._fail(problem)
            return
        with self._in_own_transaction() as own:
            own._write_result(sheet, record, result)
        for start in range(done, len(result.orders), PIECE):
            with self._in_own_transaction() as own:
                own._store_piece(result.orders[start : start + PIECE], start, len(result.orders))
        with self._in_own_transaction() as own:
            own.write({"state": "done", "progress": 100, "done_orders": len(result.orders)})

    def _store_piece(self, orders, start, total):
        """Put some orders into the inbox and count them."""
        services = {sku: title for order in orders for sku, title in order.services.items()}
        self._ensure_services(services)
        payloads = [mapping.identity(order.raw) for order in orders]
        origins = [f"{self.file_name or ''} #{_ranges(order.rows)}"[:250] for order in orders]
        stored = self.env["merchant.inbox"]._store(self.shop_id, payloads, "sheet", origins)
        self._link([row_id for _ref, row_id, _fresh in stored])
        new = sum(fresh for _ref, _row_id, fresh in stored)
        self.write(
            {
                "new_count": self.new_count + new,
                "known_count": self.known_count + len(stored) - new,
                "done_orders": start + len(orders),
                "progress": 100 * (start + len(orders)) / max(total, 1),
            }
        )
        if new:
            self.shop_id._enqueue_process()

    def _link(self, row_ids):
        values = SQL(", ").join(SQL("(%s, %s)", self.id, row_id) for row_id in row_ids)
        self.env.cr.execute(
            SQL(
                "INSERT INTO merchant_sheet_import_inbox_rel (import_id, inbox_id) VALUES %s ON CONFLICT DO NOTHING",
                values,
            )
        )
        self.invalidate_recordset(["inbox_ids"])

    def _ensure_services(self, services):
        """Listings with service products for codes that are no goods.

        :param services: ``{sku: title}``
        """
        if not services:
            return
        # a clerk may import a sheet but not make products; the template named these codes
        Listing, Product = self.env["merchant.listing"].sudo(), self.env["product.product"].sudo()
        known = Listing.with_context(active_test=False).search(
            [("shop_id", "=", self.shop_id.id), ("platform_sku", "in", list(services))]
        )
        listings = {listing.platform_sku: listing for listing in known}
        found = Listing._products_by_code(
            self.company_id, [sku for sku in services if not listings.get(sku, Listing).product_id]
        )
        for sku, title in services.items():
            listing = listings.get(sku, Listing)
            if listing.product_id:
                continue
            product_id = min(found.get(sku) or [0]) or Product.create(self._prepare_service(sku, title)).id
            if listing:
                listing.write({"product_id": product_id, "matched_by": "created"})
            else:
                Listing.create(
                    {
                        "shop_id": self.shop_id.id,
                        "platform_sku": sku,
                        "sku": sku,
                        "title": title,
                        "product_id": product_id,
                        "matched_by": "created",
                    }
                )

    def _prepare_service(self, sku, title):
        return {
            "name": title or sku,
            "default_code": sku,
            "type": "service",
            "list_price": 0.0,
            "purchase_ok": False,
            "company_id": self.company_id.id,
        }

    # -- rows to mend -----------------------------------------------------------------------------------------------

    def _write_mend_file(self):
        """Read the sheet again and keep its bad rows, each with all its columns."""
        try:
            sheet, _record, template, result = self._read()
        except (SheetError, CellError) as problem:
            raise UserError(self.env["merchant.reason"]._sentence(problem.code, problem.params)) from problem
        reasons = {problem.row: problem for problem in result.problems}
        if not reasons:
            raise UserError(self.env._("No row has to be mended."))
        Reason = self.env["merchant.reason"]
        rows = (
            (row.number, row.cells, Reason._sentence(reasons[row.number].code, reasons[row.number].params))
            for row in self._rows(sheet, template)
            if row.number in reasons
        )
        chinese = (self.env.lang or "").startswith("zh")
        names = [each[0 if chinese else 1] for each in (NUMBER_COLUMN, REASON_COLUMN)]
        headers = [header for header in sheet.headers if header not in (*NUMBER_COLUMN, *REASON_COLUMN)]
        self.mend_file = base64.b64encode(write(headers, rows, *names))

    def _mend_name(self):
        stem = (self.file_name or "").rpartition(".")[0] or self.file_name or ""
        return self.env._("%(file)s rows to mend.xlsx", file=stem)

    def _download(self, field, name):
        url = f"/web/content/{self._name}/{self.id}/{field}/{quote(name.replace('/', '_'))}?download=true"
        return {"type": "ir.actions.act_url", "url": url, "target": "download"}


def _ranges(rows):
    """``12-14, 17`` for the rows 12, 13, 14 and 17."""
    parts, start = [], None
    for number, following in zip(rows, [*rows[1:], None], strict=True):
        start = number if start is None else start
        if following != number + 1:
            parts.append(str(number) if start == number else f"{start}-{number}")
            start = None
    return ", ".join(parts)
