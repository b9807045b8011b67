from odoo import api, models
from odoo.tools import SQL

EXAMPLES = 5


class MerchantCheck(models.AbstractModel):
    """The promises that data has to keep at any moment, asked of the database itself; ``scripts/check`` prints them."""

    _name = "merchant.check"
    _description = "Data Check"

    @api.model
    def _violations(self):
        """``[{check, count, examples}]`` of every promise, kept ones with count 0; an addon adds its own to
        `_checks`."""
        self.env.flush_all()
        return [{"check": name, **self._count(query)} for name, query in self._checks().items()]

    def _count(self, query):
        counted = SQL("SELECT COUNT(*), (ARRAY_AGG(id))[:%s] FROM (%s) broken", EXAMPLES, query)
        [(count, examples)] = self.env.execute_query(counted)
        return {"count": count, "examples": examples or []}

    def _checks(self):
        """``{what must never be: query of the ids that break it}``."""
        return {
            "order lines without an order": SQL(
                "SELECT l.id FROM sale_order_line l LEFT JOIN sale_order o ON o.id = l.order_id WHERE o.id IS NULL"
            ),
            "more reserved than on hand": SQL(
                "SELECT q.id FROM stock_quant q JOIN stock_location l ON l.id = q.location_id"
                " WHERE l.usage = 'internal' AND q.reserved_quantity > GREATEST(q.quantity, 0) + 0.0001"
            ),
            "reserved quantities that no delivery asks for": SQL(
                """
                SELECT q.id FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
                  LEFT JOIN (SELECT product_id, location_id, SUM(quantity_product_uom) AS asked FROM stock_move_line
                              WHERE state NOT IN ('done', 'cancel', 'draft') GROUP BY product_id, location_id) m
                         ON m.product_id = q.product_id AND m.location_id = q.location_id
                 WHERE l.usage = 'internal' AND q.reserved_quantity > COALESCE(m.asked, 0) + 0.0001
                """
            ),
            "platform orders twice": SQL(
                "SELECT MIN(id) AS id FROM sale_order"
                " WHERE merchant_shop_id IS NOT NULL AND platform_order_ref IS NOT NULL"
                " GROUP BY merchant_shop_id, platform_order_ref HAVING COUNT(*) > 1"
            ),
            "confirmed orders whose total is not the platform's": SQL(
                # what a person still has to decide about (a refund after shipping) is held in the inbox, not forgotten
                "SELECT id FROM sale_order o WHERE merchant_shop_id IS NOT NULL AND state = 'sale'"
                " AND ROUND(amount_total::numeric, 2) != ROUND((platform_total - platform_refunded_total)::numeric, 2)"
                " AND NOT EXISTS (SELECT FROM merchant_inbox i WHERE i.sale_order_id = o.id AND i.state = 'held')"
            ),
            "inbox rows of a paid order that vanished": SQL(
                "SELECT i.id FROM merchant_inbox i"
                " WHERE i.state = 'done' AND i.reason_code IS NULL AND i.sale_order_id IS NULL"
            ),
            "deliveries that left and were told to nobody": SQL(
                """
                SELECT p.id FROM stock_picking p JOIN merchant_shop s ON s.id = p.merchant_shop_id
                  JOIN stock_location l ON l.id = p.location_dest_id
                 WHERE p.state = 'done' AND l.usage = 'customer' AND s.platform != 'own'
                   AND NOT EXISTS (SELECT FROM merchant_shipment_notice n WHERE n.sale_order_id = p.sale_id)
                """
            ),
            "listings matched to a product of another company": SQL(
                "SELECT l.id FROM merchant_listing l JOIN product_product p ON p.id = l.product_id"
                " JOIN product_template t ON t.id = p.product_tmpl_id"
                " WHERE t.company_id IS NOT NULL AND t.company_id != l.company_id"
            ),
        }
