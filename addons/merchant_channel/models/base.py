from odoo import models


class Base(models.AbstractModel):
    _inherit = "base"

    def _check_company(self, fnames=None):
        """What a batch links is checked together: only fields that link to another company are looked at one by one."""
        if len(self) < 2 or not self.env.context.get("merchant_batch"):
            return super()._check_company(fnames)
        names = self._fields if fnames is None or {"company_id", "company_ids"} & set(fnames) else fnames
        doubtful = [name for name in names if self._merchant_is_doubtful(self._fields[name])]
        return super()._check_company(doubtful) if doubtful else None

    def _merchant_is_doubtful(self, field):
        """False when everything that the field links here is of these records' one company, or of none."""
        if not (field.relational and field.check_company):
            return False
        if field.company_dependent or "company_id" not in self or not all(record.company_id for record in self):
            return True
        # sudo: as Odoo checks it, whoever looks
        linked, company = self.sudo()[field.name], self.company_id
        return (
            len(company) > 1
            or "company_id" not in linked
            or "company_ids" in linked
            or bool(linked.company_id - company)
        )
