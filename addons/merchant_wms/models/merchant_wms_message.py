import json
import logging
import traceback

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.merchant_base import cipher
from odoo.addons.merchant_base.fields import ReasonCode
from odoo.addons.merchant_base.transaction import CONCURRENCY, committed

from ..core import inbound, outbound

_logger = logging.getLogger(__name__)
READERS = "merchant_base.group_clerk,merchant_base.group_warehouse,merchant_base.group_auditor"
LONGEST_REASON = 500


class Held(Exception):
    """A result that can't be carried out; a person has to look.

    :ivar problems: ``[(reason code, params)]``
    """

    def __init__(self, *problems):
        super().__init__(problems)
        self.problems = problems


class Superseded(Exception):
    """A result that is overtaken or was carried out before: nothing to do."""


class MerchantWmsMessage(models.Model):
    """What outside warehouses returned, as it came: one row for each message, by constraint.

    Rows are added in the call's transaction and carried out by a job, each in a transaction of its own. A message that
    comes again is known; one that was overtaken changes nothing; one that does not fit waits with its reason.
    """

    _name = "merchant.wms.message"
    _description = "Outside Warehouse Result"
    _inherit = ["merchant.guarded"]
    _order = "id desc"
    _rec_name = "ref"

    wms_id = fields.Many2one("merchant.wms", "System", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    ref = fields.Char("Message", required=True, readonly=True)
    digest = fields.Char("Content", required=True, readonly=True)
    kind = fields.Selection(
        [("accepted", "Accepted"), ("refused", "Refused"), ("shipped", "Shipped"), ("stock", "Stock")], readonly=True
    )
    delivery_key = fields.Char("Key", readonly=True, index="btree_not_null")
    delivery_id = fields.Many2one("merchant.wms.delivery", "Told As", readonly=True, index=True, ondelete="set null")
    picking_id = fields.Many2one(
        "stock.picking", "Delivery", readonly=True, index="btree_not_null", ondelete="set null"
    )
    parcel = fields.Char(readonly=True)
    summary = fields.Char(readonly=True)
    happened_at = fields.Datetime("Happened", readonly=True)
    received_at = fields.Datetime("Received", required=True, readonly=True, default=fields.Datetime.now)
    processed_at = fields.Datetime("Processed", readonly=True)
    state = fields.Selection(
        [("new", "New"), ("done", "Done"), ("held", "Held"), ("superseded", "Superseded"), ("aside", "Set aside")],
        required=True,
        readonly=True,
        default="new",
    )
    problems = fields.Json(readonly=True, help="[{code, params}], the first one most telling.")
    reason_code = ReasonCode("Reason in Short", readonly=True, index="btree_not_null")
    reason = fields.Char(compute="_compute_reason")
    payload = fields.Binary(
        attachment=False, readonly=True, prefetch=False, groups="base.group_system", help="Compressed and encrypted."
    )
    payload_text = fields.Text("As It Came", compute="_compute_payload_text", groups=READERS)

    _ref_uniq = models.Constraint("UNIQUE (wms_id, ref)", "This message is here already.")
    _parcel_uniq = models.UniqueIndex(
        "(delivery_id, parcel) WHERE state = 'done' AND kind = 'shipped'", "This parcel was booked already."
    )
    _new_idx = models.Index("(wms_id, id) WHERE state = 'new'")

    @api.depends("problems")
    @api.depends_context("lang")
    def _compute_reason(self):
        Reason = self.env["merchant.reason"]
        known = Reason._sentences()
        for row in self:
            row.reason = " ".join(
                Reason._sentence(each["code"], each.get("params"), known) for each in (row.problems or [])[:3]
            )

    def _compute_payload_text(self):
        for row in self:
            try:
                row.payload_text = json.dumps(row._raw(), ensure_ascii=False, indent=2)
            except (cipher.KeyMissing, cipher.KeyWrong):
                row.payload_text = self.env._("Stored with a key that the server does not have any more.")

    def _raw(self):
        # sudo: the payload is read back for those who may read this row's text, and by the job; pages ask for its size
        return json.loads(cipher.unpack(self.sudo().with_context(bin_size=False).payload))

    # -- in ---------------------------------------------------------------------------------------------------------

    @api.model
    def _store(self, wms, messages):
        """Add raw messages, in one statement; one that is there already is left alone.

        :param messages: ``[(id, raw)]``
        :return: ``[(id, state)]`` in their order: ``new``; ``known``: the same again; ``differs``: another one
            came under this id
        """
        rows = {}
        for ref, raw in messages:  # the first one of an id counts
            rows.setdefault(ref, self._prepare(wms, ref, raw))
        names = list(next(iter(rows.values())))
        self.env.cr.execute(
            SQL(
                "INSERT INTO merchant_wms_message (%s) VALUES %s ON CONFLICT (wms_id, ref) DO NOTHING RETURNING ref",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(SQL("%s", tuple(row.values())) for row in rows.values()),
            )
        )
        fresh = {ref for (ref,) in self.env.cr.fetchall()}
        stored = dict(
            self.env.execute_query(
                SQL("SELECT ref, digest FROM merchant_wms_message WHERE wms_id = %s AND ref IN %s", wms.id, tuple(rows))
            )
        )
        states = []
        for ref, raw in messages:
            same = stored[ref] == self._digest_of(raw)
            states.append((ref, ("new" if ref in fresh else "known") if same else "differs"))
            fresh.discard(ref if same else None)  # the same once more in this call is known
        return states

    def _prepare(self, wms, ref, raw):
        now = fields.Datetime.now()
        return {
            "wms_id": wms.id,
            "company_id": wms.company_id.id,
            "ref": ref,
            "digest": self._digest_of(raw),
            "kind": inbound.kind(raw) or None,
            "delivery_key": str(raw["key"])[:100].replace("\x00", "") if raw.get("key") else None,
            "received_at": now,
            "state": "new",
            "payload": cipher.pack(json.dumps(raw, ensure_ascii=False)),
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
            "create_date": now,
            "write_date": now,
        }

    def _digest_of(self, raw):
        return outbound.digest([], raw)

    # -- processing -------------------------------------------------------------------------------------------------

    @api.model
    def _systems_with_work(self):
        rows = self.env.execute_query(SQL("SELECT DISTINCT wms_id FROM merchant_wms_message WHERE state = 'new'"))
        return self.env["merchant.wms"].browse(row[0] for row in rows)

    @api.model
    def _process_system(self, wms):
        """Carry out what a system returned, in the order it came, one transaction each."""
        while committed(self.env, lambda cr: self.with_env(self.env(cr=cr))._process_next(wms)):
            pass

    def _process_next(self, wms):
        self.flush_model(["state"])
        found = self.env.execute_query(
            SQL(
                "SELECT id FROM merchant_wms_message WHERE wms_id = %s AND state = 'new'"
                " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
                wms.id,
            )
        )
        if not found:
            return False
        self.browse(found[0][0])._process()
        return True

    def _process(self):
        """Carry it out whole or not at all; what keeps it from that is written on it."""
        company = self.company_id
        row = self.with_context(allowed_company_ids=company.ids, lang=company.partner_id.lang)
        try:
            result = row._understand()
            with self.env.cr.savepoint():
                problems = self.env["merchant.wms.result"]._carry_out(row, result)
                row._finish("held" if problems else "done", problems)
                self.env.flush_all()
        except CONCURRENCY:
            raise
        except Superseded:
            row._finish("superseded")
        except Held as problem:
            row._finish("held", problem.problems)
        except inbound.Unreadable as problem:
            row._finish("held", [(problem.code, problem.params)])
        except UserError as problem:
            row._finish("held", [("wms_not_possible", {"error": str(problem)[:LONGEST_REASON]})])
        except Exception as problem:  # noqa: BLE001 - one bad message must stop only itself; it is logged and shown
            self.env.invalidate_all()
            reference = f"wms-message-{self.id}"
            place = "".join(traceback.format_tb(problem.__traceback__))
            _logger.error("Result could not be carried out (%s): %s at\n%s", reference, type(problem).__name__, place)
            row._finish("held", [("crashed", {"reference": reference})])

    def _finish(self, state, problems=()):
        problems = [{"code": code, "params": params} for code, params in problems]
        self.write(
            {
                "state": state,
                "problems": problems or False,
                "reason_code": problems[0]["code"] if problems else False,
                "processed_at": fields.Datetime.now(),
            }
        )

    def _understand(self):
        """Read it, and note what it is about, which stays whatever comes of it."""
        raw = self._raw()
        result = inbound.parse(raw)
        values = {"happened_at": inbound.moment(raw), **self.env["merchant.wms.result"]._summary(result)}
        if getattr(result, "key", None):
            told = self.env["merchant.wms.delivery"].search([("wms_id", "=", self.wms_id.id), ("key", "=", result.key)])
            values.update(delivery_id=told.id, picking_id=told.picking_id.id)
        self.write(values)
        self.flush_recordset()
        return result

    # -- by hand ----------------------------------------------------------------------------------------------------

    def action_retry(self):
        """Carry out again: now for a few, in the background for many."""
        rows = self._acting().filtered(lambda row: row.state in ("held", "new"))
        rows.write({"state": "new"})
        if len(rows) <= 20:
            rows.flush_recordset()
            for row in rows.sorted("id"):
                row._process()
        else:
            for wms in rows.wms_id:
                wms._enqueue_results()
        return True

    def action_set_aside(self):
        """A person dealt with it otherwise."""
        rows = self._acting().filtered(lambda row: row.state == "held")
        rows._finish("aside", [("wms_set_aside", {"user": self.env.user.name})])
        return True

    def action_view_picking(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking",
            "res_id": (self.picking_id or self.delivery_id.picking_id).id,
            "views": [(False, "form")],
        }
