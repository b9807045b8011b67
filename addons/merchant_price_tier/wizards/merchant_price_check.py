from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.price_world import Wish
from ..models.product_pricelist_item import MOST_PIECES


class MerchantPriceCheck(models.TransientModel):
    """A price for somebody who asks: customer, product, quantity; and why."""

    _name = "merchant.price.check"
    _description = "Price Check"
    _rec_name = "product_id"

    partner_id = fields.Many2one("res.partner", string="Customer", help="Empty: the price without a customer.")
    product_id = fields.Many2one("product.product", string="Product", domain="[('sale_ok', '=', True)]")
    quantity = fields.Float(default=1.0, digits="Product Unit")
    uom_id = fields.Many2one(
        "uom.uom", string="Unit", compute="_compute_uom_id", store=True, readonly=False, precompute=True
    )
    moment = fields.Datetime("At", help="Empty: now.")
    pricelist_id = fields.Many2one(
        "product.pricelist",
        string="Price List",
        compute="_compute_pricelist_id",
        store=True,
        readonly=False,
        precompute=True,
        help="The customer's; choose another one to compare.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_price")
    price = fields.Monetary(compute="_compute_price")
    amount = fields.Monetary("Total", compute="_compute_price")
    list_price = fields.Monetary("Sales Price", compute="_compute_price")
    why = fields.Json(compute="_compute_price")
    taxed_amount = fields.Monetary("Total with Tax", compute="_compute_taxed_amount")

    @api.depends("product_id")
    def _compute_uom_id(self):
        for check in self:
            check.uom_id = check.product_id.uom_id

    @api.depends("partner_id")
    def _compute_pricelist_id(self):
        for check in self:
            check.pricelist_id = check.partner_id.property_product_pricelist or check._general_list()

    def _general_list(self):
        # the list itself is readable; which one is general is a setting
        return self.env.company.sudo().merchant_pricelist_id or self.env["product.pricelist"].search(
            [("merchant_level", "in", (False, "company"))], limit=1
        )

    @api.depends("product_id", "quantity", "uom_id", "pricelist_id", "moment")
    @api.depends_context("lang", "uid")
    def _compute_price(self):
        for check in self:
            pricelist = check.pricelist_id
            check.currency_id = pricelist.currency_id or self.env.company.currency_id
            if not check.product_id or not pricelist:
                check.update({"price": 0, "amount": 0, "list_price": 0, "why": False})
                continue
            if problem := check._quantity_problem():
                told = {"summary": problem, "steps": []}
                check.update({"price": 0, "amount": 0, "list_price": 0, "why": told})
                continue
            trace = check._trace()
            why = self.env["merchant.price.why"]._tell(trace)
            check.update(
                {
                    "price": trace["price"],
                    "amount": trace["price"] * check.quantity,
                    "list_price": trace["list_price"],
                    "why": {**why, "table": check._break_table(trace)},
                }
            )

    @api.depends("amount", "partner_id")
    @api.depends_context("company")
    def _compute_taxed_amount(self):
        company = self.env.company
        for check in self:
            # what is paid in the end is told to whoever may ask for the price
            taxes = check.sudo().product_id.taxes_id._filter_taxes_by_company(company)
            position = self.env["account.fiscal.position"].sudo()._get_fiscal_position(check.partner_id)
            found = position.map_tax(taxes).compute_all(
                check.price, check.currency_id, check.quantity, check.product_id, check.partner_id
            )
            check.taxed_amount = found["total_included"]

    def _quantity_problem(self):
        """A sentence on a quantity that nobody can mean, or None."""
        if self.quantity <= 0:
            return self.env._("Enter a quantity above 0.")
        if self.quantity > MOST_PIECES:
            return self.env._("The quantity is surely a slip: it is above one billion.")
        return None

    def _trace(self):
        wish = Wish(0, self.product_id, self.quantity, self.uom_id or self.product_id.uom_id)
        moment = self.moment or fields.Datetime.now()
        return self.env["merchant.price.why"]._traces(self.pricelist_id, [wish], date=moment)[0]

    def _break_table(self, trace):
        """What other quantities would cost, for the quantities that rules name."""
        unit, moment = self.uom_id or self.product_id.uom_id, self.moment or fields.Datetime.now()
        breaks = self.pricelist_id._merchant_breaks([Wish(0, self.product_id, self.quantity, unit)], date=moment)[0]
        quantities = sorted({1.0, self.quantity, *(quantity for quantity in breaks if quantity > 0)})
        if len(quantities) < 2:
            return None
        wishes = [Wish(quantity, self.product_id, quantity, unit) for quantity in quantities]
        prices = self.pricelist_id._merchant_prices(wishes, date=moment)
        money = self.env["merchant.price.why"]._money(trace)
        return {
            "columns": [self.env._("Quantity"), self.env._("Unit Price")],
            "rows": [[f"{quantity:g}", money(prices[quantity][0])] for quantity in quantities],
        }

    @api.model
    def explain(self, product_id, quantity=1.0, partner_id=False, uom_id=False, moment=False, pricelist_id=False):
        """Price and why, for scripts.

        :param moment: text ``YYYY-MM-DD HH:MM:SS`` in UTC, now by default
        :return: ``{"price", "list_price", "currency", "rule_id", "pricelist_id", "summary", "steps"}``
        :raise UserError: product or price list do not exist, or the quantity cannot be meant
        """
        product = self.env["product.product"].browse(product_id).exists()
        if not product:
            raise UserError(self.env._("There is no product with the id %(id)s.", id=product_id))
        vals = {"partner_id": partner_id, "product_id": product.id, "quantity": quantity, "moment": moment}
        vals |= {name: value for name, value in (("uom_id", uom_id), ("pricelist_id", pricelist_id)) if value}
        check = self.new(vals)
        if not check.pricelist_id:
            raise UserError(self.env._("There is no price list yet: make one, or a tier."))
        if problem := check._quantity_problem():
            raise UserError(problem)
        trace = check._trace()
        told = self.env["merchant.price.why"]._tell(trace)
        return {
            "price": trace["price"],
            "list_price": trace["list_price"],
            "currency": check.currency_id.name,
            "rule_id": trace["rule"],
            "pricelist_id": check.pricelist_id._origin.id,
            **told,
        }
