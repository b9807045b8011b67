from odoo import models

NO_WAREHOUSE = "no_warehouse"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _merchant_source(self, cause):
        """An order that no warehouse can serve is on hold like any other that waits for a person."""
        self.filtered(lambda order: order.merchant_hold_code == NO_WAREHOUSE).merchant_hold_code = False
        held = super()._merchant_source(cause)
        held.filtered(
            lambda order: order.merchant_shop_id and order.state in ("draft", "sent") and not order.merchant_hold_code
        ).merchant_hold_code = NO_WAREHOUSE
        return held

    def _merchant_ship_from(self, warehouse, reason):
        """A person chose: nothing holds the order any more."""
        result = super()._merchant_ship_from(warehouse, reason)
        self.filtered(lambda order: order.merchant_hold_code == NO_WAREHOUSE)._merchant_release()
        return result

    def _merchant_readdress(self, order, address):
        """A buyer who moved may be served from elsewhere, as long as nobody picks the goods."""
        result = super()._merchant_readdress(order, address)
        sourced = self.merchant_source_state in ("sourced", "backorder")
        if sourced and self.state == "sale" and self._merchant_unpicked():
            self._merchant_resource_one("again")
        return result

    def _merchant_drop_lines(self, order, address, lines):
        result = super()._merchant_drop_lines(order, address, lines)
        dropped = self.order_line.filtered(lambda line: line.platform_line_ref in lines)
        dropped.sudo().merchant_part_ids.unlink()  # plans are written by sourcing alone
        return result
