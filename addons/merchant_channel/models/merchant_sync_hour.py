import json

from odoo import api, fields, models
from odoo.tools import SQL

KEPT_DAYS = 30
MOST_IDS = 200


class MerchantSyncHour(models.Model):
    """One hour of a shop: how many orders the platform has of it, and how many are here."""

    _name = "merchant.sync.hour"
    _description = "Orders by Hour"
    _order = "hour desc"
    _rec_name = "hour"

    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    hour = fields.Datetime(required=True, readonly=True)
    platform_count = fields.Integer("On the Platform", readonly=True)
    inbox_count = fields.Integer("In the Inbox", readonly=True)
    fetched_count = fields.Integer(
        "Fetched Afterwards", readonly=True, help="Were missing and were fetched by the comparison."
    )
    missing_count = fields.Integer("Missing", readonly=True)
    missing_refs = fields.Json("Missing Orders", readonly=True)
    checked_at = fields.Datetime("Compared", readonly=True)

    _hour_uniq = models.Constraint("UNIQUE (shop_id, hour)", "There is one count for each hour.")

    @api.model
    def _note(self, shop, counts):
        """Keep what a comparison found.

        :param counts: ``{hour: (platform ids, ids that were missing, ids still missing)}``, each a list
        """
        rows = [
            SQL(
                "(%s, %s, %s::timestamp, %s, %s, %s, %s, %s::jsonb, %s::timestamp)",
                shop.id,
                shop.company_id.id,
                hour,
                len(found),
                len(found) - len(missing),
                len(lacking) - len(missing),
                len(missing),
                json.dumps(missing[:MOST_IDS]) if missing else None,
                fields.Datetime.now(),
            )
            for hour, (found, lacking, missing) in sorted(counts.items())
        ]
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO merchant_sync_hour (shop_id, company_id, hour, platform_count, inbox_count, fetched_count,
                       missing_count, missing_refs, checked_at)
                VALUES %s
                ON CONFLICT (shop_id, hour) DO UPDATE
                   SET platform_count = EXCLUDED.platform_count, inbox_count = EXCLUDED.inbox_count,
                       fetched_count = merchant_sync_hour.fetched_count + EXCLUDED.fetched_count,
                       missing_count = EXCLUDED.missing_count, missing_refs = EXCLUDED.missing_refs,
                       checked_at = EXCLUDED.checked_at
                """,
                SQL(", ").join(rows),
            )
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_hours(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM merchant_sync_hour WHERE hour < now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
                KEPT_DAYS,
            )
        )
