from datetime import timedelta

from odoo import api, models
from odoo.tools import format_date

from ..core import order


class MerchantStockAdvice(models.AbstractModel):
    """Proposes what to do about a position: the first of the usual answers that is possible."""

    _name = "merchant.stock.advice"
    _description = "Stock Advice"

    @api.model
    def _advices(self, positions):
        """:return: [sentence or False] for each of ``merchant.stock.position``"""
        domain = [("product_id", "in", positions.product_id.ids), ("company_id", "in", positions.company_id.ids)]
        family = (
            self.env["merchant.stock.position"].search(domain).grouped(lambda each: (each.product_id, each.company_id))
        )
        # sudo: whoever sees the board may know that something is about to be bought, though not from whom and at what
        drafted = self.env["merchant.stock.answer"].sudo()._drafted(positions.filtered("low_level"))
        return [
            self._advice(
                position,
                family.get((position.product_id, position.company_id), positions.browse()) - position,
                drafted.get((position.product_id.id, position.warehouse_id.id), 0.0),
            )
            for position in positions
        ]

    def _advice(self, position, others, drafted):
        """
        :param others: the product's positions in the company's other warehouses
        :param drafted: units in open draft purchases for this warehouse
        """
        if position.negative_level:
            return self.env._("Count the goods")
        if position.low_level:
            return self._against_too_little(position, others, drafted)
        if position.expiring_level:
            return self.env._("Mark down what expires")
        if position.over_level or position.slow_level:
            return self._against_too_much(position, others)
        return False

    def _against_too_little(self, position, others, drafted):
        _ = self.env._
        need = order.round_up(position._needed() - drafted, pack=1.0)
        if not need and drafted:
            return _("Confirm the purchase: %(units)g wait in drafts", units=drafted)
        if not need:
            return _("Nothing: what is on its way is enough")
        fullest = others.sorted(lambda each: -each._to_spare())[:1]
        if fullest and (spare := fullest._to_spare()):
            return _(
                "Transfer %(units)g from %(warehouse)s", units=min(need, spare), warehouse=fullest.warehouse_id.name
            )
        if position.supplier_id:
            return _("Purchase %(units)g from %(supplier)s", units=need, supplier=position.supplier_id.display_name)
        return _("Purchase %(units)g: name a supplier first", units=need)

    def _against_too_much(self, position, others):
        _ = self.env._
        neediest = others.sorted(lambda each: -each._needed())[:1]
        units = min(position._to_spare(), neediest._needed()) if neediest else 0
        if units >= 1:
            return _("Transfer %(units)g to %(warehouse)s", units=int(units), warehouse=neediest.warehouse_id.name)
        if position.slow_level or not position.daily:
            return _("Mark down or return: nothing sold for %(days)s days", days=position.idle_days)
        days = (position.available - position.over_line) / position.daily
        day = self.env["merchant.stock.explain"]._today(position) + timedelta(days=min(days, 3650))
        return _("Buy none before %(day)s", day=format_date(self.env, day))
