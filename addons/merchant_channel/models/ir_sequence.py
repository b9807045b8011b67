from odoo import api, models
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    @api.model
    def _merchant_names(self, code, company, count):
        """The next ``count`` names of the sequence that :meth:`next_by_code` would ask; [] when it has to be asked."""
        domain = [("code", "=", code), ("company_id", "in", [company.id, False])]
        # sudo: as next_by_code, the names of documents are for everybody who makes them
        sequence = self.sudo().with_company(company).search(domain, order="company_id", limit=1)
        return sequence._merchant_next(count) if sequence else []

    def _merchant_next(self, count):
        """The next ``count`` names, drawn in one query; [] where names depend on the day or must have no gaps."""
        self.ensure_one()
        if self.use_date_range or self.implementation != "standard":
            return []
        name = f"ir_sequence_{self.id:03d}"
        self.env.cr.execute(SQL("SELECT nextval(%s) FROM generate_series(1, %s)", name, count))
        return [self.get_next_char(number) for (number,) in self.env.cr.fetchall()]
