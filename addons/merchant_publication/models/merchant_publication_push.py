from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.merchant_channel.core.errors import Rejected, Retryable

KEEP_DAYS = 30


class MerchantPublicationPush(models.Model):
    """What a platform was told and what it answered. Only added, kept for a month."""

    _name = "merchant.publication.push"
    _description = "Stock Sync Log"
    _order = "at desc, id desc"
    _rec_name = "listing_id"
    _log_access = False

    publication_id = fields.Many2one("merchant.publication", readonly=True, ondelete="cascade", index=True)
    listing_id = fields.Many2one("merchant.listing", required=True, readonly=True, ondelete="cascade", index=True)
    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    product_id = fields.Many2one(related="listing_id.product_id")
    at = fields.Datetime("Answered", required=True, readonly=True)
    kind = fields.Selection(
        [("quantity", "Quantity"), ("off", "Taken off the shelf"), ("on", "Put back")], required=True, readonly=True
    )
    before = fields.Integer("Told Before", readonly=True)
    quantity = fields.Integer("Told", readonly=True)
    outcome = fields.Selection(
        [("accepted", "Accepted"), ("later", "To be repeated"), ("refused", "Refused")], required=True, readonly=True
    )
    answer = fields.Char("Platform's Answer", readonly=True)

    _time_idx = models.Index("(shop_id, at)")

    @api.model
    def _add(self, answers, now):
        """:param answers: ``[(claimed row, None or ChannelError)]``, all of one batch"""
        rows = [(row.id, row.sent, row.wanted, *_outcome(problem)) for row, problem in answers]
        ids, before, quantities, outcomes, words = (list(column) for column in zip(*rows, strict=True))
        self.env.cr.execute(
            SQL(
                """
            INSERT INTO merchant_publication_push
                   (publication_id, listing_id, shop_id, company_id, at, kind, before, quantity, outcome, answer)
            SELECT publication.id, publication.listing_id, publication.shop_id, publication.company_id, %(now)s,
                   'quantity', answer.before, answer.quantity, answer.outcome, answer.words
              FROM unnest(%(ids)s::int[], %(before)s::int[], %(quantities)s::int[], %(outcomes)s::varchar[],
                          %(words)s::varchar[]) AS answer (id, before, quantity, outcome, words)
              JOIN merchant_publication publication ON publication.id = answer.id
            """,
                ids=ids,
                before=before,
                quantities=quantities,
                outcomes=outcomes,
                words=words,
                now=now,
            )
        )

    @api.model
    def _add_shelf(self, shop, item, delisted, problem):
        outcome, words = _outcome(problem)
        self.env.cr.execute(
            SQL(
                """
            INSERT INTO merchant_publication_push
                   (publication_id, listing_id, shop_id, company_id, at, kind, quantity, outcome, answer)
            SELECT publication.id, publication.listing_id, publication.shop_id, publication.company_id, %s, %s,
                   publication.sent, %s, %s
              FROM merchant_publication publication JOIN merchant_listing listing ON listing.id = publication.listing_id
             WHERE listing.shop_id = %s AND listing.item_id = %s
            """,
                fields.Datetime.now(),
                "off" if delisted else "on",
                outcome,
                words,
                shop.id,
                item,
            )
        )

    @api.autovacuum
    def _forget_old(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM merchant_publication_push WHERE at < now() AT TIME ZONE 'UTC' - make_interval(days => %s)",
                KEEP_DAYS,
            )
        )


def _outcome(problem):
    if problem is None:
        return "accepted", None
    words = str(problem)[:300]
    return (
        "refused" if isinstance(problem, Rejected) else "later" if isinstance(problem, Retryable) else "refused"
    ), words
