from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models

PARTS = ("orders", "cancellations", "problems", "file")


class MerchantSheetImport(models.Model):
    """What a person reads of an import: its figures, its first orders, and what would happen."""

    _inherit = "merchant.sheet.import"

    figures_html = fields.Html(compute="_compute_html", sanitize=False, string="Parts of the Sheet")
    preview_html = fields.Html(compute="_compute_html", sanitize=False, string="First Orders")
    forecast_html = fields.Html(compute="_compute_html", sanitize=False, string="What Will Happen")

    @api.depends("figures", "preview", "forecast")
    @api.depends_context("lang")
    def _compute_html(self):
        for sheet in self:
            sheet.figures_html = sheet._figures_table() if sheet.figures else False
            sheet.preview_html = sheet._preview_table() if sheet.preview else False
            sheet.forecast_html = sheet._forecast_list() if sheet.forecast else False

    def _figures_table(self):
        _ = self.env._
        names = {
            "orders": _("In orders"),
            "cancellations": _("In cancellations"),
            "problems": _("To mend"),
            "file": _("The whole sheet"),
        }
        rows = Markup().join(
            Markup("<tr class='%s'><td>%s</td>" + "<td class='text-end px-3'>%s</td>" * 3 + "</tr>")
            % ("fw-bold" if part == "file" else "", names[part], *_grouped(*self.figures[part]))
            for part in PARTS
        )
        sentence = (
            _("The parts add up to the sheet.")
            if self.figures["adds_up"]
            else _("The parts do not add up to the sheet: tell your administrator.")
        )
        head = self._head("", _("Rows"), _("Units"), _("Amount"))
        return Markup("<table class='table table-sm w-auto'>%s<tbody>%s</tbody></table><p class='%s'>%s</p>") % (
            head,
            rows,
            "text-success" if self.figures["adds_up"] else "text-danger",
            sentence,
        )

    def _head(self, *names):
        cells = Markup().join(
            Markup("<th class='%s'>%s</th>") % ("text-end px-3" if place else "", name)
            for place, name in enumerate(names)
        )
        return Markup("<thead><tr>%s</tr></thead>") % cells

    def _preview_table(self):
        _ = self.env._
        names = (_("Order No."), _("Buyer"), _("To"), _("Goods"), _("Lines"), _("Units"), _("Amount"), _("Outcome"))
        head = Markup("<thead><tr>%s</tr></thead>") % Markup().join(Markup("<th>%s</th>") % name for name in names)
        rows = Markup().join(
            Markup("<tr>%s</tr>")
            % Markup().join(
                Markup("<td>%s</td>") % cell
                for cell in (
                    each["order"],
                    each["buyer"],
                    each["place"],
                    each["goods"],
                    each["lines"],
                    each["units"],
                    f"{each['amount']} {each['currency']}",
                    self._outcome_words(each["outcome"]),
                )
            )
            for each in self.preview
        )
        return Markup("<table class='table table-sm'>%s<tbody>%s</tbody></table>") % (head, rows)

    def _outcome_words(self, problem):
        if not problem["code"]:
            return self.env._("goes on")
        if problem["code"] == "a_cancellation":
            return self.env._("cancellation")
        return self.env["merchant.reason"]._sentence(problem["code"], problem.get("params"))

    def _forecast_list(self):
        return Markup("<ul>%s</ul>") % Markup().join(
            Markup("<li><b>%s</b> %s</li>") % (count, self._forecast_words(code, params))
            for code, count, params in self.forecast
        )

    def _forecast_words(self, code, params):
        _ = self.env._
        if not code:
            return _("orders go straight on")
        if code == "a_cancellation":
            return _("cancellations: lines of open orders are taken back where they match exactly, the others are held")
        if code == "codes_unmatched" and self.shop_id.unknown_sku == "create":
            return _("codes are new: products are made for them (%(codes)s …)", codes=params["codes"])
        if code == "codes_unmatched":
            return _(
                "codes have no product yet, their orders wait until they are matched (%(codes)s …)",
                codes=params["codes"],
            )
        return _("orders, e.g.: %(reason)s", reason=self.env["merchant.reason"]._sentence(code, params))


def _grouped(rows, units, amount):
    """Figures with thousands separators; the amount in cents."""
    return f"{rows:,}", f"{Decimal(units):,f}", f"{Decimal(amount):,.2f}"
