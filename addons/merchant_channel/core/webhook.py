"""What a signed call to a shop carries; who signs it and how is :mod:`merchant_base.core.webhook`'s."""

from dataclasses import dataclass

from odoo.addons.merchant_base.core.webhook import Refused, load

MOST_ORDERS = 500


@dataclass(frozen=True)
class Parcel:
    """What a call carries: orders in the suite's own format, or ids of orders to be read again."""

    orders: tuple = ()
    order_ids: tuple = ()


def read(body):
    """What the body carries.

    :rtype: Parcel
    :raises Refused: it is no JSON, or carries nothing
    """
    value = load(body)
    if isinstance(value, dict) and isinstance(value.get("order_ids"), list):
        ids = tuple(dict.fromkeys(str(each).strip() for each in value["order_ids"] if isinstance(each, str | int)))
        parcel = Parcel(order_ids=tuple(filter(None, ids)))
    elif isinstance(value, dict) and isinstance(value.get("orders"), list):
        parcel = Parcel(orders=tuple(value["orders"]))
    else:
        parcel = Parcel(orders=(value,)) if isinstance(value, dict) and value.get("order_id") else Parcel()
    size = len(parcel.orders) + len(parcel.order_ids)
    if not size:
        raise Refused(400, "empty", "Neither “orders” nor “order_ids” is there.")
    if size > MOST_ORDERS:
        raise Refused(413, "too_many", f"A call carries at most {MOST_ORDERS} orders.")
    return parcel
