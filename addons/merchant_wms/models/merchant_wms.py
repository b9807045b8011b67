import logging
import secrets
import time
from datetime import timedelta

import requests

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.merchant_base.core import address
from odoo.addons.merchant_base.core.webhook import signed
from odoo.addons.merchant_base.fields import Secret, reveal
from odoo.addons.merchant_base.transport import post_json

from ..core import inbound, outbound

_logger = logging.getLogger(__name__)
TIMEOUT = 20  # seconds until an answer is given up
GOOD_ENOUGH = timedelta(seconds=10)
REMEMBER_REFUSAL = timedelta(minutes=1)


class MerchantWms(models.Model):
    """An outside warehouse's system: which warehouses it keeps, where it listens and how it stands."""

    _name = "merchant.wms"
    _description = "Outside Warehouse System"
    _inherit = ["merchant.webhook.receiver", "mail.thread", "mail.activity.mixin"]
    _order = "sequence, name"
    _check_company_auto = True
    _webhook_path = "/merchant/wms"
    _webhook_calls = "merchant.wms.call"

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    warehouse_ids = fields.One2many(
        "stock.warehouse", "merchant_wms_id", string="Warehouses", help="What it keeps: one system for each warehouse."
    )
    user_id = fields.Many2one(
        "res.users", "Responsible", default=lambda self: self.env.user, help="Is reminded of deliveries without answer."
    )
    late_hours = fields.Integer("Late After (Hours)", default=24, help="So long a delivery may be without any answer.")
    # how it is reached
    url = fields.Char("Address", tracking=True, help="The https address that takes our messages.")
    app_key = fields.Char("App Key", help="Who we are there.")
    app_secret = Secret("App Secret", groups="merchant_base.group_owner", help="Signs what we say.")
    carrier_ids = fields.One2many("merchant.wms.carrier", "wms_id", string="Carrier Codes")
    # how it stands
    paused = fields.Boolean(readonly=True, copy=False, tracking=True, help="Nothing is sent; results are still taken.")
    last_good_at = fields.Datetime("Last Good Exchange", readonly=True, copy=False)
    last_error = fields.Char(readonly=True, copy=False)
    last_error_at = fields.Datetime("Last Error At", readonly=True, copy=False)
    failures = fields.Integer(readonly=True, copy=False)
    down_until = fields.Datetime("Tried Again At", readonly=True, copy=False)
    snapshot_at = fields.Datetime("Stock As Of", readonly=True, copy=False)
    delivery_ids = fields.One2many("merchant.wms.delivery", "wms_id")
    waiting_count = fields.Integer("To Send", compute="_compute_counts")
    parked_count = fields.Integer("Needs a Person", compute="_compute_counts")
    late_count = fields.Integer("Late", compute="_compute_counts")
    held_count = fields.Integer("Held Messages", compute="_compute_counts")
    difference_count = fields.Integer("Differences", compute="_compute_counts")

    _name_uniq = models.Constraint(
        "UNIQUE (company_id, name)", "This company already has an outside warehouse of that name."
    )
    _webhook_key_uniq = models.Constraint("UNIQUE (webhook_key)", "Another outside warehouse has this address.")
    _late_check = models.Constraint("CHECK (late_hours BETWEEN 1 AND 8760)", "Late is after 1 to 8760 hours.")

    def _compute_counts(self):
        def counts(model, *domain):
            groups = self.env[model]._read_group([("wms_id", "in", self.ids), *domain], ["wms_id"], ["__count"])
            return {wms.id: count for wms, count in groups}

        waiting = counts("merchant.wms.delivery", ("state", "in", ("waiting", "sending")))
        parked = counts("merchant.wms.delivery", ("state", "=", "parked"))
        late = counts("merchant.wms.delivery", ("is_late", "=", True))
        held = counts("merchant.wms.message", ("state", "=", "held"))
        differing = counts("merchant.wms.stock", ("difference", "!=", 0))
        for wms in self:
            wms.waiting_count = waiting.get(wms.id, 0)
            wms.parked_count = parked.get(wms.id, 0)
            wms.late_count = late.get(wms.id, 0)
            wms.held_count = held.get(wms.id, 0)
            wms.difference_count = differing.get(wms.id, 0)

    @api.constrains("url")
    def _check_url(self):
        for wms in self.filtered("url"):
            wms._checked_url()

    def _checked_url(self):
        """The address, when the server may post there."""
        # sudo: the parameter is the administrator's; it decides, and is not shown
        hosts = self.env["ir.config_parameter"].sudo().get_param("merchant_wms.hosts") or ""
        also = {host.strip() for host in hosts.split(",") if host.strip()}
        problem = address.problem(self.url, also=also)
        if problem == "scheme":
            raise ValidationError(
                self.env._("%(wms)s: the address has to begin with https://, buyers' data go there.", wms=self.name)
            )
        if problem:
            raise ValidationError(
                self.env._(
                    "%(wms)s: the address is no public one. Copy it from the warehouse's documents; an address in "
                    "your own network has to be allowed by the administrator (parameter merchant_wms.hosts).",
                    wms=self.name,
                )
            )
        return self.url

    # -- talking to it ----------------------------------------------------------------------------------------------

    def _credentials(self):
        """``(address, app key, app secret)``

        :raises UserError: one of them is missing
        """
        # sudo: the secret is the owner's to read; deliveries are told on everybody's behalf
        secret = reveal(self.sudo(), "app_secret")
        if not (self.url and self.app_key and secret):
            raise UserError(self.env._("%(wms)s needs address, app key and app secret.", wms=self.name))
        return self._checked_url(), self.app_key, secret

    @api.model
    def _post(self, credentials, body):
        """Say one message, whose bytes are the same each time it is repeated; return the warehouse's number of it.

        :raises outbound.Later, outbound.Declined, outbound.Stranger: what came of it
        """
        url, app_key, secret = credentials
        headers = {"X-Hankou-App": app_key, **signed(secret, int(time.time()), secrets.token_hex(16), body)}
        try:
            status, answer = post_json(url, body, TIMEOUT, headers)
        except OSError as problem:
            raise outbound.Later(self._words(problem)) from problem
        return outbound.understand(status, answer)

    @api.model
    def _words(self, problem):
        """What kept us from talking, without the address' details."""
        _ = self.env._
        if isinstance(problem, requests.exceptions.SSLError):
            return _("its certificate is not valid")
        if isinstance(problem, requests.exceptions.Timeout):
            return _("no answer in time")
        if isinstance(problem, requests.exceptions.ConnectionError):
            return _("nobody listens at the address, or the line was cut")
        return type(problem).__name__

    def action_test(self):
        """Say a message that changes nothing; what is wrong is named."""
        self.ensure_one()
        self.check_access("write")
        body = outbound.as_bytes({"type": "ping", "warehouses": sorted(self.warehouse_ids.mapped("code"))})
        credentials = self._credentials()
        try:
            self._post(credentials, body)
        except outbound.Stranger as problem:
            raise UserError(
                self.env._("It does not know us: check app key and app secret. It says: %(words)s", words=problem)
            ) from problem
        except outbound.Declined as problem:
            raise UserError(
                self.env._("It answers, but takes no messages from us. It says: %(words)s", words=problem)
            ) from problem
        except outbound.Later as problem:
            raise UserError(
                self.env._("It is not to be reached: check the address. What happened: %(words)s.", words=problem)
            ) from problem
        self._heard()
        self._enqueue_send()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": self.env._("It answers and knows us."), "type": "success"},
        }

    def _heard(self):
        """It answered: what waits for it may go."""
        now = fields.Datetime.now()
        troubled = self.last_error or self.failures or self.down_until
        if not troubled and self.last_good_at and now - self.last_good_at < GOOD_ENOUGH:
            return  # said a moment ago: others wait for this row
        # sudo: how it stands is written by whatever talks to it
        self.sudo().write({"last_good_at": now, "last_error": False, "failures": 0, "down_until": False})

    def _not_heard(self, words, after, failures=None):
        """It can't be talked to: nothing else is tried before its time."""
        now = fields.Datetime.now()
        # sudo: see _heard
        self.sudo().write(
            {
                "last_error": words,
                "last_error_at": now,
                "failures": self.failures + 1 if failures is None else failures,
                "down_until": now + timedelta(seconds=after) if after else False,
            }
        )

    def _code_of(self, carrier):
        """What the warehouse calls a carrier; its name when it has no code there."""
        if not carrier:
            return ""
        return self.carrier_ids.filtered(lambda each: each.carrier_id == carrier)[:1].code or carrier.name

    def _carrier_of(self, code):
        """The carrier that the warehouse calls so."""
        if known := self.carrier_ids.filtered(lambda each: each.code.casefold() == code.casefold()):
            return known[0].carrier_id
        domain = [("name", "=ilike", code.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_"))]
        return self.env["delivery.carrier"].search(
            [*domain, ("company_id", "in", (False, self.company_id.id))], limit=1
        )

    # -- buttons ----------------------------------------------------------------------------------------------------

    def action_pause(self):
        self.check_access("write")
        self.write({"paused": True})
        return True

    def action_resume(self):
        self.check_access("write")
        self.write({"paused": False, "down_until": False, "failures": 0})
        for wms in self:
            wms._enqueue_send()
        return True

    def action_compare(self):
        """Compare the last snapshot with our stock of now."""
        self.check_access("read")
        for wms in self:
            # sudo: figures are written by the comparison alone; who may see the warehouse may have it made
            self.env["merchant.wms.stock"].sudo()._refresh(wms)
        return True

    def action_view(self):
        """Open what the clicked figure counts; the action's id and filter come in the context."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(self.env.context["merchant_action"])
        search = self.env.context.get("merchant_filter")
        context = {f"search_default_{search}": 1} if search else {}
        return {**action, "domain": [("wms_id", "=", self.id)], "context": context}

    # -- signed calls from it ---------------------------------------------------------------------------------------

    def _read_call(self, body):
        return inbound.read(body)

    def _accept_call(self, parcel):
        rows = self.env["merchant.wms.message"]._store(self, parcel)
        self._enqueue_results()
        return {
            "accepted": sum(state != "differs" for _ref, state in rows),
            "messages": [{"id": ref, "state": state} for ref, state in rows],
        }

    def _remember_refusal(self, problem):
        if self.last_error_at and self.last_error_at > fields.Datetime.now() - REMEMBER_REFUSAL:
            return
        words = self.env._("A call was refused: %(words)s", words=f"{problem} ({problem.code})")
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr)).write({"last_error": words, "last_error_at": fields.Datetime.now()})

    # -- jobs -------------------------------------------------------------------------------------------------------

    @api.model
    def _cron_tick(self):
        """Once a minute: queue what is due."""
        for wms in self.env["merchant.wms.delivery"]._systems_with_work():
            wms._enqueue_send()
        for wms in self.env["merchant.wms.message"]._systems_with_work():
            wms._enqueue_results()

    @api.model
    def _cron_hour(self):
        """Once an hour: compare again, remind of what is late."""
        for wms in self.search([]):
            self.env["merchant.wms.stock"]._refresh(wms)
            wms._remind()

    def _remind(self):
        """One activity for the responsible as long as deliveries are without answer."""
        late = self.late_count
        open_activity = self.activity_search(["merchant_wms.activity_late"])
        if late and not open_activity:
            speaker = self.with_context(lang=self.user_id.lang or self.env.lang)
            self.activity_schedule(
                "merchant_wms.activity_late",
                summary=speaker.env._(
                    "%(count)s deliveries without answer for %(hours)s hours", count=late, hours=self.late_hours
                ),
                user_id=self.user_id.id or self.env.uid,
            )
        elif not late:
            open_activity.unlink()

    def _queue(self, work):
        # sudo: who validates an order or hands in a result need no rights on what the job does; it is fixed here
        return self.sudo().with_delay(
            identity_key=f"merchant-wms-{work}-{self.id}",
            channel="root.merchant_wms",
            description=f"{work} of {self.name}",
        )

    def _enqueue_send(self):
        self.ensure_one()
        self._queue("Deliveries")._send()

    def _enqueue_results(self):
        self.ensure_one()
        self._queue("Results")._take_results()

    def _send(self):
        self.env["merchant.wms.delivery"]._send_system(self)

    def _take_results(self):
        self.env["merchant.wms.message"]._process_system(self)
