from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    merchant_platform = fields.Char("Platform", copy=False, help="Where this buyer comes from.")
    merchant_buyer_ref = fields.Char(
        "Platform Buyer",
        copy=False,
        help="The platform's lasting key of this buyer; its nicknames change and are masked.",
    )
    merchant_address_key = fields.Char(copy=False, help="Digest of the address as the platform gave it.")
    merchant_address_handle = fields.Char(
        "Address Handle", copy=False, help="The platform's key to the whole address, where it shows only a masked one."
    )
    merchant_masked = fields.Boolean(
        "Masked", copy=False, help="The platform starred out parts of name, phone or street."
    )
    merchant_district = fields.Char("District")
    merchant_town = fields.Char("Town")

    # One partner for a buyer, however many jobs meet a new buyer at once.
    _merchant_buyer_uniq = models.UniqueIndex(
        "(merchant_platform, merchant_buyer_ref, COALESCE(company_id, 0)) WHERE merchant_buyer_ref IS NOT NULL",
        "This buyer of the platform has a contact already.",
    )
    _merchant_address_idx = models.Index("(parent_id, merchant_address_key) WHERE merchant_address_key IS NOT NULL")

    def _prepare_display_address(self, without_company=False):
        """A Chinese address goes from large to small: district and town, then the street."""
        address_format, parts = super()._prepare_display_address(without_company)
        if self.merchant_district:
            parts["street"], parts["street2"] = parts["street2"], parts["street"]
        return address_format, parts
