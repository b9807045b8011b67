from odoo import fields, models

from ..core.check import check

# Provinces that are told by name.
NAMED = 8


class MerchantSourcingRuleset(models.Model):
    """The check of the rules: what can be seen to be wrong without any order."""

    _inherit = "merchant.sourcing.ruleset"

    def _find_faults(self):
        """``[core.check.Finding]``"""
        self.ensure_one()
        Division = self.env["merchant.division"].sudo()  # the list of divisions is everybody's
        paths = {facts[0][0]: facts[0] for facts in Division._facts().values()}
        # so are the names of warehouses: a role without rights on stock reads the check too
        warehouses = self.env["stock.warehouse"].sudo().search([("company_id", "=", self.company_id.id)])
        provinces = [code for code in paths if len(code) == 2]  # noqa: PLR2004 - digits of a province
        rules = self.rule_ids.filtered(lambda rule: rule.active and rule._origin.id)._to_core()
        if not rules:
            return []
        return check(rules, set(warehouses.ids), paths, provinces, fields.Date.context_today(self))

    def _word_findings(self, findings):
        """The value of the explanation widget."""
        names = {rule.id: rule.name for rule in self.rule_ids}
        steps = [
            {"state": "bad", "text": names.get(finding.rule, ""), "detail": self._word_finding(finding)}
            if finding.rule
            else {"state": "bad", "text": self._word_finding(finding)}
            for finding in findings
        ]
        if not steps:
            return {"summary": self.env._("The check of the rules finds nothing wrong."), "steps": []}
        return {"summary": self.env._("The check of the rules found %(count)s.", count=len(steps)), "steps": steps}

    def _word_finding(self, finding):
        _ = self.env._
        if finding.code == "shadowed":
            return _("Never comes to its turn: “%(rule)s” decides every order before it.", rule=finding.facts[0])
        if finding.code == "uncovered":
            return _("No rule for everybody covers: %(provinces)s. Their orders keep their own warehouse.",
                     provinces=self._word_provinces(finding.facts))  # fmt: skip
        if finding.code == "whole_and_parcels":
            return _("Whole orders leave in one parcel; %(count)s parcels contradict that.", count=finding.facts[0])
        return {
            "past": _("Its last day is past."),
            "empty_grams": _("No order weighs more than the lower and less than the upper limit."),
            "empty_fen": _("No order is worth more than the lower and less than the upper limit."),
            "empty_days": _("Its last day lies before its first."),
            "nothing_left": _("One of its conditions names nothing any more."),
            "no_warehouse": _("None of its warehouses is in use."),
            "backorder_gone": _("The warehouse that the rest comes from is not in use."),
            "no_route": _("It names no route by which missing lines are supplied."),
        }[finding.code]

    def _word_provinces(self, codes):
        """The first of the provinces by name, the rest by number."""
        names = self.env["merchant.division"].search([("code", "in", codes)]).mapped("name")
        told = "、".join(names[:NAMED])
        if len(names) <= NAMED:
            return told
        return self.env._("%(provinces)s and %(count)s more", provinces=told, count=len(names) - NAMED)
