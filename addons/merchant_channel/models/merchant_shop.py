import importlib
import logging
from contextlib import contextmanager
from datetime import timedelta, timezone
from urllib.parse import urlsplit

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.merchant_base.fields import Secret, reveal
from odoo.addons.merchant_base.transaction import committed
from odoo.addons.queue_job.exception import RetryableJobError

from ..core.errors import Rejected, Retryable, Unauthorised
from ..transport import post

_logger = logging.getLogger(__name__)
# The platform whose orders come by API or sheet: nothing to pull, nobody to tell.
OWN = "own"
# A session is renewed this long before it ends, and not more often than once in a while.
REFRESH_BEFORE, REFRESH_PAUSE = timedelta(hours=12), timedelta(minutes=10)
# What is not expected to mend itself is asked for again after this long, so that no shop ever stops in silence.
ASK_AGAIN = timedelta(minutes=30)
# Unreadable listings that are told in words.
NAMED = 3


class MerchantShop(models.Model):
    """A shop on a platform: where orders come from and how they are served."""

    _name = "merchant.shop"
    _description = "Shop"
    _inherit = ["mail.thread"]
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    platform = fields.Selection([(OWN, "Own shop, API or sheets")], required=True, default=OWN, tracking=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    user_ids = fields.Many2many(
        "res.users",
        string="Only For",
        help="Who sees this shop, its listings, inbox and orders; nobody named means everybody of the company. "
        "Who ships, buys or keeps the books works with the orders of all shops.",
    )
    # how it is reached
    gateway = fields.Char(
        help="The platform's address; leave it empty for the platform's own. "
        "A rehearsal names the rehearsal marketplace."
    )
    is_rehearsal = fields.Boolean(compute="_compute_is_rehearsal")
    app_key = fields.Char("App Key")
    app_secret = Secret("App Secret", groups="merchant_base.group_owner")
    session = Secret(
        "Session", groups="merchant_base.group_owner", help="The access token that the seller's authorisation gave."
    )
    refresh_token = Secret("Refresh Token", groups="merchant_base.group_owner")
    session_expires_at = fields.Datetime("Session Ends")
    session_refreshed_at = fields.Datetime("Session Refreshed", readonly=True, copy=False)
    # how its orders are served
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Ships From",
        check_company=True,
        compute="_compute_warehouse_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Where orders of this shop are shipped from, unless a sourcing rule says otherwise.",
    )
    warehouse_ids = fields.Many2many(
        "stock.warehouse", string="Serving Warehouses", check_company=True, help="Whose stock this shop may sell."
    )
    pricelist_id = fields.Many2one(
        "product.pricelist", check_company=True, help="Gives orders their currency; prices stay the platform's."
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    team_id = fields.Many2one("crm.team", string="Sales Team", check_company=True)
    unknown_sku = fields.Selection(
        [("hold", "Hold the order until it is matched"), ("create", "Make a product for it")],
        required=True,
        default="hold",
        string="Unknown SKU",
    )
    address_check = fields.Selection(
        [("full", "Province, district, street and phone"), ("province", "Province only"), ("none", "No check")],
        required=True,
        default="full",
        help="How much of a receiver's address an order must have to be shipped.",
    )
    auto_confirm = fields.Boolean(
        "Confirm by Itself",
        default=True,
        help="Clean orders are confirmed and reserved without a click; otherwise they wait as quotations.",
    )
    # pulling
    pull_interval = fields.Integer("Pull Every (minutes)", default=5)
    pull_overlap = fields.Integer(
        "Overlap (minutes)", default=10, help="How far each pull goes back behind the last one, against late rows."
    )
    pull_from = fields.Datetime(
        "First Pull From",
        default=lambda self: fields.Datetime.now() - timedelta(days=7),
        help="Orders changed before this are not asked for.",
    )
    pulled_until = fields.Datetime(
        readonly=True, copy=False, help="Everything the platform changed before this is in the inbox."
    )
    next_pull_at = fields.Datetime(readonly=True, copy=False, index=True)
    last_pull_at = fields.Datetime("Last Good Pull", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Not connected"),
            ("ready", "Connected"),
            ("waiting", "Trying again"),
            ("expired", "To be authorised"),
            ("error", "Needs attention"),
            ("paused", "Paused"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    last_error = fields.Char(readonly=True, copy=False)
    advice = fields.Char("What to Do", compute="_compute_advice")
    # figures for the card
    inbox_ids = fields.One2many("merchant.inbox", "shop_id")
    listing_ids = fields.One2many("merchant.listing", "shop_id")
    new_count = fields.Integer("New", compute="_compute_counts")
    held_count = fields.Integer("Held", compute="_compute_counts")
    to_match_count = fields.Integer("To Match", compute="_compute_counts")
    order_count = fields.Integer("Orders", compute="_compute_counts")
    on_hold_count = fields.Integer("Orders on Hold", compute="_compute_counts")
    notice_count = fields.Integer("Notices Parked", compute="_compute_counts")

    _name_uniq = models.Constraint("UNIQUE (company_id, name)", "This company already has a shop of that name.")
    _pull_interval_check = models.Constraint(
        "CHECK (pull_interval BETWEEN 1 AND 1440)", "A pull is due every 1 to 1440 minutes."
    )
    _pull_overlap_check = models.Constraint(
        "CHECK (pull_overlap BETWEEN 0 AND 1440)", "The overlap is 0 to 1440 minutes."
    )

    @api.model
    def _platforms(self):
        """``[(code, label)]`` of the installed platforms."""
        return self._fields["platform"]._description_selection(self.env)

    @api.depends("company_id")
    def _compute_warehouse_id(self):
        for shop in self.filtered(lambda shop: shop.warehouse_id.company_id != shop.company_id):
            shop.warehouse_id = self.env["stock.warehouse"].search([("company_id", "=", shop.company_id.id)], limit=1)

    @api.depends("gateway")
    def _compute_is_rehearsal(self):
        for shop in self:
            shop.is_rehearsal = urlsplit(shop.gateway or "").hostname in ("127.0.0.1", "localhost", "marketplace")

    @api.depends("state", "last_error")
    @api.depends_context("lang")
    def _compute_advice(self):
        advice = {
            "expired": self.env._(
                "Authorise the shop again, enter the new session under “Connection”, then test the connection."
            ),
            "waiting": self.env._("It is tried again by itself."),
            "error": self.env._("Put it right, then test the connection."),
        }
        for shop in self:
            shop.advice = shop.last_error and advice.get(shop.state)

    @api.depends("pricelist_id", "company_id")
    def _compute_currency_id(self):
        for shop in self:
            shop.currency_id = shop.pricelist_id.currency_id or shop.company_id.currency_id

    def _compute_counts(self):
        inbox = self.env["merchant.inbox"]._read_group(
            [("shop_id", "in", self.ids), ("state", "in", ("new", "held"))], ["shop_id", "state"], ["__count"]
        )
        inbox = {(shop.id, state): count for shop, state, count in inbox}
        open_listings = self._count_by_shop("merchant.listing", [("state", "=", "open")])
        orders = self._count_by_shop("sale.order", [], "merchant_shop_id")
        on_hold = self._count_by_shop(
            "sale.order", [("merchant_hold_code", "!=", False), ("state", "!=", "cancel")], "merchant_shop_id"
        )
        parked = self._count_by_shop("merchant.shipment.notice", [("state", "=", "parked")])
        for shop in self:
            shop.new_count = inbox.get((shop.id, "new"), 0)
            shop.held_count = inbox.get((shop.id, "held"), 0)
            shop.to_match_count = open_listings.get(shop.id, 0)
            shop.order_count = orders.get(shop.id, 0)
            shop.on_hold_count = on_hold.get(shop.id, 0)
            shop.notice_count = parked.get(shop.id, 0)

    def _count_by_shop(self, model, domain, field="shop_id"):
        groups = self.env[model]._read_group(Domain(field, "in", self.ids) & Domain(domain), [field], ["__count"])
        return {shop.id: count for shop, count in groups}

    @api.constrains("gateway")
    def _check_gateway(self):
        for shop in self.filtered("gateway"):
            address = urlsplit(shop.gateway)
            if address.scheme not in ("http", "https") or not address.hostname:
                raise ValidationError(
                    self.env._(
                        "%(gateway)s is no address of a gateway: it begins with https://. Leave it empty for the "
                        "platform's own.",
                        gateway=shop.gateway,
                    )
                )

    @api.onchange("warehouse_id")
    def _onchange_warehouse_id(self):
        self.warehouse_ids |= self.warehouse_id

    @api.model_create_multi
    def create(self, vals_list):
        shops = super().create(vals_list)
        for shop in shops:
            if shop.warehouse_id and not shop.warehouse_ids:
                shop.warehouse_ids = shop.warehouse_id
            if shop.platform == OWN:
                shop.state = "ready"
        return shops

    def write(self, vals):
        self._check_settled(vals)
        return super().write(vals)

    def _check_settled(self, vals):
        """:raises UserError: what came in already is of another platform or company"""
        for name in {"platform", "company_id"} & set(vals):
            moved = self.filtered(
                lambda shop, name=name: shop._fields[name].convert_to_write(shop[name], shop) != vals[name]
            )
            for shop in moved._with_inbox():
                raise UserError(
                    self.env._(
                        "Orders of %(shop)s came in already, so its platform and company stay as they are: "
                        "make a new shop instead.",
                        shop=shop.name,
                    )
                )

    def _with_inbox(self):
        """Those of the shops of which something came in."""
        # sudo: what the user may not see counts as well
        groups = self.env["merchant.inbox"].sudo()._read_group([("shop_id", "in", self.ids)], ["shop_id"])
        return self.browse(shop.id for (shop,) in groups)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for shop, vals in zip(self, vals_list, strict=True):
                vals["name"] = shop._name_of_copy()
        return vals_list

    def _name_of_copy(self):
        # sudo: shops that the user does not see, and archived ones, have their names, too
        shops = self.sudo().with_context(active_test=False).search([("company_id", "=", self.company_id.id)])
        taken, name = set(shops.mapped("name")), self.name
        while name in taken:
            name = self.env._("%(name)s (copy)", name=name)
        return name

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_used(self):
        for shop in self._with_inbox():
            raise UserError(self.env._("Orders of %(shop)s came in already: archive it instead.", shop=shop.name))

    # -- the platform -----------------------------------------------------------------------------------------------

    def _core(self, part):
        """A plain-Python part of the shop's platform (``mapping``, ``client``), found by its addon's name."""
        addon = "merchant_channel" if self.platform == OWN else f"merchant_channel_{self.platform}"
        return importlib.import_module(f"odoo.addons.{addon}.core.{part}")

    def _client(self):
        """The platform's client for this shop, with its secrets opened."""
        self.ensure_one()
        # only the owner may read the secrets on a screen; pulls and notices use them on everybody's behalf
        shop = self.sudo()
        options = {"gateway": shop.gateway} if shop.gateway else {}
        return self._core("client").Client(
            post,
            app_key=shop.app_key or "",
            secret=reveal(shop, "app_secret"),
            session=reveal(shop, "session"),
            **options,
        )

    def _check_connected_once(self):
        """:raises UserError: another shop has this session, so every order would come twice"""
        self.ensure_one()
        # sudo: only the owner may read the secrets on a screen; shops that the reader does not see count as well
        shop = self.sudo()
        session = reveal(shop, "session")
        same_platform = [("platform", "=", shop.platform), ("gateway", "=", shop.gateway or False)]
        for other in shop.search([*same_platform, ("id", "!=", shop.id)]):
            try:
                same = session and reveal(other, "session") == session
            except UserError:  # stored under a lost key
                continue
            if same:
                raise UserError(
                    self.env._(
                        "“%(shop)s” is connected with this session already: open that shop, or enter the session that "
                        "the other shop's seller gave.",
                        shop=other.name,
                    )
                )

    def _has_client(self):
        return self.platform != OWN

    @contextmanager
    def _platform_trouble(self):
        """Write down what a platform said no to; never let it stop another shop."""
        self.ensure_one()
        try:
            yield
        except Retryable as problem:
            self._set_aside("waiting", problem, fields.Datetime.now() + timedelta(seconds=problem.after))
        except Unauthorised as problem:
            if self._refresh_session():
                self._set_aside("waiting", problem, fields.Datetime.now())
            else:
                self._set_aside("expired", problem, False)
        except Rejected as problem:
            self._set_aside("error", problem, fields.Datetime.now() + ASK_AGAIN)
        except UserError as problem:  # the server lacks the key to the shop's secrets
            self._set_aside("error", Rejected(str(problem)), fields.Datetime.now() + ASK_AGAIN)
        except (psycopg2.Error, RetryableJobError):  # the whole job is repeated
            raise
        except Exception:  # the job keeps what happened, the shop shows that something did
            sentence = self.env["merchant.reason"]._sentence("crashed", {"reference": f"shop-{self.id}"})
            self._set_aside("error", Rejected(sentence), fields.Datetime.now() + ASK_AGAIN)
            raise

    def _refresh_session(self):
        """Get a new session for the refresh token; False when the seller has to authorise the shop again.

        Not twice within a few minutes: a session that is refused although it is new needs a person.
        """
        self.ensure_one()
        # sudo: only the owner may read the secrets on a screen; pulls use them on everybody's behalf
        shop, now = self.sudo(), fields.Datetime.now()
        token = reveal(shop, "refresh_token")
        if not token or (shop.session_refreshed_at and now - shop.session_refreshed_at < REFRESH_PAUSE):
            return False
        try:
            found = self._client().refresh(token)
        except (Retryable, Unauthorised, Rejected) as problem:
            _logger.info("Shop %s: no new session: %s (%s)", self.id, type(problem).__name__, problem.code)
            return False
        lasts = int(found.get("expires_in") or 0)
        self._note(
            {
                "session": found["access_token"],
                "refresh_token": found.get("refresh_token") or token,
                "session_expires_at": now + timedelta(seconds=lasts) if lasts else False,
                "session_refreshed_at": now,
            }
        )
        return True

    def _session_ends_soon(self):
        ends = self.session_expires_at
        return bool(ends) and ends - fields.Datetime.now() < REFRESH_BEFORE

    def _set_aside(self, state, problem, until):
        _logger.info("Shop %s: %s (%s)", self.id, type(problem).__name__, problem.code)
        self._note({"state": state, "last_error": self._trouble(problem), "next_pull_at": until})

    def _note(self, values):
        """Write down how the sync stands, in a transaction of its own: it must survive whatever becomes of the job."""
        self.ensure_one()
        committed(self.env, lambda cr: self._note_in(self.env(cr=cr), values))
        self.invalidate_recordset()

    def _note_in(self, env, values):
        self.with_env(env).write(values)
        env.flush_all()

    def _trouble(self, problem):
        """What went wrong in the reader's language, with the platform's code and reference."""
        # nobody reads along in a job: the company's language is the best guess
        lang = self.env.context.get("lang") or self.company_id.partner_id.lang
        Reason = self.env["merchant.reason"].with_context(lang=lang)
        words = Reason._sentence(problem.hint, {"words": problem.words}) if problem.hint else str(problem)
        details = ", ".join(filter(None, (problem.code, problem.request_id)))
        return f"{words} ({details})" if details else words

    # -- buttons ----------------------------------------------------------------------------------------------------

    def action_test(self):
        """Ask the platform something harmless; say what is wrong or connect."""
        self.ensure_one()
        if not self._has_client():
            return self._notify(self.env._("Nothing to connect: orders of this shop come by API or sheet."))
        try:
            client = self._client()
            client.check()
        except (Retryable, Unauthorised, Rejected) as problem:
            raise UserError(self._advice(problem)) from problem
        self.write({"state": "ready", "last_error": False, "next_pull_at": fields.Datetime.now()})
        # sudo: an owner connects the shop; what waited for that goes on
        self.env["merchant.shipment.notice"].sudo()._resume(self)
        return self._notify(self.env._("Connected: %(shop)s is pulled from now on.", shop=self.name))

    def _advice(self, problem):
        """What a person can do about a failed connection test."""
        reason = self._trouble(problem)
        if isinstance(problem, Unauthorised):
            return self.env._(
                "The session is missing or over: authorise the shop again and enter the new session. "
                "The platform says: %(reason)s",
                reason=reason,
            )
        if isinstance(problem, Retryable) and problem.code.split(" ")[0] in ("30", "31"):
            return self.env["merchant.reason"]._sentence("wrong_time")
        if isinstance(problem, Retryable):
            return self.env._(
                "The platform is not to be reached now; check the address and the network, or try again later. "
                "It says: %(reason)s",
                reason=reason,
            )
        return self.env._(
            "The platform refuses: check app key, app secret and the app's permissions. It says: %(reason)s",
            reason=reason,
        )

    def action_refresh_session(self):
        """Get a new session now, where the platform gave a refresh token."""
        self.ensure_one()
        if not self._refresh_session():
            raise UserError(
                self.env._(
                    "The platform gives no new session for %(shop)s: let the seller authorise it again.", shop=self.name
                )
            )
        return self.action_test()

    def action_pull(self):
        """Pull now, in the background."""
        for shop in self:
            shop._check_pullable()
            shop._enqueue_pull()
        return self._notify(
            self.env._(
                "The pull runs in the background; new orders appear in the inbox. What the platform changed in the "
                "last two minutes comes with the next pull."
            )
        )

    def action_pause(self):
        self.write({"state": "paused", "next_pull_at": False})
        return True

    def action_resume(self):
        self.write({"state": "ready", "next_pull_at": fields.Datetime.now(), "last_error": False})
        return True

    def action_read_listings(self):
        """Read the shop's listings in the background and match them by their codes."""
        for shop in self:
            shop._check_pullable()
            shop._as_system().with_delay(
                identity_key=f"merchant-listings-{shop.id}", description=f"Listings of {shop.name}"
            )._pull_listings()
        return self._notify(self.env._("The listings are read in the background."))

    def action_view(self):
        """Open what the clicked figure counts; the action's id comes in the context."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(self.env.context["merchant_action"])
        field = "merchant_shop_id" if action["res_model"] == "sale.order" else "shop_id"
        domain = Domain(field, "=", self.id)
        if state := self.env.context.get("merchant_state"):
            domain &= Domain("state", "=", state)
        if self.env.context.get("merchant_on_hold"):
            domain &= Domain("merchant_hold_code", "!=", False) & Domain("state", "!=", "cancel")
        return {**action, "domain": list(domain), "context": {f"default_{field}": self.id}}

    def _check_pullable(self):
        if not self._has_client():
            raise UserError(
                self.env._("%(shop)s has nothing to pull: its orders come by API or sheet.", shop=self.name)
            )
        if self.state == "expired":
            raise UserError(
                self.env._(
                    "The session of %(shop)s is over: authorise it again, then test the connection.", shop=self.name
                )
            )

    def _notify(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "success"},
        }

    # -- pulling ----------------------------------------------------------------------------------------------------

    @api.model
    def _cron_tick(self):
        """Once a minute: queue what is due. The work itself is done by jobs, one at a time for a shop."""
        now = fields.Datetime.now()
        due = self.search(
            [("platform", "!=", OWN), ("state", "in", ("ready", "waiting", "error")), ("next_pull_at", "<=", now)]
        )
        for shop in due:
            shop._enqueue_pull()
        for shop in self.env["merchant.inbox"]._shops_with_work():
            shop._enqueue_process()
        for shop in self.env["merchant.shipment.notice"]._shops_with_work():
            shop._enqueue_notices()

    def _as_system(self):
        # sudo: a script may hand in an order and a clerk may pull without the rights on stock, partners and secrets
        # that the work behind needs; what they can make the job do is fixed by the method that queues it
        return self.sudo()

    def _enqueue_pull(self, start=None, end=None):
        self.ensure_one()
        key = f"merchant-pull-{self.id}" + (f"-{start}-{end}" if start else "")
        self._as_system().with_delay(
            identity_key=key, channel="root.merchant", description=f"Orders of {self.name}"
        )._pull(start, end)

    def _enqueue_process(self):
        self.ensure_one()
        self._as_system().with_delay(
            identity_key=f"merchant-process-{self.id}", channel="root.merchant", description=f"Inbox of {self.name}"
        )._process_inbox()

    def _enqueue_notices(self):
        self.ensure_one()
        self._as_system().with_delay(
            identity_key=f"merchant-notices-{self.id}", channel="root.merchant", description=f"Notices of {self.name}"
        )._send_notices()

    def _process_inbox(self):
        """Take a batch of the inbox; queue the rest."""
        if self.env["merchant.inbox"]._process_in_turn(self):
            self._enqueue_process()

    def _send_notices(self):
        self.env["merchant.shipment.notice"]._send_shop(self)

    def _pull(self, start=None, end=None):
        """Bring what the platform changed since the last pull (or in ``start``..``end``) into the inbox.

        Each page is stored in a transaction of its own before the next is asked for; the cursor moves only after a
        whole window was stored. A crash at any instant repeats work, which is harmless, and loses nothing.
        """
        self.ensure_one()
        if self.state == "paused" or not self._has_client():
            return
        if start:
            self._pull_windows(start, end)
            return
        with self._alone("pull") as mine:
            if not mine:  # it may have passed what this one was asked for
                raise RetryableJobError("The shop is being pulled", seconds=10, ignore_retry=True)
            self._pull_windows()

    @contextmanager
    def _alone(self, work):
        """True to one process at a time for this shop's work of a kind; the lock is on a connection of its own."""
        with self.env.registry.cursor() as cr:
            cr.execute(SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s), %s)", f"merchant.{work}", self.id))
            try:
                yield cr.fetchone()[0]
            finally:
                # nothing was written: it lets go of the lock
                cr.commit()  # pylint: disable=invalid-commit

    def _pull_windows(self, start=None, end=None):
        by_hand, reached = bool(start), self.pulled_until
        if self._session_ends_soon():
            self._refresh_session()
        with self._platform_trouble():
            client = self._client()
            start, end = (
                fields.Datetime.to_datetime(start) or self._pull_start(),
                fields.Datetime.to_datetime(end) or _naive(client.horizon()),
            )
            for window_start, window_end in self._core("client").windows(_aware(start), _aware(end)):
                for page in client.orders_modified(window_start, window_end):
                    self._store_page(client, page)
                if not by_hand and (not reached or reached < _naive(window_end)):
                    reached = _naive(window_end)
                    self._note({"pulled_until": reached})
            if not by_hand:
                now = fields.Datetime.now()
                self._note(
                    {
                        "state": "ready",
                        "last_error": False,
                        "last_pull_at": now,
                        "next_pull_at": now + timedelta(minutes=self.pull_interval),
                    }
                )

    def _pull_start(self):
        if not self.pulled_until:
            return self.pull_from or fields.Datetime.now() - timedelta(days=1)
        return self.pulled_until - timedelta(minutes=self.pull_overlap)

    def _store_page(self, client, page):
        """Read the page's orders in full and put them into the inbox.

        What cannot be read now stops the window (it is asked for again); what the platform refuses to tell in full is
        stored as the list told it.
        """
        listed = {order_id: (modified, raw) for row in page for order_id, modified, raw in self._identify(row)}
        payloads, trouble = [], None
        for order_id, found in client.details(self.env["merchant.inbox"]._not_yet_stored(self, listed)):
            if isinstance(found, dict):
                payloads += self._identify(found)
            elif isinstance(found, Rejected):
                payloads.append((order_id, *listed[order_id]))
            else:
                trouble = found
        self._receive(payloads, "pull")
        if trouble:
            raise trouble

    def _identify(self, raw):
        """``[(order id, modified or None, raw order)]`` of something a platform or a script handed over; never
        fails."""
        try:
            return self._core("mapping").split(raw)
        except (Rejected, Retryable, Unauthorised):
            return [("", None, raw)]

    def _receive(self, payloads, origin):
        """Store raw payloads and queue their processing, in one transaction of their own.

        :param payloads: ``[(order id, modified or None, raw order)]``
        """
        if not payloads:
            return

        def receive(cr):
            shop = self.with_env(self.env(cr=cr))
            shop.env["merchant.inbox"]._store(shop, payloads, origin)
            shop._enqueue_process()

        committed(self.env, receive)

    def _pull_listings(self):
        """Read what the shop sells; new listings are matched by their codes."""
        self.ensure_one()
        with self._platform_trouble():
            unreadable = []
            for page in self._client().listings():
                listings, problems = self._readable_listings(page)
                self._take_listings(listings)
                unreadable += problems
            if unreadable:
                self._post_unreadable(unreadable)

    def _post_unreadable(self, problems):
        # nobody reads the shop in a job's language: the company's is the best guess
        shop = self.with_context(lang=self.company_id.partner_id.lang or self.env.lang)
        words = [shop.env["merchant.reason"]._sentence(code, params) for code, params in problems[:NAMED]]
        shop.message_post(
            body=shop.env._(
                "%(count)s items or quantities could not be read; the others were. %(problems)s",
                count=len(problems),
                problems=" ".join(words),
            )
        )

    def _readable_listings(self, page):
        """Read raw items; one bad item spoils no page, and a bad quantity not even its listing.

        :return: ``([ChannelListing], [(reason code, parameters)])``
        """
        listings, problems = self._read_page(page)
        for each in listings:
            if each.quantity is None:
                name = " ".join(filter(None, (f"[{each.sku or each.platform_sku}]", each.title, each.properties)))
                code = "listing_quantity" if each.told else "listing_no_quantity"
                problems.append((code, {"listing": name, "told": each.told}))
        return listings, problems

    def _read_page(self, page):
        mapping = self._core("mapping")
        try:
            return mapping.to_listings({"items": page}), []
        except Rejected:
            listings, problems = [], []
        for item in page:
            try:
                listings += mapping.to_listings({"items": [item]})
            except Rejected as problem:
                problems.append(("listing_unreadable", {"error": str(problem)}))
        return listings, problems

    def _take_listings(self, channel_listings):
        Listing = self.env["merchant.listing"]
        wanted = {
            each.platform_sku: {
                "item_id": each.item_id,
                "sku": each.sku,
                "title": each.title,
                "properties": each.properties,
                "price": float(each.price),
                "on_sale": each.on_sale,
                # what it had before is as good a guess as any when it tells no number
                **({} if each.quantity is None else {"quantity": float(each.quantity)}),
            }
            for each in channel_listings
        }
        for platform_sku, listing in Listing._get_or_create(self, wanted).items():
            listing.write(wanted[platform_sku])
        Listing.search(
            [("shop_id", "=", self.id), ("platform_sku", "in", list(wanted)), ("state", "=", "open")]
        )._match()


def _naive(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def _aware(moment):
    return moment.replace(tzinfo=timezone.utc)
