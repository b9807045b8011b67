"""When a notice may be sent, and what many of them say together."""

from datetime import datetime, time, timedelta

SEVERITIES = ("info", "warning", "critical")
FIRST_WAIT, LONGEST_WAIT = 60, 3600
MOST_ATTEMPTS = 12
MOST_LINES = 20


def quiet_until(local, quiet_from, quiet_to):
    """The end of the quiet hours that the moment ``local`` lies in, or None.

    :param local: datetime on the wall clock of those who are told
    :param quiet_from: hour of the day as a float (22.5 is half past ten); equal to ``quiet_to`` means no quiet hours
    """
    if quiet_from == quiet_to:
        return None
    begin, end = _clock(quiet_from), _clock(quiet_to)
    now = local.time()
    if begin < end:
        return datetime.combine(local.date(), end) if begin <= now < end else None
    if now >= begin:
        return datetime.combine(local.date() + timedelta(days=1), end)
    return datetime.combine(local.date(), end) if now < end else None


def digest_at(local, hour):
    """The next moment of the daily digest at or after ``local``."""
    moment = datetime.combine(local.date(), _clock(hour))
    return moment if moment >= local.replace(tzinfo=None) else moment + timedelta(days=1)


def wait(attempts):
    """Seconds until a failed notice is tried again; doubles up to the longest."""
    return min(FIRST_WAIT * 2 ** max(attempts - 1, 0), LONGEST_WAIT)


def summary(notices, more, size=None):
    """The lines of one message for many notices, most severe first; whole lines only.

    :param notices: ``[(severity, subject, body)]``; of a body the first line is said
    :param more: function(count) -> the line that stands for those left out
    :param size: bytes of UTF-8 that the message may have, though never less than one line
    """
    ordered = sorted(notices, key=lambda each: -SEVERITIES.index(each[0]))
    lines = [_line(subject, body) for _severity, subject, body in ordered]
    kept = min(len(lines), MOST_LINES)
    while size and kept > 1 and len(_told(lines, kept, more).encode()) > size:
        kept -= 1
    return _told(lines, kept, more)


def _line(subject, body):
    figures = body.splitlines()[0] if body else ""
    return f"• {subject}: {figures}" if figures else f"• {subject}"


def _told(lines, kept, more):
    left_out = [more(len(lines) - kept)] if kept < len(lines) else []
    return "\n".join(lines[:kept] + left_out)


def _clock(hour):
    minutes = int(round((hour or 0) * 60)) % (24 * 60)
    return time(minutes // 60, minutes % 60)
