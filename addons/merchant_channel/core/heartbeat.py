"""When a shop's sync needs a person: limits over what was measured, as plain values."""

from dataclasses import dataclass

from .errors import Rejected, Retryable, Unauthorised

# What a platform's trouble is counted as.
THROTTLED, UNREACHABLE, UNAUTHORISED, REFUSED = "throttled", "unreachable", "unauthorised", "refused"
DAY = 86400


@dataclass(frozen=True)
class Measures:
    """How a shop's sync stands.

    :ivar pull_age: seconds since everything the platform had was in the inbox; None for a shop that is not pulled
    :ivar push_age: seconds that the oldest quantity has been waiting to be told; None when none waits
    :ivar errors: troubles of the last hour, throttling left out
    :ivar session_left: seconds until the session ends, None when that is not known
    :ivar missing: orders that the platform has and that could not be fetched
    :ivar order_age: seconds since the last order came, None when none ever came
    """

    pull_age: float | None = None
    push_age: float | None = None
    errors: int = 0
    session_left: float | None = None
    missing: int = 0
    order_age: float | None = None


@dataclass(frozen=True)
class Limits:
    """When to raise the alarm; 0 means never.

    :ivar quiet: seconds without a good pull
    :ivar push: seconds that a quantity may wait
    :ivar errors: troubles in an hour
    :ivar session: days before the session ends
    :ivar order: seconds without an order
    """

    quiet: float = 0
    push: float = 0
    errors: int = 0
    session: float = 0
    order: float = 0


def judge(measures, limits):
    """``{kind: figure}`` of what is over its limit.

    Kinds and the unit of their figures: ``quiet`` minutes, ``push`` minutes, ``errors`` count, ``session`` hours left
    (negative when it is over), ``missing`` orders, ``no_orders`` hours.
    """
    found = {}
    if _over(measures.pull_age, limits.quiet):
        found["quiet"] = round(measures.pull_age / 60)
    if _over(measures.push_age, limits.push):
        found["push"] = round(measures.push_age / 60)
    if limits.errors and measures.errors >= limits.errors:
        found["errors"] = measures.errors
    if limits.session and measures.session_left is not None and measures.session_left < limits.session * DAY:
        found["session"] = round(measures.session_left / 3600)
    if measures.missing:
        found["missing"] = measures.missing
    if _over(measures.order_age, limits.order):
        found["no_orders"] = round(measures.order_age / 3600)
    return found


def trouble_kind(problem):
    """What a :class:`ChannelError` is counted as."""
    if isinstance(problem, Unauthorised):
        return UNAUTHORISED
    if isinstance(problem, Retryable):
        return UNREACHABLE if problem.uncertain else THROTTLED
    return REFUSED if isinstance(problem, Rejected) else UNREACHABLE


def missing_ids(platform, inbox):
    """Ids that the platform has and the inbox has not, in the platform's order."""
    have = set(inbox)
    return [order_id for order_id in dict.fromkeys(platform) if order_id not in have]


def _over(value, limit):
    return bool(limit) and value is not None and value > limit
