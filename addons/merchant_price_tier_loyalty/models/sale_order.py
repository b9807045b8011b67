from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _merchant_discounts(self):
        """Gift cards and wallets pay for goods; they take nothing off a price."""
        found = super()._merchant_discounts()
        # what a reward is about is told to whoever sells, whether or not he may read programs
        return found.filtered(lambda line: not line.sudo().reward_id.program_id.is_payment_program)

    def _merchant_floor_discounts(self):
        found = super()._merchant_floor_discounts()
        return found if self._merchant_counts_promotions() else found.filtered(lambda line: not line.is_reward_line)

    def _compute_gift_card_count(self):
        """Who may not read gift cards opens an order all the same, and is shown none."""
        if self.env["loyalty.card"].has_access("read"):
            return super()._compute_gift_card_count()
        self.gift_card_count = 0
        return None
