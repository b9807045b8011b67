from odoo import api, fields, models
from odoo.exceptions import UserError


class MerchantSourceWarehouse(models.TransientModel):
    """One page for all that a new warehouse needs: place, steps, hours, whom it serves and what its parcels cost."""

    _name = "merchant.source.warehouse"
    _description = "Add a Warehouse"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    name = fields.Char("Warehouse", required=True)
    code = fields.Char(
        "Short Name",
        size=5,
        required=True,
        default=lambda self: self._free_code(),
        help="Stands before the numbers of its deliveries.",
    )
    address = fields.Char(required=True, help="Province, city, district, street; the division is found in it.")
    division_id = fields.Many2one(
        "merchant.division", string="Lies In", compute="_compute_division_id", store=True, readonly=False
    )
    contact = fields.Char("Contact Person")
    phone = fields.Char()
    reception_steps = fields.Selection(selection="_reception_steps", required=True, default="one_step")
    delivery_steps = fields.Selection(selection="_delivery_steps", required=True, default="ship_only")
    has_cutoff = fields.Boolean("Cut-off Time", default=True)
    cutoff = fields.Float("Leaves the Same Day Until", default=16.0)
    capacity = fields.Integer("Orders a Day", help="0 for any number.")
    handling_days = fields.Integer("Days to Prepare")
    calendar_id = fields.Many2one("resource.calendar", string="Open On", check_company=True)
    rule_ids = fields.Many2many(
        "merchant.sourcing.rule",
        string="Asked by the Rules",
        check_company=True,
        domain="[('id', 'in', listing_rule_ids)]",
        help="Put at the end of these rules' lists; rules without a list ask every warehouse anyway.",
    )
    listing_rule_ids = fields.Many2many("merchant.sourcing.rule", compute="_compute_listing_rule_ids")
    rates_of_id = fields.Many2one(
        "stock.warehouse",
        string="Freight as From",
        check_company=True,
        help="Copies this warehouse's freight rates; change them afterwards under Freight Rates.",
    )

    @api.model
    def _reception_steps(self):
        return self.env["stock.warehouse"]._fields["reception_steps"]._description_selection(self.env)

    @api.model
    def _delivery_steps(self):
        return self.env["stock.warehouse"]._fields["delivery_steps"]._description_selection(self.env)

    @api.model
    def _free_code(self):
        # an archived warehouse keeps its short name
        warehouses = self.env["stock.warehouse"].sudo().with_context(active_test=False)
        taken = set(warehouses.search([("company_id", "=", self.env.company.id)]).mapped("code"))
        return next(code for number in range(1, 1000) if (code := f"W{number:02}") not in taken)

    @api.model
    def _listing_rules(self, company):
        """Rules in use, or being written, that name their warehouses."""
        return self.env["merchant.sourcing.rule"].search(
            [
                ("company_id", "=", company.id),
                ("ruleset_id.state", "in", ("live", "draft")),
                ("warehouse_line_ids", "!=", False),
            ]
        )

    @api.depends("company_id")
    def _compute_listing_rule_ids(self):
        for wizard in self:
            wizard.listing_rule_ids = self._listing_rules(wizard.company_id)

    @api.depends("address")
    def _compute_division_id(self):
        found = self.env["merchant.division"]._match([(wizard.address or "", "") for wizard in self])
        for wizard, division in zip(self, found, strict=True):
            wizard.division_id = division

    # -- adding it ----------------------------------------------------------------------------------------------------

    def action_add(self):
        """Make the warehouse and open it."""
        warehouse = self._add()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.warehouse",
            "res_id": warehouse.id,
            "view_mode": "form",
        }

    def _add(self):
        self.ensure_one()
        self._check_name()
        # an owner adds warehouses without being a manager of stock; who may open this page is said by its own access
        warehouse = self.env["stock.warehouse"].sudo().create(self._prepare_warehouse())
        self.rule_ids.write({"warehouse_line_ids": [(0, 0, {"sequence": 1000, "warehouse_id": warehouse.id})]})
        for rate in self.env["merchant.freight.rate"].search([("warehouse_id", "in", self.rates_of_id.ids)]):
            rate.copy({"warehouse_id": warehouse.id})
        return warehouse.with_env(self.env)

    def _check_name(self):
        warehouses = self.env["stock.warehouse"].sudo().with_context(active_test=False)
        same = warehouses.search(
            [("company_id", "=", self.company_id.id), "|", ("name", "=", self.name), ("code", "=", self.code)], limit=1
        )
        if same:
            raise UserError(
                self.env._(
                    "%(name)s (%(code)s) is there already, perhaps archived: choose another name and short name.",
                    name=same.name,
                    code=same.code,
                )
            )

    def _prepare_warehouse(self):
        return {
            "name": self.name,
            "code": self.code,
            "company_id": self.company_id.id,
            "partner_id": self.env["res.partner"].sudo().create(self._prepare_partner()).id,
            "reception_steps": self.reception_steps,
            "delivery_steps": self.delivery_steps,
            "merchant_division_id": self.division_id.id,
            "merchant_has_cutoff": self.has_cutoff,
            "merchant_cutoff": self.cutoff,
            "merchant_capacity": self.capacity,
            "merchant_handling_days": self.handling_days,
            "merchant_calendar_id": self.calendar_id.id,
        }

    def _prepare_partner(self):
        """An address of the company: labels and transfers print it."""
        province = self.division_id
        while province and province.level != "province":
            province = province.parent_id
        return {
            "name": self.contact or self.name,
            "parent_id": self.company_id.partner_id.id,
            "type": "other",
            "phone": self.phone,
            "country_id": self.env.ref("base.cn").id,
            "state_id": province.state_id.id,
            "street": self.address,
            "company_id": self.company_id.id,
            "merchant_division_id": self.division_id.id,
        }
