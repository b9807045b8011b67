from datetime import datetime, time, timedelta

import pytz

from odoo import fields, models

from ..core.calendar import HORIZON


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _merchant_closed(self, first=None):
        """A function that tells of a date whether nobody works then; without a calendar every day is open."""
        if not self:
            return lambda _day: False
        zone = pytz.timezone(self.tz or "UTC")
        first = first or fields.Date.today()
        start = zone.localize(datetime.combine(first - timedelta(days=2), time.min))
        end = start + timedelta(days=HORIZON * 2)
        worked = {begin.date() for begin, _end, _attendance in self._work_intervals_batch(start, end)[False]}
        known = end.date()  # what lies further off is taken as open
        return lambda day: day not in worked and day < known
