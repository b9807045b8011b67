"""The one shape in which every platform's listings reach the suite."""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class ChannelListing:
    """One thing that a shop offers: a SKU of an item, or the item itself where it has no SKUs.

    :ivar item_id: the platform's id of the item
    :ivar platform_sku: the platform's id of what is bought; equals ``item_id`` where the item has no SKUs
    :ivar sku: the merchant's own code, empty where none was entered
    :ivar properties: what tells the SKU from its siblings, in the platform's words ("colour:red;size:M")
    :ivar price: unit price (yuan)
    :ivar quantity: pieces that buyers can still buy (Decimal); None when the platform tells no number of pieces
    :ivar told: what it tells instead of one, in its own words
    :ivar on_sale: False when it is off the shelf
    """

    item_id: str
    platform_sku: str
    sku: str = ""
    title: str = ""
    properties: str = ""
    price: Decimal = ZERO
    quantity: Decimal | None = ZERO
    told: str = ""
    on_sale: bool = True
