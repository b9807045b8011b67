from odoo import api, fields, models
from odoo.tools import SQL

BUCKET = 300  # seconds
KEPT_DAYS = 14


class MerchantSyncSample(models.Model):
    """How far a shop's sync lagged, five minutes by five minutes: the worst of each."""

    _name = "merchant.sync.sample"
    _description = "Sync Delay"
    _order = "moment desc"
    _log_access = False

    shop_id = fields.Many2one("merchant.shop", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id")
    moment = fields.Datetime(required=True, readonly=True)
    pull_age = fields.Float("Order Delay (min)", readonly=True)
    push_age = fields.Float("Stock Delay (min)", readonly=True)

    _moment_uniq = models.Constraint("UNIQUE (shop_id, moment)", "There is one figure for each five minutes.")

    @api.model
    def _note(self, ages):
        """Keep the worst delay of the running five minutes.

        :param ages: ``[(shop id, pull age in seconds or None, push age in seconds or None)]``
        """
        if not ages:
            return
        now = fields.Datetime.now()
        bucket = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
        rows = [
            SQL("(%s, %s::timestamp, %s::float8, %s::float8)", shop, bucket, _min(pull), _min(push))
            for shop, pull, push in ages
        ]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO merchant_sync_sample (shop_id, moment, pull_age, push_age) VALUES %s
                ON CONFLICT (shop_id, moment) DO UPDATE
                   SET pull_age = GREATEST(merchant_sync_sample.pull_age, EXCLUDED.pull_age),
                       push_age = GREATEST(merchant_sync_sample.push_age, EXCLUDED.push_age)
                """,
                SQL(", ").join(rows),
            )
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_samples(self):
        self.env.cr.execute(
            SQL(
                "DELETE FROM merchant_sync_sample WHERE moment < now() AT TIME ZONE 'UTC' - %s * interval '1 day'",
                KEPT_DAYS,
            )
        )


def _min(seconds):
    return None if seconds is None else round(seconds / 60, 2)
