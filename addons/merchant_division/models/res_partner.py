from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    merchant_division_id = fields.Many2one(
        "merchant.division",
        string="Division",
        compute="_compute_merchant_division_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        help="The district, city or province that the address lies in, found in its text. Correct it here when the "
        "text is not clear; a change of the address finds it anew.",
    )

    @api.depends("country_id", "state_id", "city", "street", "street2")
    def _compute_merchant_division_id(self):
        china = self.env.ref("base.cn")
        chinese = self.filtered(
            lambda partner: (
                (partner.country_id or partner.state_id.country_id or china) == china
                and (partner.state_id or partner.city or partner.street)
            )
        )
        (self - chinese).merchant_division_id = False
        addresses = [partner._merchant_address_text() for partner in chinese]
        # a company shares its list of divisions with everybody; who may read them does not matter here
        for partner, division in zip(chinese, self.env["merchant.division"].sudo()._match(addresses), strict=True):
            partner.merchant_division_id = division

    def _merchant_address_text(self):
        """``(address from its largest part on, province)``"""
        self.ensure_one()
        parts = (self.city, self.street2, self.street)
        return "".join(part for part in parts if part), self.state_id.name or ""
