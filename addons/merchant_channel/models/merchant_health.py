from odoo import api, fields, models

from odoo.addons.merchant_base.core.health import Measure

STATES = ("pending", "enqueued", "started", "failed")


class MerchantHealth(models.AbstractModel):
    _inherit = "merchant.health"

    @api.model
    def _measures(self):
        return super()._measures() + self._shop_measures() + self._job_measures()

    def _shop_measures(self):
        shops = self.env["merchant.shop"].search([])
        found, measures = shops._measure(), []
        for shop in shops:
            quiet, push = shop.quiet_limit * 60 or None, shop.push_limit * 60 or None
            labels = {"shop": shop.name, "company": shop.company_id.name, "platform": shop.platform}
            each = found[shop.id]
            measures += [
                Measure(
                    "pull_age_seconds",
                    "Since the last good pull.",
                    _whole(each.pull_age),
                    labels,
                    quiet,
                ),
                Measure(
                    "push_age_seconds",
                    "How long the oldest changed quantity has been waiting to be told.",
                    _whole(each.push_age),
                    labels,
                    push,
                ),
                Measure("session_left_seconds", "Until the shop's session ends.", _whole(each.session_left), labels),
                Measure("troubles_last_hour", "Refusals and silence.", each.errors, labels, shop.error_limit or None),
                Measure("orders_missing", "Orders of the platform that are not here.", each.missing, labels, 0),
                Measure("inbox_new", "Orders not yet looked at.", shop.new_count, labels),
                Measure("inbox_held", "Orders held with a reason.", shop.held_count, labels),
                Measure(
                    "shipment_notices_parked",
                    "Shipment notices that a person has to look at.",
                    shop.notice_count,
                    labels,
                ),
            ]
        return measures

    def _job_measures(self):
        """Jobs by state, and how long the oldest waits although it is due: nobody runs them then."""
        # sudo: figures of the job queue, for whoever watches the service
        Job = self.env["queue.job"].sudo()
        counts = dict(Job._read_group([("state", "in", STATES)], ["state"], ["__count"]))
        now = fields.Datetime.now()
        due = ["&", ("state", "=", "pending"), "|", ("eta", "=", False), ("eta", "<=", now)]
        oldest = Job.search(due, order="date_created", limit=1)
        age = (
            max((now - max(oldest.date_created, oldest.eta or oldest.date_created)).total_seconds(), 0) if oldest else 0
        )
        return [
            *(Measure("jobs", "Jobs by state.", counts.get(state, 0), {"state": state}) for state in STATES),
            Measure("job_wait_seconds", "How long the oldest job has been due.", _whole(age), limit=900),
        ]


def _whole(seconds):
    return None if seconds is None else round(seconds)
