from odoo import models


class _Pass(str):
    """Lets Odoo's own work read costs in the name of whoever started it.

    It is known by its identity: what comes over an API is another object, whatever it says.
    """


AT_WORK = _Pass("at work")
CONTEXT = "merchant_cost"


class MerchantCostGuard(models.AbstractModel):
    """Fields that tell what something cost, read by those alone who may see costs.

    A field's ``groups`` would also stop Odoo's own code, which reads costs as it confirms an order or values a delivery
    in a clerk's name; and it would take the fields from people who have none of the suite's roles. So the reading is
    refused where it is asked from outside, and work that needs the figures runs in :meth:`_at_work`.
    """

    _name = "merchant.cost.guard"
    _description = "Costs Are Not for Everybody"
    _merchant_cost_fields = frozenset()

    def _has_field_access(self, field, operation):
        if field.name in self._merchant_cost_fields and operation == "read" and self._merchant_blind():
            return False
        return super()._has_field_access(field, operation)

    def _merchant_blind(self):
        return (
            not self.env.su
            and self.env.context.get(CONTEXT) is not AT_WORK
            and not self.env.user._merchant_sees_costs()
        )

    def _at_work(self):
        """These records for work of Odoo's own that needs costs and shows none."""
        return self.with_context(**{CONTEXT: AT_WORK})

    def _add_precomputed_values(self, vals_list):
        """What a new line costs is worked out for whoever enters it."""
        return super(MerchantCostGuard, self._at_work())._add_precomputed_values(vals_list)

    def copy(self, default=None):
        """A copy costs what its original does, whoever makes it."""
        return super(MerchantCostGuard, self._at_work()).copy(default).with_env(self.env)
