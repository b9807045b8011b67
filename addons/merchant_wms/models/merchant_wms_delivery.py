import logging
import secrets
import traceback
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.merchant_base.fields import ReasonCode
from odoo.addons.merchant_base.transaction import CONCURRENCY, committed

from ..core import outbound

_logger = logging.getLogger(__name__)
_MARKED = "merchant_wms_marked"
# Seconds until a message that did not get through is tried again, doubled each time up to the longest.
FIRST_WAIT, LONGEST_WAIT = 30, 3600
# A system that does not answer so many calls in a row is left alone for a while.
MOST_FAILURES = 3
# The warehouse is to say something about these: that it has them, or that they left.
OPEN = ("waiting", "sending", "sent", "accepted")
# A call that took longer than this died with its process.
ABANDONED = timedelta(minutes=10)


class MerchantWmsDelivery(models.Model):
    """What an outside warehouse is told about one delivery, and what became of it.

    One row for each delivery, by constraint, made in the transaction that made the delivery ready. Its key goes with
    every message and its version grows with every change, so a lost answer never makes two outbound orders. Each
    attempt is committed before the call; a result that arrives during the call is not overwritten by its answer.
    """

    _name = "merchant.wms.delivery"
    _description = "Outside Warehouse Delivery"
    _inherit = ["merchant.guarded", "mail.thread"]
    _order = "id desc"
    _rec_name = "key"

    wms_id = fields.Many2one("merchant.wms", "System", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="wms_id.company_id", store=True, index=True)
    picking_id = fields.Many2one("stock.picking", "Delivery", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(related="picking_id.partner_id")
    origin = fields.Char(related="picking_id.origin")
    carrier_id = fields.Many2one(related="picking_id.carrier_id")
    tracking_ref = fields.Char("Tracking Number", related="picking_id.carrier_tracking_ref")
    key = fields.Char(required=True, readonly=True, index=True, help="Goes with every message about this delivery.")
    wish = fields.Selection(
        [("ship", "To be shipped"), ("cancel", "To be taken back")], required=True, readonly=True, default="ship"
    )
    state = fields.Selection(
        [
            ("waiting", "To send"),
            ("sending", "Being sent"),
            ("sent", "Sent"),
            ("accepted", "Accepted"),
            ("shipped", "Shipped"),
            ("parked", "Needs a person"),
            ("cancelled", "Taken back"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        tracking=True,
    )
    version = fields.Integer(readonly=True, default=1)
    told_version = fields.Integer(readonly=True, help="The newest version that it confirmed.")
    digest = fields.Char(readonly=True, help="Of what it is told; another one makes another version.")
    pieces = fields.Json(readonly=True, help="What it is asked for: {code: quantity}.")
    wms_ref = fields.Char("Their Number", readonly=True, index="btree_not_null")
    reason_code = ReasonCode("Reason in Short", readonly=True)
    reason_params = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    attempts = fields.Integer(readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True, default=fields.Datetime.now)
    sending_at = fields.Datetime("Last Try", readonly=True)
    told_at = fields.Datetime("Told", readonly=True)
    answered_at = fields.Datetime("Last Answer", readonly=True, help="When it last said something about this delivery.")
    shipped_at = fields.Datetime("Shipped At", readonly=True)
    is_late = fields.Boolean("Late", compute="_compute_is_late", search="_search_is_late")
    result_ids = fields.One2many("merchant.wms.message", "delivery_id", string="Results")

    _picking_uniq = models.Constraint("UNIQUE (picking_id)", "The outside warehouse is told once of each delivery.")
    _key_uniq = models.Constraint("UNIQUE (wms_id, key)", "Each delivery has a key of its own.")
    _due_idx = models.Index("(wms_id, next_try_at) WHERE state IN ('waiting', 'sending')")
    _open_idx = models.Index("(wms_id, told_at) WHERE state IN ('waiting', 'sending', 'sent', 'accepted')")

    @api.depends("reason_code", "reason_params")
    @api.depends_context("lang")
    def _compute_reason(self):
        for row in self:
            row.reason = self.env["merchant.reason"]._sentence(row.reason_code, row.reason_params)

    def _compute_display_name(self):
        for row in self:
            row.display_name = row.picking_id.name or row.key

    @api.depends("state", "create_date", "told_at", "answered_at")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for row in self:
            heard = max(filter(None, (row.create_date, row.told_at, row.answered_at)), default=now)
            row.is_late = row.state in OPEN and heard < now - timedelta(hours=row.wms_id.late_hours)

    def _search_is_late(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        late = SQL(
            "SELECT d.id FROM merchant_wms_delivery d JOIN merchant_wms w ON w.id = d.wms_id"
            " WHERE d.state IN %s"
            " AND GREATEST(d.create_date, d.told_at, d.answered_at) < %s - w.late_hours * interval '1 hour'",
            OPEN,
            fields.Datetime.now(),
        )
        self.flush_model(["state", "told_at", "answered_at"])
        return [("id", "in", late)]

    # -- following the delivery -------------------------------------------------------------------------------------

    @api.model
    def _mark(self, picking_ids):
        """Look at these deliveries when the transaction ends: whatever it did to them is told once."""
        precommit = self.env.cr.precommit
        if picking_ids and _MARKED not in precommit.data:
            precommit.data[_MARKED] = set()
            precommit.add(self._follow_marked)
        precommit.data.get(_MARKED, set()).update(picking_ids)

    def _follow_marked(self):
        marked = self.env.cr.precommit.data.pop(_MARKED, None)
        # sudo: whoever confirms an order or moves goods need not see what an outside warehouse is told
        self.sudo()._follow(self.env["stock.picking"].sudo().browse(marked or ()).exists())

    def _follow(self, pickings):
        """Make a row for each delivery that became ready; take note of what changed on the others."""
        rows = {row.picking_id: row for row in self.search([("picking_id", "in", pickings.ids)])}
        for picking, row in rows.items():
            row._follow_one(picking._merchant_wms_wish())
        ready = (pickings - self.union(*rows.values()).picking_id).filtered(
            lambda picking: (
                picking.picking_type_id.warehouse_id.merchant_wms_id.active and picking._merchant_wms_wish() == "ship"
            )
        )
        fresh = self.create([self._prepare(picking) for picking in ready])
        for wms in (fresh | self.union(*rows.values()).filtered(lambda row: row.state == "waiting")).wms_id:
            wms._enqueue_send()

    def _prepare(self, picking):
        return {
            "wms_id": picking.picking_type_id.warehouse_id.merchant_wms_id.id,
            "picking_id": picking.id,
            "key": f"{picking.name}-{secrets.token_hex(4)}",
            **self._content(picking),
        }

    def _content(self, picking):
        """What it is asked for, as it is kept to be compared."""
        picking = picking.with_context(lang=None)
        lines = picking._merchant_wms_lines()
        return {"digest": outbound.digest(lines, picking._merchant_wms_facts()), "pieces": outbound.pieces(lines)}

    def _follow_one(self, wish):
        """Take note of what the delivery is to come to now."""
        if self.state == "shipped" or not (wish or self._asks_no_more()):
            return
        if wish == "done":
            self._left_by_hand()
        elif wish == "cancel":
            self._take_back()
        else:
            self._ask_for()

    def _asks_no_more(self):
        """Less is told at once, whether the rest is still reserved or not."""
        lines = self.picking_id._merchant_wms_lines()
        return bool(self.sending_at) and outbound.asks_no_more(lines, self.pieces or {})

    def _left_by_hand(self):
        """Somebody validated it here."""
        state = "shipped" if self.sending_at else "cancelled"
        self.write({"state": state, "reason_code": "wms_done_here", "reason_params": {}, "next_try_at": False})

    def _take_back(self):
        if not self.sending_at:  # it never heard of it
            self.write({"state": "cancelled", "wish": "cancel", "next_try_at": False, "reason_code": False})
        elif self.wish != "cancel":
            self.write({"wish": "cancel", "version": self.version + 1})
            self._requeue()

    def _ask_for(self):
        content = self._content(self.picking_id)
        if self.wish == "ship" and content["digest"] == self.digest:
            return
        version = self.version + 1 if self.sending_at else self.version
        self.write({"wish": "ship", "version": version, **content})
        self._requeue()

    def _requeue(self):
        """Tell it now; a call that is under way is followed by another."""
        values = {"next_try_at": fields.Datetime.now(), "attempts": 0, "reason_code": False, "reason_params": False}
        for row in self:
            row.write(values if row.state == "sending" else {**values, "state": "waiting"})

    # -- sending ----------------------------------------------------------------------------------------------------

    @api.model
    def _systems_with_work(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT d.wms_id FROM merchant_wms_delivery d JOIN merchant_wms w ON w.id = d.wms_id WHERE %s",
                self._due(),
            )
        )
        return self.env["merchant.wms"].browse(row[0] for row in rows)

    def _due(self):
        now = fields.Datetime.now()
        return SQL(
            "w.active AND NOT COALESCE(w.paused, FALSE) AND (w.down_until IS NULL OR w.down_until <= %(now)s)"
            " AND (d.state = 'waiting' AND d.next_try_at <= %(now)s"
            " OR d.state = 'sending' AND d.sending_at < %(dead)s)",
            now=now,
            dead=now - ABANDONED,
        )

    @api.model
    def _send_system(self, wms):
        """Tell a system what is due, one call each, until nothing is left or it does not answer."""
        self = self.with_context(lang=wms.company_id.partner_id.lang)  # noqa: PLW0642 - what is noted is read there
        failures = 0
        while failures < MOST_FAILURES and (claimed := committed(self.env, lambda cr: self._on(cr)._claim(wms))):
            row_id, call = claimed
            if call:
                outcome = self._call(call)
                failures = 0 if isinstance(outcome, str | outbound.Declined) else failures + 1
                self._write_down(row_id, call, outcome, failures)

    def _write_down(self, row_id, call, outcome, failures):
        committed(self.env, lambda cr: self._on(cr).browse(row_id)._take_answer(call, outcome, failures))

    def _on(self, cr):
        return self.with_env(self.env(cr=cr))

    def _call(self, call):
        """The warehouse's number of what it took, or the exception that says why not."""
        try:
            return self.env["merchant.wms"]._post(call["credentials"], call["body"])
        except (outbound.Later, outbound.Declined, outbound.Stranger) as problem:
            return problem

    def _claim(self, wms):
        """Mark the next due row as being sent; return ``(its id, call or None)``, or None when nothing is due."""
        found = self.env.execute_query(
            SQL(
                """
                UPDATE merchant_wms_delivery SET state = 'sending', sending_at = %(now)s,
                       attempts = COALESCE(attempts, 0) + 1
                 WHERE id = (SELECT d.id FROM merchant_wms_delivery d JOIN merchant_wms w ON w.id = d.wms_id
                              WHERE d.wms_id = %(wms)s AND %(due)s
                              ORDER BY d.next_try_at, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED)
                RETURNING id
                """,
                now=fields.Datetime.now(),
                wms=wms.id,
                due=self._due(),
            )
        )
        row = self.browse(found[0][0] if found else ())
        return (row.id, row._prepare_call()) if row else None

    def _prepare_call(self):
        """What is to be said now; None when it can't be, and says so."""
        try:
            body = outbound.as_bytes(self._message())
            return {
                "credentials": self.wms_id._credentials(),
                "body": body,
                "version": self.version,
                "wish": self.wish,
            }
        except outbound.Incomplete as problem:
            self._park(problem.code, **problem.params)
        except UserError as problem:
            self._park("wms_settings", error=str(problem))
        except Exception as problem:  # noqa: BLE001 - one delivery must stop only itself; it is logged and shown
            reference = f"wms-delivery-{self.id}-{self.version}"
            place = "".join(traceback.format_tb(problem.__traceback__))
            _logger.error("Delivery could not be told (%s): %s at\n%s", reference, type(problem).__name__, place)
            self._park("crashed", reference=reference)
        return None

    def _message(self):
        picking, content = self.picking_id, self._content(self.picking_id)
        if self.wish == "ship" and content["digest"] != self.digest:  # a receiver's address that was corrected, say
            self.write({**content, "version": self.version + 1})
        if self.wish == "cancel":
            return outbound.cancellation(self.key, self.version, delivery=picking.name)
        lines = outbound.gathered(picking._merchant_wms_lines())
        return outbound.delivery(self.key, self.version, lines, **picking._merchant_wms_facts())

    def _lock(self):
        """Wait for whoever is at this row; who was overtaken repeats its transaction."""
        self.env.execute_query(SQL("SELECT id FROM merchant_wms_delivery WHERE id IN %s FOR UPDATE", tuple(self.ids)))
        return self

    def _take_answer(self, call, outcome, failures):
        """Write down what came of a call, unless a result that came meanwhile already says more."""
        self._lock()
        if isinstance(outcome, outbound.Later | outbound.Stranger):
            self._did_not_get_through(outcome, failures)
            return
        self.wms_id._heard()
        if isinstance(outcome, outbound.Declined):
            if self.state == "sending" and self.version == call["version"]:
                self._park(self._declined_code(call), words=str(outcome))
            elif self.state == "sending":
                self._requeue_after_call()
            return
        self.write({"told_version": max(self.told_version, call["version"]), "told_at": fields.Datetime.now()})
        if outcome:
            self.wms_ref = outcome
        if self.state != "sending":
            return
        if self.version > call["version"]:
            self._requeue_after_call()
        elif call["wish"] == "cancel":
            self._told("cancelled")
        else:
            self._told("accepted" if self.answered_at else "sent")

    def _told(self, state):
        self.write({"state": state, "reason_code": False, "reason_params": False, "next_try_at": False})

    def _requeue_after_call(self):
        self.state = "waiting"
        self._requeue()

    def _declined_code(self, call):
        if call["wish"] == "cancel":
            return "wms_cancel_refused"
        return "wms_change_refused" if self.told_version else "wms_refused"

    def _did_not_get_through(self, problem, failures):
        """Its key goes with the next try: whether the warehouse acted does not matter."""
        wait = min(max(problem.after, FIRST_WAIT * 2 ** min(self.attempts - 1, 10)), LONGEST_WAIT)
        everybody = problem.after or failures >= MOST_FAILURES  # nothing else would get through either
        self.wms_id._not_heard(str(problem), wait if everybody else 0)
        if self.state == "sending":
            stranger = isinstance(problem, outbound.Stranger)
            self.write(
                {
                    "state": "waiting",
                    "reason_code": "wms_stranger" if stranger else "wms_later",
                    "reason_params": {"error": str(problem)},
                    "next_try_at": fields.Datetime.now() + timedelta(seconds=0 if problem.after else wait),
                }
            )

    def _go_on_with(self, backorder):
        """The rest follows under the same key: what comes next is about the backorder."""
        self.search([("picking_id", "=", backorder.id)]).unlink()  # not told yet, and it is not to be
        self.write({"picking_id": backorder.id, **self._content(backorder)})
        self._told("accepted")

    def _park(self, code, **params):
        self.write({"state": "parked", "reason_code": code, "reason_params": params, "next_try_at": False})

    # -- by hand ----------------------------------------------------------------------------------------------------

    def action_retry(self):
        """Tell it again, with the same key and what the delivery says now."""
        rows = self._acting().filtered(lambda row: row.state in ("waiting", "parked"))._undisturbed()
        rows._requeue()
        for wms in rows.wms_id:
            wms._enqueue_send()
        return True

    def _undisturbed(self):
        """These rows, locked, without those that somebody is telling or told since this transaction began."""
        free = self.browse()
        for row in self:
            lock = SQL("SELECT id FROM merchant_wms_delivery WHERE id = %s FOR UPDATE SKIP LOCKED", row.id)
            try:
                with self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(lock, log_exceptions=False)  # another's turn is no error
                    free |= row if self.env.cr.rowcount else self.browse()
            except CONCURRENCY:
                continue
        return free

    def action_settle(self):
        """A person arranged with the warehouse what it would not do: nothing more is said."""
        rows = self._acting().filtered(lambda row: row.state == "parked")
        for row in rows:
            state = "cancelled" if row.wish == "cancel" or not row.told_version else "accepted"
            row.write(
                {
                    "state": state,
                    "reason_code": "wms_arranged",
                    "reason_params": {"user": self.env.user.name},
                    "next_try_at": False,
                }
            )
        return True

    def action_view_picking(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": self.picking_id.id,
            "views": [(False, "form")],
        }
