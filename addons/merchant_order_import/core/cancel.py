"""Which order a cancellation without a link takes back.

The rule: the latest earlier order of the same buyer that still has every cancelled line, with the same code, the same
quantity and the same price, not shipped and not taken back before. Parts of lines are a person's decision.
"""

from collections import Counter
from decimal import Decimal


def match(cancellation, orders):
    """``(order id, [line id])`` or None.

    :param cancellation: a payload whose quantities are negative
    :param orders: ``[(payload, line ids that are shipped or dropped)]``, latest first
    """
    wanted = Counter(_key(line, -1) for line in cancellation["lines"])
    for payload, gone in orders:
        if (payload.get("created_at") or "") > (cancellation.get("created_at") or "~"):
            continue
        left, taken = Counter(wanted), []
        for line in payload["lines"]:
            key = _key(line, 1)
            if line["line_id"] not in gone and not line.get("cancelled") and left[key] > 0:
                left[key] -= 1
                taken.append(line["line_id"])
        if wanted and not +left:
            return payload["order_id"], taken
    return None


def without(payload, line_ids):
    """The order's newer version: the lines are marked as cancelled, and with the last of them the order is closed."""
    lines = [{**line, "cancelled": True} if line["line_id"] in line_ids else line for line in payload["lines"]]
    newer = {**payload, "lines": lines}
    if all(line.get("cancelled") for line in lines):
        newer["status"] = "closed"
    return newer


def _key(line, sign):
    return (
        line.get("sku") or line.get("platform_sku"),
        sign * Decimal(line["quantity"]),
        Decimal(line.get("price", "0")),
    )
