from odoo import models
from odoo.tools import SQL


class MerchantNoticeMixin(models.AbstractModel):
    """A record that people are told about: an alert, a shop gone quiet.

    ``records._tell(topic)`` writes what is to be said, once for each channel and key, in the caller's transaction: work
    that is rolled back tells nobody. Sending happens later, so it slows and breaks nothing.
    """

    _name = "merchant.notice.mixin"
    _description = "Told to People"

    def _tell(self, topic):
        """Queue a notice of each record on every channel that wants it.

        :param topic: code of a ``merchant.notice.topic``
        """
        # sudo: whoever causes an alert need not see the channels, nor whom they tell
        return self.env["merchant.notifier"].sudo()._spread(self, topic)

    def _untell(self):
        """It is over: what no channel has said yet of these records (quiet hours, a digest) is dropped."""
        # sudo: whoever ends an alert need not see the channels
        notices = self.env["merchant.notification"].sudo()
        notices.flush_model(["state", "res_model", "res_id"])
        self.env.cr.execute(
            SQL(
                "UPDATE merchant_notification SET state = 'dropped', reason = %s, next_try_at = NULL WHERE id IN"
                " (SELECT id FROM merchant_notification WHERE state = 'waiting' AND res_model = %s AND res_id = ANY(%s)"
                " FOR UPDATE SKIP LOCKED)",  # what is being sent at this moment is said
                self.env._("It was over before it was said."),
                self._name,
                self.ids,
            )
        )
        notices.invalidate_model(["state", "reason", "next_try_at"])

    def _notice_text(self):
        """``(subject, body)`` in the language of the context."""
        self.ensure_one()
        return self.display_name, ""

    def _notice_severity(self):
        """One of ``info``, ``warning``, ``critical``."""
        return "warning"

    def _notice_key(self):
        """What makes this notice the same one: a channel is told each key once."""
        return f"{self._name},{self.id}"

    def _notice_company(self):
        """The company whose channels are told."""
        return self.company_id
