from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.merchant_channel.core.errors import ChannelError

KEEP_DAYS = 90
# Problems of one comparison that are told in words.
NAMED = 3


class MerchantPublicationCheck(models.Model):
    """One comparison of a shop's offers with what its platform has; what differs is told again."""

    _name = "merchant.publication.check"
    _description = "Stock Check"
    _inherit = ["merchant.notice.mixin"]
    _order = "at desc, id desc"
    _rec_name = "shop_id"

    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    at = fields.Datetime("Compared", required=True, readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        [("done", "Done"), ("failed", "Not finished")], required=True, readonly=True, default="done"
    )
    problems = fields.Json(readonly=True)
    error = fields.Char(compute="_compute_error")
    compared = fields.Integer("Listings", readonly=True)
    drifted = fields.Integer("Different", readonly=True)
    too_much = fields.Integer(
        "Offers Too Much", readonly=True, help="Listings whose platform offers more than it should."
    )
    repaired = fields.Integer("Repaired", compute="_compute_repaired")
    share = fields.Float("Different (%)", readonly=True, digits=(5, 2), aggregator="avg")
    drift_ids = fields.One2many("merchant.publication.drift", "check_id", readonly=True)

    @api.depends("problems")
    @api.depends_context("lang")
    def _compute_error(self):
        for check in self:
            check.error = " ".join(check._problem_words()) or False

    def _problem_words(self):
        """The first problems as sentences, and how many more there are."""
        found = self.problems or []
        for code, params in found[:NAMED]:
            yield self.env["merchant.reason"]._sentence(code, params)
        if len(found) > NAMED:
            yield self.env._("And %(count)s more.", count=len(found) - NAMED)

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
        """Read what the platform has, list what differs and tell it again; what it has no number for is told, too."""
        found, unclear, problems = self._read(shop)
        self.env["merchant.publication"].flush_model()
        drifts, compared = self._differences(shop, found)
        too_much = sum(1 for drift in drifts if drift["platform_quantity"] > drift["expected"])
        check = self.create(
            {
                "shop_id": shop.id,
                "state": "failed" if problems else "done",
                "problems": problems,
                "compared": compared,
                "drifted": len(drifts),
                "too_much": too_much,
                "share": 100.0 * len(drifts) / compared if compared else 0.0,
                "drift_ids": [fields.Command.create(drift) for drift in drifts],
            }
        )
        check._repair(unclear)
        if too_much or problems:
            check._tell("stock_drift")
        return check

    def _read(self, shop):
        """``({platform sku: quantity}, [platform skus without a number], [(reason code, parameters)])``"""
        found, problems = {}, []
        try:
            for page in shop._client().listings():
                listings, unreadable = shop._readable_listings(page)
                found.update((each.platform_sku, each.quantity) for each in listings)
                problems += unreadable
        except ChannelError as problem:
            problems.append(("platform_broken_off", {"error": shop._trouble(problem)}))
        except UserError as problem:  # a key or a setting is missing
            problems.append(("platform_broken_off", {"error": str(problem)}))
        unclear = [platform_sku for platform_sku, quantity in found.items() if quantity is None]
        return {key: quantity for key, quantity in found.items() if quantity is not None}, unclear, problems

    def _notice_text(self):
        self.ensure_one()
        if self.state == "failed":
            subject = self.env._("%(shop)s: the stock check is not complete", shop=self.shop_id.name)
            return subject, self.error
        subject = self.env._(
            "%(shop)s: %(count)s listings offered too much", shop=self.shop_id.name, count=self.too_much
        )
        listings = self.drift_ids.filtered(lambda drift: drift.difference > 0)[:10]
        body = "\n".join(
            f"{each.listing_id.display_name}: {each.expected} → {each.platform_quantity:g}" for each in listings
        )
        return subject, body

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

    def _repair(self, unclear=()):
        """Tell the platform again; orders it has and we have not yet will correct the number by themselves.

        :param unclear: platform skus of which it told no number
        """
        rows = self.drift_ids.publication_id
        if unclear:
            domain = [("shop_id", "=", self.shop_id.id), ("listing_id.platform_sku", "in", unclear)]
            rows |= rows.search([*domain, ("state", "=", "idle")])
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
