"""Random orders for the tests of the solver."""

from odoo.addons.merchant_sourcing.core.solve import Site, Tariff

# What a parcel costs where the fewest are looked for: more than anything else.
PARCEL = 10**6


def instance(dice, warehouses, skus, plenty, kept=0.75, freight=False):
    """An order over many warehouses, each of which keeps a part of the articles."""
    wants = {sku: (dice.randint(1, 6), dice.randint(50, 2500)) for sku in range(skus)}
    free = {
        (warehouse, sku): dice.randint(0, plenty)
        for warehouse in range(warehouses)
        for sku in range(skus)
        if dice.random() < kept
    }
    sites = [
        Site(
            warehouse,
            dice.randint(1, 900) + (0 if freight else PARCEL),
            Tariff(1000, dice.randint(300, 900), 1000, dice.randint(50, 400)) if freight else None,
        )
        for warehouse in range(warehouses)
    ]
    return wants, free, sites
