from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _merchant_is_judged(self):
        """A free product is the promotion's business."""
        return super()._merchant_is_judged() and not self.is_reward_line

    def _merchant_reduced_lines(self):
        lines = super()._merchant_reduced_lines()
        # which goods a reward is about decides, also for users who may not read programs
        reward, order = self.sudo().reward_id, self.order_id.sudo()
        if reward.discount_applicability == "specific":
            about = order._get_specific_discountable_lines(reward)
        elif reward.discount_applicability == "cheapest":
            about = order._cheapest_line(reward) or order.order_line.browse()
        else:
            return lines
        about = self.browse(about.ids)
        return lines & about or about
