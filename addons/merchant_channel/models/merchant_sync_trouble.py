from odoo import api, fields, models
from odoo.tools import SQL

KEPT_DAYS = 30
LONGEST = 500


class MerchantSyncTrouble(models.Model):
    """A platform said no, or said nothing: when, to which shop, in whose words."""

    _name = "merchant.sync.trouble"
    _description = "Sync Trouble"
    _order = "id desc"
    _rec_name = "message"

    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    moment = fields.Datetime("When", required=True, readonly=True, default=fields.Datetime.now)
    kind = fields.Selection(
        [
            ("throttled", "Asked too often"),
            ("unreachable", "No answer"),
            ("unauthorised", "Session over"),
            ("refused", "Refused"),
        ],
        required=True,
        readonly=True,
    )
    work = fields.Selection(
        [
            ("pull", "Orders in"),
            ("notice", "Shipment notice"),
            ("quantity", "Stock out"),
            ("compare", "Comparison"),
            ("message", "Messages"),
            ("webhook", "Webhook"),
        ],
        string="While",
        required=True,
        readonly=True,
        default="pull",
    )
    message = fields.Char("Platform's Words", readonly=True)
    reason_code = fields.Char(readonly=True, help="Why we refused; empty when the other side did.")
    reason_params = fields.Json(readonly=True)
    words = fields.Char("What It Said", compute="_compute_words")

    _recent_idx = models.Index("(shop_id, moment)")

    @api.depends("message", "reason_code", "reason_params")
    @api.depends_context("lang")
    def _compute_words(self):
        Reason = self.env["merchant.reason"]
        for trouble in self:
            trouble.words = Reason._sentence(trouble.reason_code, trouble.reason_params) or trouble.message

    @api.model
    def _log(self, shop, kind, message, work, code=None, params=None):
        """Write one row, in the caller's transaction.

        :param code: of the reason to show instead of the message, in the reader's language
        """
        # sudo: the log is written by the work itself, whoever started it
        self.sudo().create(
            {
                "shop_id": shop.id,
                "kind": kind,
                "message": (message or "")[:LONGEST],
                "work": work,
                "reason_code": code,
                "reason_params": params,
            }
        )

    @api.model
    def _last_hour(self, shop_ids):
        """``{shop id: (troubles without throttling, throttled)}`` of the last hour."""
        self.env.cr.execute(
            SQL(
                """
                SELECT shop_id, count(*) FILTER (WHERE kind != 'throttled'), count(*) FILTER (WHERE kind = 'throttled')
                  FROM merchant_sync_trouble
                 WHERE shop_id = ANY(%s) AND moment > %s
                 GROUP BY shop_id
                """,
                list(shop_ids),
                fields.Datetime.subtract(fields.Datetime.now(), hours=1),
            )
        )
        return {shop: (errors, throttled) for shop, errors, throttled in self.env.cr.fetchall()}

    @api.autovacuum
    def _gc_troubles(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM merchant_sync_trouble WHERE moment < now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
                KEPT_DAYS,
            )
        )
