import logging

from .models import price_books
from .models.product_pricelist_item import BRAND, TAG

_logger = logging.getLogger(__name__)
LAST = 1000  # the order of lists that nobody may get by default
OWN_LEVELS = ("customer", "channel", "tier")


def uninstall_hook(env):
    """Customers go on paying what they pay, as far as stock Odoo's own lists can say it."""
    env = env(context={**env.context, "tracking_disable": True, "active_test": False})
    _leave_lists_to_customers(env)
    lists = env["product.pricelist"].search([("merchant_level", "!=", False)])
    _take_away_what_stock_cannot_say(env)
    _fall_back_by_rule(lists)
    _keep_from_strangers(env, lists)
    env.flush_all()
    price_books.teardown(env.cr)


def _leave_lists_to_customers(env):
    """A tier's list becomes the choice of its customers."""
    for tier in env["merchant.price.tier"].search([]):
        Partner = env["res.partner"].with_company(tier.company_id)
        members = Partner.search([("merchant_tier_id", "=", tier.id)])
        members.filtered(
            lambda partner: not partner.specific_property_product_pricelist
        ).specific_property_product_pricelist = tier.pricelist_id


def _take_away_what_stock_cannot_say(env):
    """Stock Odoo would take a brand's or tag's price for that of all goods, and a box's for that of a piece."""
    rules = env["product.pricelist.item"].search(
        ["|", ("applied_on", "in", (BRAND, TAG)), ("merchant_uom_id", "!=", False)]
    )
    if rules:
        _logger.info("%s price rules for brands, tags or single units go with merchant_price_tier.", len(rules))
    rules.unlink()


def _fall_back_by_rule(lists):
    """What has no price in a list starts, as stock Odoo can say it, from the price of the list behind."""
    lists.env["product.pricelist.item"].create(
        [
            {
                "pricelist_id": pricelist.id,
                "applied_on": "3_global",
                "compute_price": "percentage",
                "percent_price": 0,
                "base": "pricelist",
                "base_pricelist_id": following.id,
            }
            for pricelist in lists
            if (following := pricelist.merchant_next_id._merchant_living())
            and not pricelist.item_ids.filtered(lambda rule: rule.applied_on == "3_global" and not rule.min_quantity)
        ]
    )


def _keep_from_strangers(env, lists):
    """Whoever has no list of his own gets the first one: that must not be a list for some."""
    for number, pricelist in enumerate(lists.filtered(lambda pricelist: pricelist.merchant_level in OWN_LEVELS)):
        pricelist.sequence = LAST + number
    for company in lists.company_id or env.company:
        everybodys = [("active", "=", True), ("company_id", "in", (False, company.id))]
        if not env["product.pricelist"].search([*everybodys, ("merchant_level", "not in", OWN_LEVELS)], limit=1):
            env["product.pricelist"].create(
                {"name": company.name, "company_id": company.id, "currency_id": company.currency_id.id}
            )
