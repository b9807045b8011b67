from odoo import api, fields, models

from ..core.decide import Warehouse

ROLES = "merchant_base.group_user"


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    merchant_division_id = fields.Many2one(
        "merchant.division",
        string="Lies In",
        compute="_compute_merchant_division_id",
        store=True,
        readonly=False,
        groups=ROLES,
        help="Where distances are measured from; found in the address.",
    )
    merchant_has_cutoff = fields.Boolean("Cut-off Time", groups=ROLES)
    merchant_cutoff = fields.Float(
        "Leaves the Same Day Until", default=16.0, help="Later orders are promised for the next open day."
    )
    merchant_capacity = fields.Integer("Orders a Day", groups=ROLES, help="0 for any number.")
    merchant_handling_days = fields.Integer("Days to Prepare", groups=ROLES)
    merchant_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Open On",
        check_company=True,
        groups=ROLES,
        help="Empty: open every day. The cut-off counts in its time zone.",
    )

    _merchant_cutoff_check = models.Constraint(
        "CHECK (merchant_cutoff >= 0 AND merchant_cutoff <= 24 AND merchant_capacity >= 0"
        " AND merchant_handling_days >= 0)",
        "The cut-off is a time of day; orders and days are 0 or more.",
    )

    @api.depends("partner_id")
    def _compute_merchant_division_id(self):
        for warehouse in self:
            division = warehouse.partner_id.sudo().merchant_division_id
            warehouse.merchant_division_id = division or warehouse.merchant_division_id

    def _merchant_local(self, moment):
        """A moment in UTC as the clocks of its calendar show it, or else the company's."""
        return self.company_id._merchant_local(moment, self.merchant_calendar_id.tz)

    def _merchant_to_core(self, load=None, first=None):
        """``[core.decide.Warehouse]``

        :param load: ``{warehouse id: {date: orders promised}}``
        :param first: the first day that will be asked about; today when empty
        """
        places = self.env["merchant.division"]._facts()
        now = fields.Datetime.now()
        return [
            Warehouse(
                key=warehouse.id,
                name=warehouse.name,
                point=places.get(warehouse.merchant_division_id.id, ((), None))[1],
                ahead=warehouse._merchant_local(now) - warehouse.company_id._merchant_local(now),
                cutoff=warehouse.merchant_cutoff if warehouse.merchant_has_cutoff else None,
                capacity=warehouse.merchant_capacity,
                handling=warehouse.merchant_handling_days,
                closed=warehouse.merchant_calendar_id._merchant_closed(first),
                load=(load or {}).get(warehouse.id, {}),
            )
            for warehouse in self
        ]
