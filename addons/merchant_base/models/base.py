from odoo import models


class Base(models.AbstractModel):
    _inherit = "base"

    def copy_data(self, default=None):
        """A copy leaves out what only our roles may read: Odoo would refuse the whole copy to everybody else."""
        hidden = dict.fromkeys(self._merchant_fields_out_of_reach())
        vals_list = super().copy_data({**hidden, **(default or {})} if hidden else default)
        kept = set(hidden) - set(default or {})
        return [{name: value for name, value in vals.items() if name not in kept} for vals in vals_list]

    def _get_view_field_attributes(self):
        """Lists leave out of a sheet what is not meant for one; Odoo's own dialog does so already."""
        return [*super()._get_view_field_attributes(), "exportable"]

    def _merchant_fields_out_of_reach(self):
        return [
            name
            for name, field in self._fields.items()
            if field.groups
            and field.copy
            and (field._module or "").startswith("merchant_")
            and not self._has_field_access(field, "read")
        ]
