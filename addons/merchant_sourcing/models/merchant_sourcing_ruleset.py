from odoo import api, fields, models
from odoo.exceptions import UserError


class MerchantSourcingRuleset(models.Model):
    """An ordered list of rules. One is live in a company; others are drafts to be rehearsed, or were live before."""

    _name = "merchant.sourcing.ruleset"
    _description = "Sourcing Rule Set"
    _inherit = ["mail.thread"]
    _order = "state desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    state = fields.Selection(
        [("draft", "Draft"), ("former", "Former"), ("live", "Live")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    active = fields.Boolean(default=True)
    rule_ids = fields.One2many("merchant.sourcing.rule", "ruleset_id", string="Rules", copy=True)
    rule_count = fields.Integer(compute="_compute_rule_count")
    finding = fields.Json("Check", compute="_compute_finding")
    has_findings = fields.Boolean(compute="_compute_finding")
    live_since = fields.Datetime(readonly=True, copy=False)
    keep_days = fields.Integer(
        "Keep Explanations (days)", default=400, help="Why an order went where it went can be read this long."
    )

    # Two people who switch sets on at once must not both succeed.
    _one_live = models.UniqueIndex("(company_id) WHERE state = 'live'", "Another rule set is live already.")
    _keep_days_check = models.Constraint("CHECK (keep_days >= 7)", "Explanations are kept for 7 days at least.")

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        for ruleset in self:
            ruleset.rule_count = len(ruleset.rule_ids)

    @api.depends("rule_ids", "company_id")
    @api.depends_context("lang")
    def _compute_finding(self):
        for ruleset in self:
            findings = ruleset._find_faults()
            ruleset.has_findings = bool(findings)
            ruleset.finding = ruleset._word_findings(findings)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default=default)
        if default and "name" in default:
            return vals_list
        return [
            {**vals, "name": self.env._("%(name)s (changed)", name=ruleset.name)}
            for ruleset, vals in zip(self, vals_list, strict=True)
        ]

    # -- buttons ------------------------------------------------------------------------------------------------------

    def action_switch_on(self):
        """Orders are sourced by this set from now on; the one that was live becomes a former one."""
        self.ensure_one()
        if not self.rule_ids:
            raise UserError(self.env._("%(name)s has no rule yet: add one first.", name=self.name))
        live = self.search([("company_id", "=", self.company_id.id), ("state", "=", "live"), ("id", "!=", self.id)])
        live.state = "former"
        live.flush_recordset(["state"])
        self.write({"state": "live", "live_since": fields.Datetime.now()})
        return True

    def action_switch_off(self):
        """Orders ship from the warehouse that stands on them, as without rules."""
        self.filtered(lambda ruleset: ruleset.state == "live").state = "former"
        return True

    def action_change(self):
        """A copy to change and rehearse while the original stays live."""
        self.ensure_one()
        return self.copy()._form()

    def action_rehearse(self):
        self.ensure_one()
        rehearsal = self.env["merchant.sourcing.rehearsal"].create(
            {"ruleset_id": self.id, "company_id": self.company_id.id}
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": rehearsal._name,
            "res_id": rehearsal.id,
            "view_mode": "form",
        }

    def _form(self):
        return {"type": "ir.actions.act_window", "res_model": self._name, "res_id": self.id, "view_mode": "form"}

    @api.model
    def _live(self, company):
        """The set that sources a company's orders, or an empty one."""
        return self.search([("company_id", "=", company.id), ("state", "=", "live")], limit=1)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_live(self):
        if live := self.filtered(lambda ruleset: ruleset.state == "live")[:1]:
            raise UserError(self.env._("%(name)s is live: switch it off first.", name=live.name))
