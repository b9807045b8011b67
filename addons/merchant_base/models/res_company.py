from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        # sudo: whoever may found a company need not be an owner of the merchant app
        self.env["merchant.notifier"].sudo()._create_defaults(companies)
        return companies
