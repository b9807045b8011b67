from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _merchant_ship_from(self, warehouse, reason):
        """Ship everything from one warehouse because a person said so; rules leave these orders alone."""
        confirmed = self.filtered(lambda order: order.state == "sale")
        confirmed._merchant_check_unpicked()
        confirmed._merchant_take_back()
        # parts and decisions are written by sourcing alone
        self.sudo().merchant_part_ids.unlink()
        self.write({"warehouse_id": warehouse.id, "merchant_source_state": "manual", "merchant_ship_date": False})
        self.order_line.warehouse_id = warehouse
        decisions = (
            self.env["merchant.sourcing.decision"]
            .sudo()
            .create([order._prepare_manual_decision(warehouse, reason) for order in self])
        )
        for order, decision in zip(self.sudo(), decisions, strict=True):
            order.merchant_decision_id = decision
        confirmed._merchant_deliver()

    def _prepare_manual_decision(self, warehouse, reason):
        return {
            "order_id": self.id,
            "company_id": self.company_id.id,
            "date": fields.Datetime.now(),
            "user_id": self.env.uid,
            "cause": "hand",
            "state": "manual",
            "warehouse_id": warehouse.id,
            "parcels": 1,
            "reason": reason,
            "tale": {"t": [], "w": {str(warehouse.id): warehouse.name}, "p": [[warehouse.id, 0]]},
        }
