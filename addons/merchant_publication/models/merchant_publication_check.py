from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.merchant_channel.core.errors import ChannelError

KEEP_DAYS = 90


class MerchantPublicationCheck(models.Model):
    """One comparison of a shop's offers with what its platform has; what differs is told again."""

    _name = "merchant.publication.check"
    _description = "Stock Check"
    _order = "at desc, id desc"
    _rec_name = "shop_id"

    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    at = fields.Datetime("Compared", required=True, readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [("done", "Done"), ("failed", "Not finished")], required=True, readonly=True, default="done"
    )
    error = fields.Char(readonly=True)
    compared = fields.Integer("Listings", readonly=True)
    drifted = fields.Integer("Different", readonly=True)
    too_much = fields.Integer(
        "Offers Too Much", readonly=True, help="Listings whose platform offers more than it should."
    )
    repaired = fields.Integer("Repaired", compute="_compute_repaired")
    share = fields.Float("Different (%)", readonly=True, digits=(5, 2), aggregator="avg")
    drift_ids = fields.One2many("merchant.publication.drift", "check_id", readonly=True)

    def _compute_repaired(self):
        counts = dict(
            self.env["merchant.publication.drift"]._read_group(
                [("check_id", "in", self.ids), ("repaired_at", "!=", False)], ["check_id"], ["__count"]
            )
        )
        for check in self:
            check.repaired = counts.get(check, 0)

    @api.model
    def _compare(self, shop):
        """Read what the platform has, list what differs and tell it again."""
        found, problem = {}, None
        try:
            for page in shop._client().listings():
                for each in shop._core("mapping").to_listings({"items": page}):
                    found[each.platform_sku] = each.quantity
        except ChannelError as trouble:
            problem = trouble
        self.env["merchant.publication"].flush_model()
        drifts, compared = self._differences(shop, found)
        too_much = sum(1 for drift in drifts if drift["platform_quantity"] > drift["expected"])
        check = self.create(
            {
                "shop_id": shop.id,
                "state": "failed" if problem else "done",
                "error": shop._trouble(problem) if problem else False,
                "compared": compared,
                "drifted": len(drifts),
                "too_much": too_much,
                "share": 100.0 * len(drifts) / compared if compared else 0.0,
                "drift_ids": [fields.Command.create(drift) for drift in drifts],
            }
        )
        check._repair()
        return check

    def _differences(self, shop, found):
        """``([values of a drift], number compared)``: only what is in step is compared; the rest is on its way."""
        self.env.cr.execute(
            SQL(
                """
            SELECT publication.id, publication.listing_id, listing.platform_sku, publication.sent
              FROM merchant_publication publication JOIN merchant_listing listing ON listing.id = publication.listing_id
             WHERE publication.shop_id = %s AND publication.state = 'idle' AND listing.platform_sku = ANY(%s)
            """,
                shop.id,
                list(found),
            )
        )
        rows = self.env.cr.fetchall()
        drifts = [
            {
                "publication_id": publication,
                "listing_id": listing,
                "expected": sent,
                "platform_quantity": float(found[platform_sku]),
                "difference": float(found[platform_sku]) - sent,
            }
            for publication, listing, platform_sku, sent in rows
            if found[platform_sku] != sent
        ]
        return drifts, len(rows)

    def _repair(self):
        """Tell the platform again; orders it has and we have not yet will correct the number by themselves."""
        rows = self.drift_ids.publication_id
        if rows:
            rows.sudo().action_send()  # sudo: whoever starts a comparison starts its repair

    @api.autovacuum
    def _forget_old(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM merchant_publication_check"
                " WHERE at < now() AT TIME ZONE 'UTC' - make_interval(days => %s)",
                KEEP_DAYS,
            )
        )
