import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from odoo.addons.merchant_channel.core.errors import Unauthorised

from ..core.publication import shield

_logger = logging.getLogger(__name__)
SETTINGS = (
    "publishes",
    "active",
    "warehouse_id",
    "warehouse_ids",
    "publication_rule_id",
    "publication_shares",
    "publication_weight",
    "publication_withholds",
)
# Sales of so many minutes tell how fast a listing sells; delays of the last hour how late we learn of it.
SPEED_MINUTES, DELAY_MINUTES = 10, 60
NOTE_PUSH_EVERY = timedelta(minutes=1)
LONGEST_DELAY = 60.0  # minutes; what is later than this is a standstill, not a delay


class MerchantShop(models.Model):
    _inherit = "merchant.shop"

    publishes = fields.Boolean(
        "Stock Sync", tracking=True, help="Offers are worked out for this shop's listings and told to its platform."
    )
    publication_paused = fields.Boolean(
        "Paused", tracking=True, help="Offers are worked out but the platform is told nothing."
    )
    publication_rule_id = fields.Many2one(
        "merchant.publication.rule",
        "Stock Rule",
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="Leave it empty to offer what is free.",
    )
    publication_shares = fields.Boolean(
        "Divide the Stock",
        tracking=True,
        help="The stock is divided among all shops that divide it, so that their promises never exceed it. "
        "Otherwise the shop shows all that is free, as others may, too.",
    )
    publication_weight = fields.Integer(
        "Weight", default=1, help="The shop's part of a divided stock, against the others."
    )
    publication_withholds = fields.Boolean(
        "Platform Keeps Unpaid Back",
        help="The platform subtracts unpaid orders from the quantity itself (it deducts at payment).",
    )
    publication_delists = fields.Boolean(
        "Off the Shelf at Zero", help="Items without stock are taken off the shelf and put back when stock arrives."
    )
    publication_shield_limit = fields.Integer(
        "Largest Shield",
        default=50,
        help="Most pieces a listing holds back against orders on their way; 0 for no shield.",
    )
    publish_next_at = fields.Datetime("Next Push", readonly=True, copy=False)
    last_push_at = fields.Datetime("Last Good Push", readonly=True, copy=False)
    push_error = fields.Char("Push Trouble", readonly=True, copy=False)
    sync_delay = fields.Float(
        "Sync Delay (min)",
        compute="_compute_sync_delay",
        digits=(12, 1),
        help="From a sale on the platform until it is known here, plus from a change here until the platform knows.",
    )
    publication_count = fields.Integer("Offers", compute="_compute_publication_counts")
    to_send_count = fields.Integer("To Send", compute="_compute_publication_counts")
    refused_count = fields.Integer("Refused", compute="_compute_publication_counts")

    _weight_check = models.Constraint("CHECK (publication_weight BETWEEN 1 AND 1000)", "A weight is 1 to 1000.")
    _shield_check = models.Constraint("CHECK (publication_shield_limit >= 0)", "The largest shield is 0 or more.")

    def _compute_publication_counts(self):
        groups = self.env["merchant.publication"]._read_group(
            [("shop_id", "in", self.ids)], ["shop_id", "state"], ["__count"]
        )
        counts = {(shop.id, state): count for shop, state, count in groups}
        for shop in self:
            shop.to_send_count = counts.get((shop.id, "waiting"), 0) + counts.get((shop.id, "sending"), 0)
            shop.refused_count = counts.get((shop.id, "refused"), 0)
            shop.publication_count = sum(count for (found, _state), count in counts.items() if found == shop.id)

    @api.model_create_multi
    def create(self, vals_list):
        shops = super().create(vals_list)
        if publishing := shops.filtered("publishes"):
            self.env.registry.clear_cache()
            publishing._mark_publication()
        return shops

    def write(self, vals):
        changed = set(SETTINGS) & set(vals)
        result = super().write(vals)
        if {"publishes", "active"} & set(vals):
            self.env.registry.clear_cache()
        if changed:
            self._mark_publication()
        if vals.get("publishes"):
            self._enqueue_mark()
        if {"publishes", "active"} & set(vals):
            self.env["merchant.publication.calculator"].sudo()._forget_gone()
        return result

    def unlink(self):
        self._mark_publication()
        return super().unlink()

    @api.model
    @ormcache()
    def _any_publishes(self):
        """Whether anybody is told anything: otherwise nothing is queued when stock moves."""
        # sudo: asked in the name of whoever moves stock
        return bool(self.sudo().search_count([("publishes", "=", True)], limit=1))

    def _mark_publication(self):
        """Everything this shop lists is looked at again, for all who share its products."""
        if self.ids:
            self.env["merchant.publication.mark"]._mark_listings(SQL("listing.shop_id = ANY(%s)", self.ids))

    # -- jobs -------------------------------------------------------------------------------------------------------

    @api.model
    def _cron_tick(self):
        result = super()._cron_tick()
        publication = self.env["merchant.publication"]
        if self.env["merchant.publication.mark"]._any() and not publication._is_queued():
            publication._enqueue_catch_up()
        for shop in publication._shops_with_work():
            shop._enqueue_push()
        return result

    @api.model
    def _cron_minute(self):
        """What time alone changes: campaigns, shields, oversold lines."""
        self.env["merchant.publication.quota"]._look_at_the_clock()
        self._update_shields()
        self.env["merchant.oversell"]._look()

    @api.model
    def _cron_nightly(self):
        """Look at everything once a day, whatever the marks say, and compare with what the platforms have."""
        self.env["merchant.pending.sale"]._forget_old()
        self.env["merchant.publication.calculator"]._forget_gone()
        shops = self.search([("publishes", "=", True)])
        shops._mark_publication()
        for shop in shops.filtered(lambda shop: shop._may_publish()):
            shop._enqueue_check()

    def _enqueue_push(self):
        self.ensure_one()
        publication, key = self.env["merchant.publication"], f"merchant-push-{self.id}"
        if not publication._is_queued(key):
            self._as_system().with_delay(
                identity_key=publication._free_key(key),
                channel="root.merchant",
                description=f"Stock sync of {self.name}",
            )._push()

    def _enqueue_mark(self):
        """Mark once more when this is committed: listings may be read at this very moment, unseen by both sides."""
        for shop in self:
            shop._as_system().with_delay(
                identity_key=f"merchant-mark-{shop.id}", channel="root.merchant", description=f"Offers of {shop.name}"
            )._mark_publication()

    def _enqueue_check(self):
        self.ensure_one()
        self._as_system().with_delay(
            identity_key=f"merchant-check-{self.id}", channel="root.merchant", description=f"Stock check of {self.name}"
        )._check_platform()

    def _push(self):
        self.env["merchant.publication"]._send_shop(self)

    def _check_platform(self):
        self.env["merchant.publication.check"]._compare(self)

    def _may_publish(self):
        self.ensure_one()
        now = fields.Datetime.now()
        return (
            self.active
            and self.publishes
            and not self.publication_paused
            and self._has_client()
            and self.state in ("ready", "waiting", "error")
            and (not self.publish_next_at or self.publish_next_at <= now)
        )

    def _set_publishing_aside(self, problem):
        """Push again when the platform allows it; a session that is over stops the shop."""
        _logger.info("Shop %s: push: %s (%s)", self.id, type(problem).__name__, problem.code)
        if isinstance(problem, Unauthorised) and not self._refresh_session():
            self.with_context(merchant_work="quantity")._set_aside("expired", problem, False)
            return
        self._log_trouble(problem, "quantity")
        until = fields.Datetime.now() + timedelta(seconds=getattr(problem, "after", 0))
        self._note_publishing(publish_next_at=until, push_error=self._trouble(problem))

    def _note_push(self):
        """The platform answers; written once in a while only, since pulls write the shop, too."""
        last = self.last_push_at
        if self.push_error or not last or fields.Datetime.now() - last > NOTE_PUSH_EVERY:
            self._note_publishing(publish_next_at=None, push_error=None, last_push_at=fields.Datetime.now())

    def _note_publishing(self, **values):
        names = SQL(", ").join(SQL("%s = %s", SQL.identifier(name), value) for name, value in values.items())
        statement = SQL("UPDATE merchant_shop SET %s WHERE id = %s", names, self.id)
        self.env["merchant.publication"]._in_its_own_transaction(lambda cr: cr.execute(statement))
        self.invalidate_recordset(list(values))

    # -- the shield -------------------------------------------------------------------------------------------------

    @api.model
    def _update_shields(self):
        """Let every listing's shield follow its speed and its shop's delay."""
        shops = self.search([("publishes", "=", True)])
        if not shops:
            return
        delays = shops._delays()
        sold = shops._sold_lately(delays)
        before = shops._shields(sold)
        fresh = {}
        for (shop, listing), old in before.items():
            pieces = sold.get(listing, 0)
            wanted = shield(pieces, SPEED_MINUTES, delays.get(shop.id, 0.0), old)
            fresh[listing] = min(wanted, shop.publication_shield_limit)
        changed = {listing: units for (_shop, listing), old in before.items() if (units := fresh[listing]) != old}
        self._write_shields(changed)

    def _sold_lately(self, delays):
        """``{listing id: pieces}`` that buyers ordered in the last minutes of which we know: those before the delay."""
        self.env["sale.order"].flush_model(["state", "merchant_shop_id", "date_order"])
        now = fields.Datetime.now()
        since = [now - timedelta(minutes=SPEED_MINUTES + delays.get(shop.id, 0.0)) for shop in self]
        self.env.cr.execute(
            SQL(
                """
            SELECT listing.id, SUM(line.product_uom_qty)
              FROM unnest(%s::int[], %s::timestamp[]) AS shop (id, since)
              JOIN sale_order so ON so.merchant_shop_id = shop.id AND so.date_order >= shop.since
              JOIN sale_order_line line ON line.order_id = so.id
              JOIN merchant_listing listing ON listing.shop_id = shop.id
                   AND listing.product_id = line.product_id AND listing.active
             WHERE so.date_order >= %s AND so.state != 'cancel'
             GROUP BY 1
            """,
                self.ids,
                since,
                min(since),
            )
        )
        return dict(self.env.cr.fetchall())

    def _shields(self, sold):
        """``{(shop, listing id): units}`` of listings that sold lately or hold something back."""
        self.env.cr.execute(
            SQL(
                """
            SELECT shop_id, listing_id, COALESCE(shield, 0) FROM merchant_publication
             WHERE shop_id = ANY(%s) AND (shield > 0 OR listing_id = ANY(%s))
            """,
                self.ids,
                list(sold),
            )
        )
        return {(self.browse(shop), listing): units for shop, listing, units in self.env.cr.fetchall()}

    def _write_shields(self, shields):
        if not shields:
            return

        def write(cr):
            cr.execute(
                SQL(
                    """
                UPDATE merchant_publication publication SET shield = fresh.units
                  FROM unnest(%s::int[], %s::int[]) AS fresh (listing, units)
                 WHERE publication.listing_id = fresh.listing
                RETURNING publication.product_id
                """,
                    list(shields),
                    list(shields.values()),
                )
            )
            products = [row[0] for row in cr.fetchall()]
            self.env(cr=cr)["merchant.publication.mark"]._mark_products(products)

        # apart from what else the minute brings: pushes and offers change the same rows all the time
        publication = self.env["merchant.publication"]
        publication._in_its_own_transaction(write)
        publication.invalidate_model(["shield"])

    def _compute_sync_delay(self):
        delays = self._delays()
        for shop in self:
            shop.sync_delay = delays.get(shop.id, 0.0)

    def _delays(self):
        """``{shop id: minutes}`` there and back: orders and pushes of the last hour, and what is overdue."""
        self.flush_recordset(["last_pull_at", "pull_interval"])
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
            SELECT shop.id,
                   GREATEST(0, (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY
                                       EXTRACT(EPOCH FROM inbox.processed_at - inbox.modified_at))
                                  FROM merchant_inbox inbox
                                 WHERE inbox.shop_id = shop.id AND inbox.processed_at >= %(since)s
                                   AND inbox.modified_at >= %(since)s AND inbox.origin != 'sheet'),
                            (SELECT EXTRACT(EPOCH FROM %(now)s - MIN(inbox.modified_at)) FROM merchant_inbox inbox
                              WHERE inbox.shop_id = shop.id AND inbox.state = 'new'
                                AND inbox.modified_at >= %(since)s),
                            EXTRACT(EPOCH FROM %(now)s - shop.last_pull_at) - shop.pull_interval * 60)
                 + GREATEST(0, (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY delay) FROM merchant_publication
                                 WHERE shop_id = shop.id AND sent_at >= %(since)s),
                            (SELECT EXTRACT(EPOCH FROM %(now)s - MIN(changed_at)) FROM merchant_publication
                              WHERE shop_id = shop.id AND state IN ('waiting', 'sending')))
              FROM merchant_shop shop WHERE shop.id = ANY(%(shops)s)
            """,
                shops=self.ids,
                now=now,
                since=now - timedelta(minutes=DELAY_MINUTES),
            )
        )
        return {shop: min(round(float(seconds) / 60.0, 1), LONGEST_DELAY) for shop, seconds in self.env.cr.fetchall()}

    def _push_ages(self):
        """The monitor asks how long the oldest quantity has been waiting to be told."""
        self.env.cr.execute(
            SQL(
                """
            SELECT publication.shop_id, EXTRACT(EPOCH FROM %s - MIN(publication.changed_at))::float
              FROM merchant_publication publication JOIN merchant_shop shop ON shop.id = publication.shop_id
             WHERE publication.shop_id = ANY(%s) AND publication.state IN ('waiting', 'sending')
               AND NOT COALESCE(shop.publication_paused, FALSE)
             GROUP BY 1
            """,
                fields.Datetime.now(),
                self.ids,
            )
        )
        return {**super()._push_ages(), **{shop: max(0.0, age) for shop, age in self.env.cr.fetchall()}}

    # -- by hand ----------------------------------------------------------------------------------------------------

    def action_publish_all(self):
        """Work everything out again and tell the platform every quantity, whatever it was told."""
        self.check_access("write")
        rows = self.env["merchant.publication"].search([("shop_id", "in", self.ids)])
        self._mark_publication()
        rows.action_send()
        return self._notify(self.env._("Every quantity is worked out and sent again in the background."))

    def action_check_platform(self):
        """Compare with what the platform has, in the background."""
        for shop in self:
            shop._check_pullable()
            shop._enqueue_check()
        return self._notify(self.env._("The comparison runs in the background; see Stock Checks."))

    def action_publication_pause(self):
        self.write({"publication_paused": True})
        return True

    def action_publication_resume(self):
        self.write({"publication_paused": False, "publish_next_at": False})
        for shop in self.filtered(lambda shop: shop._may_publish()):
            shop._enqueue_push()
        return True

    @api.model
    def publication_quantities(self, shop, skus=None):
        """What a shop offers now, for scripts: ``{merchant code: pieces}``.

        :param shop: id or exact name
        :param skus: only these codes
        """
        shop = self.env["merchant.inbox"]._shop_of(shop)
        domain = [("shop_id", "=", shop.id)] + ([("listing_id.sku", "in", list(skus))] if skus else [])
        rows = self.env["merchant.publication"].search_fetch(domain, ["listing_id", "wanted"])
        return {row.listing_id.sku or row.listing_id.platform_sku: row.wanted for row in rows}
