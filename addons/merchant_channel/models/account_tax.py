from odoo import fields, models


class AccountTax(models.Model):
    _inherit = "account.tax"

    merchant_gross_tax_id = fields.Many2one(
        "account.tax",
        string="For Platform Prices",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="The same tax, included in the price: what buyers pay on platforms includes it, "
        "and only so do totals agree to the fen.",
    )

    def _merchant_gross(self):
        """These taxes as taxes included in the price; made where missing.

        Added on top of a rounded net price, a tax leaves some totals out of reach (13 % never gives 113.04), so
        platform amounts, which include it, are entered with its included form.
        """
        gross = self.browse()
        for tax in self:
            gross |= tax if tax.price_include or tax.amount_type != "percent" else tax._merchant_gross_one()
        return gross

    def _merchant_gross_one(self):
        self.ensure_one()
        if not self.merchant_gross_tax_id:
            # sudo: the first order with this tax may come by a script; the copy only mirrors what a bookkeeper set up
            tax = self.sudo()
            tax.merchant_gross_tax_id = tax.copy(
                {
                    "name": self.env._("%(tax)s incl.", tax=tax.name),
                    "price_include_override": "tax_included",
                }
            )
        return self.merchant_gross_tax_id
