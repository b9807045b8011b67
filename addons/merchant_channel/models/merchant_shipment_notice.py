import logging
import traceback
from collections import defaultdict
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.merchant_base.fields import ReasonCode

from ..core.errors import Rejected, Retryable, Unauthorised

_logger = logging.getLogger(__name__)
# Seconds until a failed notice is tried again, doubled each time up to the longest.
FIRST_WAIT, LONGEST_WAIT = 60, 6 * 3600
# What a failed notice is counted as among the shop's troubles.
WORK = "notice"
# A call that took longer than this died with its process.
ABANDONED = timedelta(minutes=10)
# So long after the platform was told, a number that was changed during the call is still looked for.
JUST_SENT = timedelta(hours=1)


class MerchantShipmentNotice(models.Model):
    """What the platform is told about one parcel: carrier, tracking number, lines.

    One row for each delivery and order, by constraint. Each attempt is committed before the call, and a repeated call
    first reads what the platform already knows, so neither a crash nor a lost answer ships twice. A carrier or number
    that is put right afterwards is told again, as a correction of the same parcel.
    """

    _name = "merchant.shipment.notice"
    _description = "Shipment Notice"
    _inherit = ["merchant.guarded", "mail.thread"]
    _order = "id desc"
    _rec_name = "platform_order_ref"

    picking_id = fields.Many2one(
        "stock.picking", string="Delivery", required=True, readonly=True, ondelete="cascade", index=True
    )
    sale_order_id = fields.Many2one(
        "sale.order", string="Order", required=True, readonly=True, ondelete="cascade", index=True
    )
    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, index=True)
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    platform_order_ref = fields.Char("Platform Order", required=True, readonly=True, index=True)
    line_refs = fields.Json("Platform Lines", readonly=True)
    carrier_id = fields.Many2one(related="picking_id.carrier_id")
    tracking_ref = fields.Char("Tracking Number", related="picking_id.carrier_tracking_ref")
    state = fields.Selection(
        [
            ("waiting", "To send"),
            ("sending", "Being sent"),
            ("sent", "Platform knows"),
            ("parked", "Parked"),
            ("cancelled", "Called off"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        tracking=True,
    )
    reason_code = ReasonCode("Reason in Short", readonly=True)
    reason_params = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    attempts = fields.Integer(readonly=True)
    next_try_at = fields.Datetime("Next Try", readonly=True, default=fields.Datetime.now)
    sending_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime("Told", readonly=True)
    sent_carrier_code = fields.Char("Carrier Told", readonly=True)
    sent_tracking_ref = fields.Char(
        "Tracking Number Told", readonly=True, help="What the platform knows, or may know after a call without answer."
    )
    answer = fields.Char("Platform's Answer", readonly=True)

    _parcel_uniq = models.Constraint(
        "UNIQUE (picking_id, sale_order_id)", "The platform is told once about each delivery."
    )
    _due_idx = models.Index("(shop_id, next_try_at) WHERE state IN ('waiting', 'sending')")
    _sent_idx = models.Index("(shop_id, sent_at) WHERE state = 'sent'")

    @api.depends("reason_code", "reason_params")
    @api.depends_context("lang")
    def _compute_reason(self):
        for notice in self:
            notice.reason = self.env["merchant.reason"]._sentence(notice.reason_code, notice.reason_params)

    # -- making -----------------------------------------------------------------------------------------------------

    @api.model
    def _create_for(self, pickings):
        """Notices for deliveries that just left; lines the platform was told about before are not told again."""
        # sudo: a warehouse hand who validates a delivery need not have rights on notices, nor see the shop
        Notice, pickings = self.sudo(), pickings.sudo()
        pickings = pickings.filtered(lambda each: each.merchant_shop_id._has_client() and each.platform_order_ref)
        if not pickings:
            return
        told = defaultdict(set)
        for notice in Notice.search([("sale_order_id", "in", pickings.sale_id.ids), ("state", "!=", "cancelled")]):
            told[notice.sale_order_id.id].update(notice.line_refs or [])
        vals_list = []
        for picking in pickings:
            refs = set(
                picking.move_ids.filtered(lambda move: move.state == "done").sale_line_id.mapped("platform_line_ref")
            )
            fresh = sorted(ref for ref in refs - told[picking.sale_id.id] if ref)
            told[picking.sale_id.id].update(fresh)
            if fresh:
                vals_list.append(self._prepare(picking, fresh))
        Notice.create(vals_list)
        for shop in pickings.merchant_shop_id:
            shop._enqueue_notices()

    def _prepare(self, picking, line_refs):
        return {
            "picking_id": picking.id,
            "sale_order_id": picking.sale_id.id,
            "shop_id": picking.merchant_shop_id.id,
            "platform_order_ref": picking.platform_order_ref,
            "line_refs": line_refs,
        }

    # -- sending ----------------------------------------------------------------------------------------------------

    @api.model
    def _shops_with_work(self):
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT shop_id FROM merchant_shipment_notice"
                " WHERE (state = 'waiting' AND next_try_at <= %(now)s)"
                " OR (state = 'sending' AND sending_at < %(abandoned)s)",
                now=fields.Datetime.now(),
                abandoned=fields.Datetime.now() - ABANDONED,
            )
        )
        return self.env["merchant.shop"].browse(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _send_shop(self, shop):
        """Send what is due, one call and one transaction each, until nothing is left."""
        client, authorised = None, True
        while authorised and (notice_id := self._claim(shop) or self._claim_corrected(shop)):
            with self.env.registry.cursor() as cr:
                notice = self.with_env(self.env(cr=cr)).browse(notice_id)
                try:
                    client = client or notice.shop_id._client()
                    authorised = notice._send(client)
                except UserError as problem:  # a key or a setting is missing: say so on the notice
                    notice._fail(Rejected(str(problem)), "platform_refused", "parked", error=str(problem))
                except psycopg2.Error:  # taken up again as abandoned
                    raise
                except Exception as problem:  # noqa: BLE001 - one notice must stop only itself
                    notice._park_crashed(problem)

    def _claim(self, shop):
        """Mark the next due notice as being sent, committed; return its id or None."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                UPDATE merchant_shipment_notice SET state = 'sending', sending_at = %(now)s, attempts =
                COALESCE(attempts, 0) + 1
                 WHERE id = (
                    SELECT id FROM merchant_shipment_notice
                     WHERE shop_id = %(shop)s AND ((state = 'waiting' AND next_try_at <= %(now)s)
                                                   OR (state = 'sending' AND sending_at < %(abandoned)s))
                     ORDER BY next_try_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING id
                """,
                    shop=shop.id,
                    now=fields.Datetime.now(),
                    abandoned=fields.Datetime.now() - ABANDONED,
                )
            )
            claimed = cr.fetchone()
        return claimed and claimed[0]

    def _claim_corrected(self, shop):
        """Claim a notice whose number was changed while the platform was being told the old one."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                UPDATE merchant_shipment_notice notice SET state = 'waiting', next_try_at = %(now)s, attempts = 0
                  FROM stock_picking picking
                 WHERE picking.id = notice.picking_id AND notice.shop_id = %(shop)s AND notice.state = 'sent'
                   AND notice.sent_at > %(since)s AND picking.carrier_tracking_ref NOT IN ('', notice.sent_tracking_ref)
                """,
                    shop=shop.id,
                    now=fields.Datetime.now(),
                    since=fields.Datetime.now() - JUST_SENT,
                )
            )
            corrected = cr.rowcount
        return corrected and self._claim(shop)

    def _send(self, client):
        """One call; what came of it is written on the notice. False when the session is over: nothing else can be
        sent."""
        self.ensure_one()
        if missing := self._missing():
            self._put_off(missing[0], "waiting", never=True, **missing[1])
            return True
        code, number = self._waybill()  # read once: the delivery may change during the call
        tell = getattr(client, "reship", None) if self._differs() else client.ship
        if not tell:
            self._put_off("no_correction", "parked", number=self.sent_tracking_ref)
            return True
        waybill = {"sent_carrier_code": code, "sent_tracking_ref": number}
        try:
            shipment = tell(self.platform_order_ref, self.line_refs, code, number)
        except Retryable as problem:
            error = self.shop_id._trouble(problem)
            self._fail(problem, "platform_later", "waiting", error=error, after=problem.after)
            if problem.uncertain and not self.sent_tracking_ref:
                self.write(waybill)
        except Unauthorised as problem:
            self.shop_id.with_context(merchant_work=WORK)._set_aside("expired", problem, False)
            self._put_off("session_over", "waiting", after=LONGEST_WAIT)
            return False
        except Rejected as problem:
            self._fail(problem, "platform_refused", "parked", error=self.shop_id._trouble(problem))
        else:
            sent = {"state": "sent", "sent_at": fields.Datetime.now(), "answer": _tell(shipment)}
            self.write({**waybill, **sent, "reason_code": False, "reason_params": False})
        return True

    def _waybill(self):
        """``(the platform's code of the carrier, tracking number)`` of the delivery as it is now."""
        return self.carrier_id._merchant_code(self.shop_id.platform), self.tracking_ref

    def _differs(self):
        """The platform knows (or may know) another carrier or number than the delivery has now."""
        return bool(self.sent_tracking_ref) and self._waybill() != (self.sent_carrier_code, self.sent_tracking_ref)

    def _delivery_changed(self):
        """Carrier or tracking number of the delivery were entered or put right: tell the platform."""
        self.filtered(lambda notice: notice.state in ("waiting", "parked"))._requeue()
        for notice in self.filtered(lambda notice: notice.state == "sent" and notice.tracking_ref):
            if notice._differs():
                notice.write({"reason_code": "correcting", "reason_params": {"number": notice.sent_tracking_ref}})
                notice._requeue()
        for shop in self.filtered(lambda notice: notice.state == "sending").shop_id:
            shop._enqueue_notices()  # what is changed during the call is found after it

    def _missing(self):
        """``(code, params)`` of what keeps the notice from being sent, or None."""
        if not self.carrier_id:
            return "no_carrier", {}
        if not self.tracking_ref:
            return "no_tracking", {}
        if not self.carrier_id._merchant_code(self.shop_id.platform):
            return "no_carrier_code", {"carrier": self.carrier_id.name}
        return None

    def _fail(self, problem, code, state, **params):
        """Put off, and count it among the shop's troubles: who does not read notices is told by the alarm."""
        self.shop_id._log_trouble(problem, WORK)
        self._put_off(code, state, **params)

    def _put_off(self, code, state, *, after=FIRST_WAIT, never=False, **params):
        """Wait with a reason; ``never``: until somebody completes the delivery."""
        wait = min(max(after, FIRST_WAIT * 2 ** min(self.attempts - 1, 12)), LONGEST_WAIT)
        self.write(
            {
                "state": state,
                "reason_code": code,
                "reason_params": params,
                "next_try_at": False if never else fields.Datetime.now() + timedelta(seconds=wait),
            }
        )

    def _park_crashed(self, problem):
        reference = f"notice-{self.id}-{self.attempts}"
        place = "".join(traceback.format_tb(problem.__traceback__))
        _logger.error("Notice could not be sent (%s): %s at\n%s", reference, type(problem).__name__, place)
        sentence = self.env["merchant.reason"]._sentence("crashed", {"reference": reference})
        self._fail(Rejected(sentence), "crashed", "parked", reference=reference)

    # -- by hand ----------------------------------------------------------------------------------------------------

    def action_retry(self):
        self._acting().filtered(lambda notice: notice.state in ("waiting", "parked"))._requeue()
        return True

    def action_cancel(self):
        """Call a notice off, for instance because the parcel was entered on the platform by hand."""
        if self.filtered(lambda notice: notice.state in ("sent", "sending")):
            raise UserError(
                self.env._("The platform knows of this parcel already (or is being told): it cannot be called off.")
            )
        corrections = self.filtered("sent_at")
        for notice in corrections._acting():  # whoever calls a correction off has entered it on the platform
            notice.write({"state": "sent", "sent_tracking_ref": notice.tracking_ref, "reason_code": False})
        (self - corrections)._acting().write(
            {
                "state": "cancelled",
                "reason_code": "cancelled_notice",
                "reason_params": {"user": self.env.user.name},
                "next_try_at": False,
            }
        )
        return True

    def _resume(self, shop):
        """The shop is connected again: send what waited for its session."""
        waiting = [("shop_id", "=", shop.id), ("state", "=", "waiting"), ("reason_code", "=", "session_over")]
        self.search(waiting)._requeue()

    def _requeue(self):
        self.write({"state": "waiting", "next_try_at": fields.Datetime.now(), "attempts": 0})
        for shop in self.shop_id:
            shop._enqueue_notices()


def _tell(shipment):
    """What the platform accepted, in a few words for support."""
    method = getattr(shipment, "method", "") or "already known"
    skipped = getattr(shipment, "skipped", None) or {}
    return f"{method}" + (
        f"; left out: {', '.join(f'{line} {why}' for line, why in skipped.items())}" if skipped else ""
    )
