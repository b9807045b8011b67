from odoo import fields, models

# What a person settles outside this row, and then says so.
SETTLED_BY_HAND = ("cancellation_without_order", "cancellation_without_buyer")


class MerchantInbox(models.Model):
    _inherit = "merchant.inbox"

    sheet_import_ids = fields.Many2many(
        "merchant.sheet.import",
        "merchant_sheet_import_inbox_rel",
        "inbox_id",
        "import_id",
        string="Sheets",
        readonly=True,
    )

    def action_accept(self):
        """A cancellation that a person has settled is done; everything else goes on as it is."""
        cancellations = self.filtered(lambda row: row.state == "held" and row.reason_code in SETTLED_BY_HAND)
        for row in cancellations._acting():
            row._finish("done", row.problems, accepted=row.problems)
        return super(MerchantInbox, self - cancellations).action_accept()
