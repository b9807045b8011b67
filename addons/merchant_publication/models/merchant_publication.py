import json
import logging
import traceback
from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.merchant_base.fields import ReasonCode
from odoo.addons.merchant_base.transaction import CONCURRENCY, committed
from odoo.addons.merchant_channel.core.errors import ChannelError, Rejected, Retryable, Unauthorised
from odoo.addons.queue_job.exception import RetryableJobError

_logger = logging.getLogger(__name__)
MARKS, BATCH = 5000, 200
# Seconds until a failed push is tried again, doubled each time up to the longest.
FIRST_WAIT, DOUBLINGS = 5, 4
# A push that took longer than this died with its process.
ABANDONED = timedelta(minutes=5)
# Seconds that a quantity waits at most for marks that will change it, and for orders of its own shop.
WAIT_FOR_MARKS, WAIT_FOR_ORDERS = 120, 600
BUSY = ("wait_dependencies", "pending", "enqueued")
# Listings of the same product that “Why?” names.
MOST_PROMISES = 30


class MerchantPublication(models.Model):
    """What one listing offers, and what its platform was last told. Written by jobs and buttons alone."""

    _name = "merchant.publication"
    _description = "Stock Sync"
    _order = "shop_id, listing_id"
    _rec_name = "listing_id"

    listing_id = fields.Many2one("merchant.listing", required=True, readonly=True, ondelete="cascade", index=True)
    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="cascade", index=True)
    limit_product_id = fields.Many2one("product.product", "Limited By", readonly=True, ondelete="set null")
    sku = fields.Char(related="listing_id.sku")
    title = fields.Char(related="listing_id.title")
    on_sale = fields.Boolean(related="listing_id.on_sale")
    publication_mode = fields.Selection(related="listing_id.publication_mode")
    wanted = fields.Integer("Offer", readonly=True, help="What the listing is to offer, by its rule.")
    terms = fields.Json(readonly=True)
    parts = fields.Json(readonly=True, help="Of a kit: how many pieces of each product one unit takes.")
    shield = fields.Integer(
        "Shield",
        readonly=True,
        default=0,
        help="Pieces held back against orders that are on their way here: sell-out speed times sync delay.",
    )
    version = fields.Integer(readonly=True, default=1)
    wanted_at = fields.Datetime("Worked Out", readonly=True)
    changed_at = fields.Datetime("Stock Changed", readonly=True)
    sent = fields.Integer("Platform Told", readonly=True)
    sent_at = fields.Datetime("Told At", readonly=True)
    exposed = fields.Integer(
        "Platform May Sell", readonly=True, help="The most that the platform may have of it: told, or on its way there."
    )
    unsure = fields.Boolean(readonly=True, help="What the platform has is not known for sure: it is told again.")
    delay = fields.Float(
        "Delay (s)", readonly=True, digits=(12, 1), help="From the change of stock to the platform's answer."
    )
    delisted = fields.Boolean("Taken Off by Us", readonly=True)
    state = fields.Selection(
        [
            ("idle", "In step"),
            ("waiting", "To send"),
            ("sending", "Being sent"),
            ("refused", "Refused"),
            ("stopped", "Not sent"),
        ],
        readonly=True,
        default="waiting",
        required=True,
    )
    reason_code = ReasonCode("Reason in Short", readonly=True)
    reason_params = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    attempts = fields.Integer(readonly=True, default=0)
    next_try_at = fields.Datetime("Next Try", readonly=True)
    sending_at = fields.Datetime(readonly=True)
    push_ids = fields.One2many("merchant.publication.push", "publication_id", readonly=True)
    free = fields.Float("Free Stock", compute="_compute_stock", digits="Product Unit")
    promised = fields.Float(
        "Promised by All",
        compute="_compute_stock",
        digits="Product Unit",
        help="What all listings offer that sell from this shop's warehouses alone, in pieces of the product (of a "
        "kit's scarcest part); kits that hold it are counted.",
    )
    above_stock = fields.Boolean("Above the Stock", compute="_compute_stock", search="_search_above_stock")
    why = fields.Json(compute="_compute_why", exportable=False)

    _listing_uniq = models.Constraint("UNIQUE (listing_id)", "A listing has one offer.")
    _due_idx = models.Index("(shop_id, next_try_at) WHERE state IN ('waiting', 'sending')")
    _parts_idx = models.Index("USING gin (parts) WHERE parts IS NOT NULL")

    # -- what it shows ----------------------------------------------------------------------------------------------

    @api.depends("reason_code", "reason_params")
    @api.depends_context("lang")
    def _compute_reason(self):
        for row in self:
            row.reason = self.env["merchant.reason"]._sentence(row.reason_code, row.reason_params)

    @api.depends("product_id", "limit_product_id", "parts", "wanted")
    def _compute_stock(self):
        promised, places = self._promised(), self._places()
        for row in self:
            terms, mine = dict(row.terms or []), places.get(row.shop_id.id, set())
            codes = ("on_hand", "reserved", "waiting", "pending", "incoming")
            row.free = sum(terms.get(code, 0) for code in codes)
            pieces = promised.get(row._scarcest().id, {})
            row.promised = sum(pieces[shop] for shop in pieces if places.get(shop) and places[shop] <= mine)
            row.above_stock = bool(row.product_id) and row.promised > max(0, row.free)

    def _scarcest(self):
        """The product whose pieces the offer counts: a kit's scarcest part."""
        return self.limit_product_id or self.product_id

    def _promised(self):
        """``{product id: {shop id: pieces}}`` that all listings offer of these rows' products, kits included."""
        self.env["merchant.publication"].flush_model()
        promised = defaultdict(dict)
        # whoever may see a row sees the sum of promises, not whose they are: it is read past the rules
        self.env.cr.execute(
            SQL(
                "SELECT need.product_id, row.shop_id, SUM(row.wanted * need.pieces)::float FROM (%s) need"
                "  JOIN merchant_publication row ON row.id = need.publication_id GROUP BY 1, 2",
                self._needing(self._scarcest().ids),
            )
        )
        for product, shop, pieces in self.env.cr.fetchall():
            promised[product][shop] = pieces
        return promised

    def _needing(self, product_ids):
        """The query ``(publication_id, product_id, pieces for one unit)`` of who offers these products, in kits too."""
        return SQL(
            """
            SELECT id AS publication_id, product_id, 1 AS pieces
              FROM merchant_publication WHERE parts IS NULL AND product_id = ANY(%(ids)s)
             UNION ALL
            SELECT kit.id, part.key::int, part.value::numeric
              FROM merchant_publication kit CROSS JOIN LATERAL jsonb_each_text(kit.parts) part
             WHERE kit.parts ?| %(keys)s AND part.key = ANY(%(keys)s)
            """,
            ids=product_ids,
            keys=[str(product) for product in product_ids],
        )

    def _places(self):
        """``{shop id: {warehouse ids}}`` of the shops that publish."""
        # sudo: which warehouses a shop sells from says nothing that its sum of promises does not
        shops = self.env["merchant.shop"].sudo().search([("publishes", "=", True)])
        return {shop.id: set((shop.warehouse_ids or shop.warehouse_id).ids) for shop in shops}

    def _search_above_stock(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self.search([("wanted", ">", 0)]).filtered("above_stock")
        return Domain("id", "in" if True in value else "not in", rows.ids)

    @api.depends("terms", "wanted", "sent", "state", "limit_product_id")
    @api.depends_context("lang")
    def _compute_why(self):
        sharers, held, places = self._sharers(), self._held_back(), self._places()
        for row in self:
            found = sharers.get((row.company_id.id, row._scarcest().id), ())
            mine = places.get(row.shop_id.id, set())
            alike = [(other, per) for other, per in found if places.get(other.shop_id.id, {0}) <= mine]
            row.why = row._explain(alike, held.get(row.id, 0))

    def _explain(self, sharers, held):
        """“Why 37?”: the terms, one below the other, and what the other shops promise.

        :param sharers: ``[(row, pieces for one unit)]`` of who offers the same product from the same warehouses
        :param held: units that wait until others are told less
        """
        words, running, steps = self._words(), 0, []
        for code, value in self.terms or []:
            running += value
            number = f"{value:+g}" if code not in ("on_hand", "forced") else f"{value:g}"
            steps.append({"state": "info", "text": f"{words.get(code, code)}: {number}", "detail": f"= {running:g}"})
        if self.limit_product_id:
            steps.insert(
                0, {"state": "info", "text": self.env._("Limited by %(part)s", part=self.limit_product_id.display_name)}
            )
        if held:
            steps.append({"state": "info", "text": self._held_words(held)})
        if self.reason:
            steps.append({"state": "bad", "text": self.reason})
        return {
            "summary": self.env._("Offers %(quantity)s", quantity=self.wanted),
            "steps": steps,
            "table": self._promises(sharers),
        }

    def _held_words(self, held):
        return self.env._(
            "For now %(told)s are told; the other %(held)s follow when the platforms that sell the same pieces know of "
            "their smaller numbers.",
            told=self.wanted - held,
            held=held,
        )

    def _held_back(self):
        """``{row id: units}`` of a divided stock that wait until other platforms have been lowered."""
        self.env["merchant.publication"].flush_model()
        # read past the rules: how many units wait, not for whom
        self.env.cr.execute(
            SQL(
                "SELECT mine.id, LEAST(mine.wanted, %s)::int FROM merchant_publication mine"
                "  JOIN merchant_shop shop ON shop.id = mine.shop_id AND shop.publication_shares"
                " WHERE mine.id = ANY(%s) AND mine.state IN ('waiting', 'sending')",
                SQL(STILL_SOLD_BY_OTHERS),
                self.ids,
            )
        )
        return dict(self.env.cr.fetchall())

    def _sharers(self):
        """``{(company id, product id): [(row, pieces for one unit)]}`` that the reader may see."""
        products = self._scarcest().ids
        self.env.cr.execute(self._needing(products))
        needs = defaultdict(list)
        for row, product, pieces in self.env.cr.fetchall():
            needs[row].append((product, pieces))
        found = defaultdict(list)
        for row in self.search([("id", "in", list(needs))]):
            for product, pieces in needs[row.id]:
                found[row.company_id.id, product].append((row, pieces))
        return found

    def _promises(self, sharers):
        """What the listings of the same product offer, those of shops the reader may not see summed up."""
        if not self.product_id:
            return None
        table = [
            [row.shop_id.name, row.sku or "", _units(row.wanted, per), str(row.sent) if row.sent_at else ""]
            for row, per in sharers[:MOST_PROMISES]
        ]
        hidden = self.promised - sum(row.wanted * float(per) for row, per in sharers[:MOST_PROMISES])
        if hidden > 0:
            table.append([self.env._("Other shops"), "", f"{hidden:g}", ""])
        table.append([self.env._("Sum"), "", f"{self.promised:g}", ""])
        columns = [self.env._("Shop"), self.env._("Code"), self.env._("Offer"), self.env._("Platform Told")]
        return {"columns": columns, "rows": table}

    def _words(self):
        _ = self.env._
        return {
            "on_hand": _("On hand in the shop's warehouses"),
            "reserved": _("Reserved for deliveries"),
            "waiting": _("Ordered, waiting for stock"),
            "pending": _("Sold: not paid, held or not confirmed"),
            "set_aside": _("Set aside for campaigns or forced offers"),
            "others": _("The other shops' part of a divided stock"),
            "beyond_quota": _("Beyond its quota: not offered"),
            "quota": _("Its own quota"),
            "incoming": _("Due within the days that count"),
            "kit": _("From parts to whole kits"),
            "whole": _("Broken pieces"),
            "safety": _("Safety stock"),
            "shield": _("Shield against orders on their way"),
            "ratio": _("Part that is not offered"),
            "constant": _("Added or taken off by the rule"),
            "below_zero": _("Never below zero"),
            "never_above": _("Never above its part of a divided stock"),
            "minimum": _("Fewer than the lower limit are not offered"),
            "maximum": _("Upper limit"),
            "kept_back": _("The platform subtracts unpaid orders itself"),
            "forced": _("Forced by hand"),
        }

    # -- working out, in the background -----------------------------------------------------------------------------

    @api.model
    def _is_queued(self, key="merchant-publication"):
        """Whether a job waits that will see what is committed now; one that runs may have looked already."""
        self.env.cr.execute(
            SQL("SELECT 1 FROM queue_job WHERE identity_key = ANY(%s) AND state = ANY(%s)", self._keys(key), list(BUSY))
        )
        return bool(self.env.cr.fetchone())

    def _keys(self, key):
        return [key, f"{key}-next"]

    def _free_key(self, key):
        """An identity key that no running job bears: a second job may wait while the first one works."""
        self.env.cr.execute(
            SQL(
                "SELECT identity_key FROM queue_job WHERE identity_key = ANY(%s) AND state = 'started'", self._keys(key)
            )
        )
        taken = {row[0] for row in self.env.cr.fetchall()}
        return next((each for each in self._keys(key) if each not in taken), None)

    @api.model
    def _enqueue_catch_up(self, seconds=0):
        self.sudo().with_delay(  # sudo: see merchant.publication.mark._enqueue
            identity_key=self._free_key("merchant-publication"),
            channel="root.merchant",
            description="Stock sync: what changed",
            eta=seconds or None,
        )._catch_up()

    @api.model
    def _catch_up(self):
        """Work out what is marked, then let the shops tell it."""
        try:
            shops = self.env["merchant.publication.calculator"]._catch_up(MARKS)
        except CONCURRENCY as problem:
            raise RetryableJobError("Others changed the same offers", seconds=1, ignore_retry=True) from problem
        for shop in shops | self._shops_with_work():
            shop._enqueue_push()
        if self.env["merchant.publication.mark"]._any():
            self._enqueue_catch_up()

    @api.model
    def _work_off(self):
        """Work out everything that is marked, here and now, committed batch by batch (benchmarks, first set-up)."""
        told = self.env["merchant.shop"]
        while self.env["merchant.publication.mark"]._any():
            told |= self.env["merchant.publication.calculator"]._catch_up(MARKS)
            self._batch_done()
        return told

    def _batch_done(self):
        """A batch is complete; tests, which must not commit, replace this."""
        # each batch took its own marks away: see _catch_up
        self.env.cr.commit()  # pylint: disable=invalid-commit

    # -- sending ----------------------------------------------------------------------------------------------------

    @api.model
    def _shops_with_work(self):
        """Shops with offers to tell now; the safety net behind lost jobs."""
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT publication.shop_id FROM merchant_publication publication"
                "  JOIN merchant_shop shop ON shop.id = publication.shop_id"
                " WHERE ((publication.state = 'waiting' AND publication.next_try_at <= %(now)s)"
                "    OR (publication.state = 'sending' AND publication.sending_at < %(abandoned)s))"
                "   AND (shop.publish_next_at IS NULL OR shop.publish_next_at <= %(now)s)"
                "   AND shop.active AND shop.publishes AND NOT COALESCE(shop.publication_paused, FALSE)"
                "   AND shop.state IN ('ready', 'waiting', 'error')",
                now=fields.Datetime.now(),
                abandoned=fields.Datetime.now() - ABANDONED,
            )
        )
        return self.env["merchant.shop"].browse(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _send_shop(self, shop):
        """Tell the platform what is due, batch by batch, until nothing is left. One process at a time for a shop."""
        with shop._alone("push") as mine:  # an older quantity never overtakes a newer
            client, told = None, False
            while mine and shop._may_publish() and (rows := self._claim(shop)):
                client = client or self._client_of(shop, rows)
                told = bool(client) and self._send(shop, client, rows)
                if not told:
                    break
                shop.invalidate_recordset()
        if told and shop.publication_shares:  # what this shop lets go of, others may offer now
            for other in self._shops_with_work() - shop:
                other._enqueue_push()

    def _client_of(self, shop, rows):
        try:
            return shop._client()
        except UserError as problem:  # a key or a setting is missing: say so on the rows
            self._note(shop, [(row, Rejected(str(problem))) for row in rows])
            return None

    def _claim(self, shop):
        """Mark the next batch as being sent, committed: ``[(id, version, quantity, item, sku, sent before)]``.

        What has to go down goes first: it is what a buyer could order although it is not there. What is marked again is
        not told before it is worked out again; and a shop that divides the stock is not told anything while orders of
        its own wait to be taken: its platform has counted them down already, and its part is nobody else's. Of a
        divided stock it is told no more than the others have let go of: see `CLAIM`.
        """

        def claim(cr):
            cr.execute(
                SQL(
                    CLAIM,
                    shop=shop.id,
                    now=fields.Datetime.now(),
                    abandoned=fields.Datetime.now() - ABANDONED,
                    marks=WAIT_FOR_MARKS,
                    orders=WAIT_FOR_ORDERS,
                    shares=bool(shop.publication_shares),
                    still_sold=SQL(STILL_SOLD_BY_OTHERS),
                    batch=BATCH,
                )
            )
            return [_Row(*each) for each in cr.fetchall()]

        with self._promising(shop):
            return self._in_its_own_transaction(claim)

    @contextmanager
    def _promising(self, shop):
        """Shops that divide a stock promise of it one after the other, each seeing what the others promised."""
        if not shop.publication_shares:
            yield
            return
        with self.env.registry.cursor() as cr:
            cr.execute(SQL("SELECT pg_advisory_xact_lock(hashtext('merchant.promise'), %s)", shop.company_id.id))
            yield

    def _send(self, shop, client, rows):
        """One batch; what came of each listing is written down. False when the shop has to wait."""
        outcomes, general = {}, None
        try:
            entries = [(row.item_id, row.platform_sku, row.wanted) for row in rows]
            for platform_sku, problem in client.update_quantities(entries):
                outcomes[platform_sku] = problem  # noqa: PERF403 - what was answered before it breaks off counts
        except ChannelError as problem:
            general = problem
        except Exception as problem:  # noqa: BLE001 - a listing that breaks the connector must not stop the shop's others
            reference = f"push-{shop.id}-{rows[0].id}"
            place = "".join(traceback.format_tb(problem.__traceback__))
            _logger.error("Push failed (%s): %s at\n%s", reference, type(problem).__name__, place)
            general = Retryable(self._crashed(reference), after=60, uncertain=True)
        asked = [row for row in rows if row.platform_sku in outcomes]
        self._note(shop, [(row, outcomes[row.platform_sku]) for row in asked])
        if general:
            self._put_back([row for row in rows if row.platform_sku not in outcomes], general)
            shop._set_publishing_aside(general)
            return False
        shop._note_push()
        self._shelve(shop, client, rows)
        return True

    def _crashed(self, reference):
        return self.env["merchant.reason"]._sentence("crashed", {"reference": reference})

    def _note(self, shop, answers):
        """Write down what the platform answered, in one transaction.

        :param answers: ``[(claimed row, None or ChannelError)]``
        """
        now = fields.Datetime.now()
        rows = []
        for row, problem in answers:
            code, params, wait = self._verdict(shop, row, problem)
            rows.append((row.id, row.version, row.wanted, problem is None, code, params, wait))

        def note(cr):
            env = self.env(cr=cr)
            ids, versions, quantities, accepted, codes, params, waits = (
                list(column) for column in zip(*rows, strict=True)
            )
            cr.execute(
                SQL(
                    NOTE,
                    ids=ids,
                    versions=versions,
                    quantities=quantities,
                    accepted=accepted,
                    codes=codes,
                    params=params,
                    waits=waits,
                    now=now,
                )
            )
            env["merchant.publication.push"]._add(answers, now)

        if rows:
            self._in_its_own_transaction(note)
            self.invalidate_model()

    def _put_back(self, rows, problem):
        """What was claimed and not asked waits as before."""
        wait = timedelta(seconds=getattr(problem, "after", FIRST_WAIT))

        def put_back(cr):
            cr.execute(
                SQL(
                    "UPDATE merchant_publication SET state = CASE WHEN state = 'sending' THEN 'waiting' ELSE state END,"
                    " attempts = GREATEST(0, attempts - 1), next_try_at = %s WHERE id = ANY(%s)",
                    fields.Datetime.now() + wait,
                    [row.id for row in rows],
                )
            )

        if rows:
            self._in_its_own_transaction(put_back)
            self.invalidate_model()

    def _verdict(self, shop, row, problem):
        """``(reason code, parameters, seconds to wait or None when a person has to act)``"""
        if problem is None:
            return None, None, 0
        params = json.dumps({"error": shop._trouble(problem)})
        if isinstance(problem, Retryable):
            return "platform_later", params, max(problem.after, FIRST_WAIT * 2 ** min(row.attempts - 1, DOUBLINGS))
        if isinstance(problem, Unauthorised):
            return "session_over", None, FIRST_WAIT
        return "platform_refused", params, None

    def _in_its_own_transaction(self, work):
        """What ``work(cr)`` returns, committed; tests replace it."""
        return committed(self.env, work)

    def _shelve(self, shop, client, rows):
        """Take sold-out items off the shelf and put them back, where the shop wants that and the platform can."""
        if not shop.publication_delists or not hasattr(client, "set_on_sale"):
            return
        items = self._items_to_shelve(shop, sorted({row.item_id for row in rows if row.item_id}))
        for item, quantity, delisted in items:
            problem = None
            try:
                client.set_on_sale(item, not delisted, quantity)
            except (Retryable, Rejected, Unauthorised) as refusal:
                problem = refusal
            self._in_its_own_transaction(
                lambda cr, item=item, delisted=delisted, problem=problem: self._note_shelf(
                    cr, shop, item, delisted, problem
                )
            )

    def _items_to_shelve(self, shop, items):
        """``[(item, its quantity, to be taken off)]`` of items that are not where they belong; what a person took off
        stays off."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                SELECT listing.item_id, SUM(COALESCE(publication.sent, 0))::int, SUM(COALESCE(publication.sent, 0)) = 0
                  FROM merchant_listing listing
                  JOIN merchant_publication publication ON publication.listing_id = listing.id
                 WHERE listing.shop_id = %s AND listing.active AND listing.item_id = ANY(%s)
                 GROUP BY 1
                HAVING COUNT(*) = (SELECT COUNT(*) FROM merchant_listing other WHERE other.active
                                    AND other.shop_id = %s AND other.item_id = listing.item_id)
                   AND bool_and(publication.sent_at IS NOT NULL)
                   AND CASE WHEN SUM(COALESCE(publication.sent, 0)) = 0
                            THEN bool_or(COALESCE(listing.on_sale, FALSE))
                                 AND NOT bool_or(COALESCE(publication.delisted, FALSE))
                            ELSE bool_or(COALESCE(publication.delisted, FALSE)) END
                """,
                    shop.id,
                    items,
                    shop.id,
                )
            )
            return cr.fetchall()

    def _note_shelf(self, cr, shop, item, delisted, problem):
        if problem is None:
            cr.execute(
                SQL(
                    "UPDATE merchant_publication SET delisted = %s WHERE listing_id IN"
                    " (SELECT id FROM merchant_listing WHERE shop_id = %s AND item_id = %s)",
                    delisted,
                    shop.id,
                    item,
                )
            )
            cr.execute(
                SQL(
                    "UPDATE merchant_listing SET on_sale = %s WHERE shop_id = %s AND item_id = %s",
                    not delisted,
                    shop.id,
                    item,
                )
            )
        self.env(cr=cr)["merchant.publication.push"]._add_shelf(shop, item, delisted, problem)

    # -- by hand ----------------------------------------------------------------------------------------------------

    def _acting(self):
        """These rows for the work of a button, for those who may press it."""
        self.check_access("write")
        # sudo: whoever has the role may press the button, but nobody writes the state himself (see `write`)
        return self.sudo()

    def write(self, vals):
        """What the platform was told is written by the jobs and the buttons alone."""
        if not self.env.su:
            raise self.env["ir.model.access"]._make_access_error(self._name, "write")
        return super().write(vals)

    def action_send(self):
        """Tell the platform again, whatever it was told."""
        rows = self._acting().filtered(lambda row: row.state != "stopped")
        rows.write(
            {
                "state": "waiting",
                "unsure": True,
                "next_try_at": fields.Datetime.now(),
                "attempts": 0,
                "reason_code": False,
            }
        )
        for shop in rows.shop_id:
            shop._enqueue_push()
        return True

    def action_recompute(self):
        """Work the offers out again now."""
        rows = self._acting()
        products = dict.fromkeys(rows.product_id.ids, fields.Datetime.now())
        self.env["merchant.publication.calculator"].sudo()._refresh(products, dict.fromkeys(rows.listing_id.ids))
        for shop in rows.shop_id:
            shop._enqueue_push()
        return True

    def action_pause(self):
        return self._set_mode("paused")

    def action_resume(self):
        return self._set_mode("auto")

    def _set_mode(self, mode):
        self.check_access("write")
        self.listing_id.publication_mode = mode
        return True

    def action_view_listing(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "merchant.listing",
            "res_id": self.listing_id.id,
            "views": [(False, "form")],
        }

    def action_view_pushes(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("merchant_publication.merchant_publication_push_action")
        return {**action, "domain": [("publication_id", "in", self.ids)], "context": {}}


# Units of “mine” that other listings of a divided stock may still sell although they are to offer less by now: of each
# product that it takes (itself, or a kit's parts) what theirs take too much, alone or in kits.
STILL_SOLD_BY_OTHERS = """
COALESCE((
    SELECT MAX(CEIL(too_much.pieces / need.pieces))
      FROM (SELECT part.key::int AS product_id, part.value::numeric AS pieces
              FROM jsonb_each_text(COALESCE(mine.parts, CASE WHEN mine.product_id IS NOT NULL
                                                             THEN jsonb_build_object(mine.product_id, 1) END)) part
           ) need
      CROSS JOIN LATERAL (
            SELECT SUM(GREATEST(0, COALESCE(other.exposed, other.sent, 0) - other.wanted) * other.pieces) AS pieces
              FROM (SELECT id, company_id, shop_id, exposed, sent, wanted, 1 AS pieces FROM merchant_publication
                     WHERE product_id = need.product_id AND parts IS NULL
                     UNION ALL
                    SELECT id, company_id, shop_id, exposed, sent, wanted, (parts ->> need.product_id::text)::numeric
                      FROM merchant_publication WHERE parts ? need.product_id::text) other
              JOIN merchant_shop seller ON seller.id = other.shop_id AND seller.publication_shares
             WHERE other.company_id = mine.company_id AND other.id != mine.id) too_much), 0)
"""

# Parts of a divided stock move from shop to shop as it sells. A shop's greater part may be told when the others know of
# their smaller ones, not before: until then it is told so much less, and what is still missing afterwards. What is
# marked, or shares a part with what is marked, is worked out first.
CLAIM = """
WITH marked AS (
    SELECT product_id FROM merchant_publication_mark WHERE product_id IS NOT NULL
     UNION
    SELECT part::int FROM merchant_publication kit CROSS JOIN LATERAL jsonb_object_keys(kit.parts) part
     WHERE kit.parts IS NOT NULL
       AND kit.product_id IN (SELECT product_id FROM merchant_publication_mark)),
due AS (
    SELECT id FROM merchant_publication
     WHERE shop_id = %(shop)s AND ((state = 'waiting' AND next_try_at <= %(now)s)
                                   OR (state = 'sending' AND sending_at < %(abandoned)s))
       AND (wanted = 0 OR (
                (NOT %(shares)s OR changed_at < %(now)s - make_interval(secs => %(orders)s)
                 OR NOT EXISTS (SELECT 1 FROM merchant_inbox WHERE shop_id = %(shop)s AND state = 'new'))
            AND (changed_at < %(now)s - make_interval(secs => %(marks)s)
                 OR NOT (EXISTS (SELECT 1 FROM marked WHERE marked.product_id = merchant_publication.product_id)
                         OR COALESCE(parts ?| (SELECT array_agg(product_id::text) FROM marked), FALSE)))))
     ORDER BY (sent IS NULL OR wanted < sent) DESC, wanted_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED),
promise AS (
    SELECT mine.id, GREATEST(0, mine.wanted - CASE WHEN %(shares)s THEN %(still_sold)s ELSE 0 END)::int AS pieces
      FROM due JOIN merchant_publication mine ON mine.id = due.id)
UPDATE merchant_publication publication
   SET state = 'sending', sending_at = %(now)s, attempts = COALESCE(attempts, 0) + 1,
       exposed = GREATEST(promise.pieces, publication.exposed, publication.sent)
  FROM promise, merchant_listing listing
 WHERE publication.id = promise.id AND listing.id = publication.listing_id
   AND (promise.pieces = publication.wanted OR promise.pieces IS DISTINCT FROM publication.sent OR publication.unsure)
RETURNING publication.id, publication.version, promise.pieces, listing.item_id, listing.platform_sku,
          publication.sent, publication.attempts, publication.changed_at
"""

# What was asked for meanwhile goes out next; what the platform may have taken although no answer came is not known.
NOTE = """
UPDATE merchant_publication publication
   SET sent = CASE WHEN answer.accepted THEN answer.quantity ELSE publication.sent END,
       exposed = CASE WHEN answer.accepted THEN answer.quantity ELSE publication.exposed END,
       sent_at = CASE WHEN answer.accepted THEN %(now)s ELSE publication.sent_at END,
       delay = CASE WHEN answer.accepted
                    THEN GREATEST(0, EXTRACT(EPOCH FROM %(now)s - COALESCE(publication.changed_at, %(now)s)))
                    ELSE publication.delay END,
       unsure = CASE WHEN answer.accepted AND publication.version = answer.version THEN FALSE
                     WHEN answer.accepted THEN publication.unsure ELSE TRUE END,
       reason_code = CASE WHEN publication.state = 'stopped' THEN publication.reason_code ELSE answer.code END,
       reason_params = answer.params,
       attempts = CASE WHEN answer.accepted THEN 0 ELSE publication.attempts END,
       next_try_at = %(now)s + make_interval(secs => COALESCE(answer.wait, 0)),
       state = CASE WHEN publication.state = 'stopped' THEN 'stopped'
                    WHEN publication.version != answer.version THEN 'waiting'
                    WHEN answer.accepted AND publication.wanted != answer.quantity THEN 'waiting'
                    WHEN answer.accepted THEN 'idle'
                    WHEN answer.wait IS NULL THEN 'refused'
                    ELSE 'waiting' END
  FROM unnest(%(ids)s::int[], %(versions)s::int[], %(quantities)s::int[], %(accepted)s::bool[], %(codes)s::varchar[],
              %(params)s::jsonb[], %(waits)s::float[])
       AS answer (id, version, quantity, accepted, code, params, wait)
 WHERE publication.id = answer.id
"""


class _Row:
    """A claimed row."""

    def __init__(self, row_id, version, wanted, item_id, platform_sku, sent, attempts, changed_at):
        self.id, self.version, self.wanted, self.item_id = row_id, version, wanted, item_id
        self.platform_sku, self.sent, self.attempts, self.changed_at = platform_sku, sent, attempts, changed_at


def _units(quantity, per):
    """``6 × 2`` for six kits of two pieces each."""
    return str(quantity) if per == 1 else f"{quantity} × {per:g}"
