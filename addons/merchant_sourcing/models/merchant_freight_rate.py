from odoo import api, fields, models

from ..core.decide import Rate
from ..core.solve import Tariff

MILLIGRAMS, FEN = 1_000_000, 100


class MerchantFreightRate(models.Model):
    """What a parcel costs and how long it takes, from a warehouse to a region: first weight and continued weight."""

    _name = "merchant.freight.rate"
    _description = "Freight Rate"
    _order = "warehouse_id, carrier_id, division_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True, ondelete="cascade", help="Empty: from any.")
    division_id = fields.Many2one("merchant.division", string="To", ondelete="restrict", help="Empty: to anywhere.")
    carrier_id = fields.Many2one("delivery.carrier", check_company=True, ondelete="cascade", help="Empty: by any.")
    first_weight = fields.Float("First Weight (kg)", default=1.0, digits="Stock Weight")
    first_price = fields.Monetary("First Price", required=True)
    step_weight = fields.Float("Continued Weight (kg)", default=1.0, digits="Stock Weight")
    step_price = fields.Monetary("Continued Price")
    transit_days = fields.Integer("Days on the Way", default=2)
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True)

    _place_uniq = models.UniqueIndex(
        "(company_id, COALESCE(warehouse_id, 0), COALESCE(division_id, 0), COALESCE(carrier_id, 0)) WHERE active",
        "There is a rate for this way already.",
    )
    _figures_check = models.Constraint(
        "CHECK (first_weight >= 0 AND first_price >= 0 AND step_weight > 0 AND step_price >= 0 AND transit_days >= 0)",
        "Weights and prices are 0 or more, the continued weight is above 0.",
    )

    @api.depends("warehouse_id", "division_id")
    def _compute_display_name(self):
        for rate in self:
            source = rate.warehouse_id.name or self.env._("Any warehouse")
            target = rate.division_id.name or self.env._("anywhere")
            rate.display_name = f"{source} → {target}"

    @api.model
    def _to_core(self, company):
        """``[core.decide.Rate]`` of a company."""
        return [rate._prepare_core() for rate in self.search([("company_id", "=", company.id)])]

    def _prepare_core(self):
        return Rate(
            warehouse=self.warehouse_id.id or None,
            place=self.division_id.code or "",
            tariff=Tariff(
                round(self.first_weight * MILLIGRAMS),
                round(self.first_price * FEN),
                max(1, round(self.step_weight * MILLIGRAMS)),
                round(self.step_price * FEN),
            ),
            days=self.transit_days,
            carrier=self.carrier_id.id or None,
        )
