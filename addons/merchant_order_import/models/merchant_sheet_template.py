from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..core import template as core
from ..core import values
from ..core.problem import CellError


class MerchantSheetTemplate(models.Model):
    """What the columns of one kind of sheet mean."""

    _name = "merchant.sheet.template"
    _description = "Sheet Template"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=5, help="Of templates that fit a sheet equally well, the first is taken.")
    active = fields.Boolean(default=True)
    builtin = fields.Char(
        readonly=True, copy=False, help="Comes with this version and is refreshed by updates; copy it to change it."
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    shop_id = fields.Many2one(
        "merchant.shop",
        domain="[('platform', '=', 'own')]",
        help="Only for sheets of this shop; empty for those of all shops.",
    )
    column_ids = fields.One2many("merchant.sheet.template.column", "template_id", string="Columns", copy=True)
    required_fields = fields.Char(
        "Must Be There", default="order_id", help="Fields without which a sheet is not of this kind, with commas."
    )
    timezone = fields.Selection(_tz_get, required=True, default="Asia/Shanghai", help="Of the dates in the sheet.")
    date_format = fields.Char(help="Only where dates are unusual, e.g. %d/%m/%Y %H:%M; the usual ones are understood.")
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self.env.company.currency_id, context={"active_test": False}
    )
    amount_is = fields.Selection(
        [("line", "Of the whole line"), ("unit", "Of one piece")],
        string="Amount Paid Is",
        required=True,
        default="line",
    )
    fill_down = fields.Boolean(
        "Order Number Only on First Line", help="A row without an order number belongs to the order above it."
    )
    upper_codes = fields.Boolean("Codes Ignore Case", help="84997b and 84997B are one code.")
    cancel_prefix = fields.Char(
        "Cancellations Start With", help="An order number that starts so cancels; its quantities are negative."
    )
    refused_prefixes = fields.Char(
        "No Orders Start With", help="Order numbers that are adjustments and no orders, with commas."
    )
    services = fields.Char(
        "Services",
        help="Codes that are no goods, with commas; * stands for any text. They become services without stock.",
    )
    words = fields.Text(help="The sheet's words for states and the like, one a line: status: 已付款 = paid")

    @api.constrains("date_format", "column_ids")
    def _check_template(self):
        for template in self:
            headers = [column.header for column in template.column_ids if column.field_name]
            if len(headers) != len(set(headers)):
                raise ValidationError(self.env._("A header may stand for one field only."))
            if template.date_format and "%" not in template.date_format:
                raise ValidationError(
                    self.env._("A date format names day, month and year with a percent sign and a letter each.")
                )
            try:
                values.zone(template.timezone)
            except CellError as problem:
                raise ValidationError(self.env["merchant.reason"]._sentence(problem.code, problem.params)) from problem

    def copy_data(self, default=None):
        return [
            {
                **vals,
                "name": self.env._("%(name)s (copy)", name=template.name),
                "sequence": 5,
                "company_id": self.env.company.id,
            }
            for template, vals in zip(self, super().copy_data(default), strict=True)
        ]

    def _core(self):
        """This template for the pure core."""
        self.ensure_one()
        return core.Template(
            key=self.builtin or str(self.id),
            columns=tuple((column.field_name, column.header) for column in self.column_ids if column.field_name),
            required=_parts(self.required_fields),
            timezone=self.timezone,
            date_format=self.date_format or "",
            currency=self.currency_id.name,
            amount_is=self.amount_is,
            fill_down=self.fill_down,
            upper_codes=self.upper_codes,
            cancel_prefix=self.cancel_prefix or "",
            refused=_parts(self.refused_prefixes),
            services=_parts(self.services),
            words=_words(self.words),
        )

    @api.model
    def _for_shop(self, shop):
        """Templates that may be tried on a sheet of this shop, the shop's own first."""
        domain = [("company_id", "in", [shop.company_id.id, False]), ("shop_id", "in", [shop.id, False])]
        return self.search(domain).sorted(lambda template: (not template.shop_id, bool(template.builtin)))

    @api.model
    def _load_built_in(self):
        """Bring the records of the built-in templates up to this version."""
        for number, each in enumerate(core.BUILT_IN):
            record = self.env.ref(f"merchant_order_import.template_{each.key}")
            record.column_ids.unlink()
            record.write({**self._prepare_built_in(each), "sequence": 10 + number})

    def _prepare_built_in(self, each):
        currency = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", each.currency)], limit=1)
        )
        return {
            "column_ids": [
                fields.Command.create({"field_name": name, "header": header, "sequence": number})
                for number, (name, header) in enumerate(each.columns)
            ],
            "required_fields": ", ".join(each.required),
            "timezone": each.timezone,
            "date_format": each.date_format,
            "currency_id": currency.id,
            "amount_is": each.amount_is,
            "fill_down": each.fill_down,
            "upper_codes": each.upper_codes,
            "cancel_prefix": each.cancel_prefix,
            "refused_prefixes": ", ".join(each.refused),
            "services": ", ".join(each.services),
            "words": "\n".join(
                f"{name}: {word} = {ours}" for name, words in each.words.items() for word, ours in words.items()
            ),
        }


class MerchantSheetTemplateColumn(models.Model):
    """One header of a sheet and the field that it holds."""

    _name = "merchant.sheet.template.column"
    _description = "Sheet Template Column"
    _order = "sequence, id"
    _rec_name = "header"

    template_id = fields.Many2one("merchant.sheet.template", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer()
    header = fields.Char(
        required=True,
        help="As it stands in the sheet. A field may have several headers; the first that is there counts.",
    )
    field_name = fields.Selection(
        [
            ("order_id", "Order number"),
            ("status", "Order state"),
            ("created_at", "Ordered at"),
            ("paid_at", "Paid at"),
            ("buyer_id", "Buyer's key"),
            ("buyer_nick", "Buyer's name"),
            ("name", "Receiver"),
            ("mobile", "Mobile"),
            ("phone", "Phone"),
            ("country", "Country"),
            ("province", "Province"),
            ("city", "City"),
            ("district", "District"),
            ("town", "Town"),
            ("address", "Street"),
            ("full_address", "Whole address in one cell"),
            ("zip", "Postcode"),
            ("postage", "Postage"),
            ("other_fees", "Other fees"),
            ("total", "Order total, postage included"),
            ("currency", "Currency"),
            ("buyer_remark", "Buyer's message"),
            ("seller_remark", "Seller's remark"),
            ("line_id", "Line number"),
            ("sku", "Product code"),
            ("platform_sku", "Platform's SKU id"),
            ("title", "Product name"),
            ("properties", "Variant"),
            ("quantity", "Quantity"),
            ("price", "Unit price"),
            ("paid_amount", "Amount paid"),
            ("is_gift", "Gift?"),
            ("refund", "Refund state"),
        ],
        string="Field",
        help="Empty: the column is not used.",
    )


def _parts(text):
    return tuple(part.strip() for part in (text or "").replace("，", ",").split(",") if part.strip())


def _words(text):
    found = {}
    for line in (text or "").splitlines():
        name, colon, rest = line.partition(":")
        word, equals, ours = rest.rpartition("=")
        if colon and equals:
            found.setdefault(name.strip(), {})[word.strip()] = ours.strip()
    return found
