from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase


class StockAlertCase(TransactionCase):
    """A company with two warehouses; stock and sales are made by Odoo's own documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.company = cls.env["res.company"].create({"name": "汉口", "stock_alert_tz": "Asia/Shanghai"})
        cls.env.user.company_ids |= cls.company
        cls.env.user.company_id = cls.company
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.company = cls.company.with_env(cls.env)
        cls.wuhan = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)])
        cls.hangzhou = cls.env["stock.warehouse"].create({"name": "杭州", "code": "HZ", "company_id": cls.company.id})
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.marks = cls.env["merchant.stock.mark"]
        cls.thresholds = cls.env["merchant.stock.threshold"]
        cls.thresholds.search([("company_id", "=", cls.company.id)]).unlink()
        cls.tea = cls.make_product("茶")

    @classmethod
    def make_product(cls, name, **vals):
        return cls.env["product.product"].create({"name": name, "is_storable": True, "list_price": 10, **vals})

    @classmethod
    def threshold(cls, **vals):
        return cls.thresholds.create({"company_id": cls.company.id, **vals})

    def put(self, units, product=None, warehouse=None):
        """Units more (or fewer) by an inventory adjustment."""
        place = (warehouse or self.wuhan).lot_stock_id
        self.env["stock.quant"]._update_available_quantity(product or self.tea, place, units)

    def move(self, units, source, target, product=None, days=0, done=False, date=None):
        product = product or self.tea
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": units,
                "product_uom": product.uom_id.id,
                "location_id": source.id,
                "location_dest_id": target.id,
                "company_id": self.company.id,
                "date": fields.Datetime.now() + timedelta(days=days),
            }
        )
        move._action_confirm()
        if done:
            move.quantity = units
            move.picked = True
            move._action_done()
            if date:
                move.move_line_ids.date = date
                move.date = date
        return move

    def order(self, units, product=None, warehouse=None):
        """A delivery that waits."""
        return self.move(units, (warehouse or self.wuhan).lot_stock_id, self.customers, product)

    def sell(self, units, product=None, warehouse=None, ago=0):
        """A delivery that is done, so many days ago."""
        date = fields.Datetime.now() - timedelta(days=ago)
        source = (warehouse or self.wuhan).lot_stock_id
        return self.move(units, source, self.customers, product, done=True, date=date)

    def expect(self, units, days, product=None, warehouse=None):
        """A receipt that is expected in so many days."""
        return self.move(units, self.suppliers, (warehouse or self.wuhan).lot_stock_id, product, days=days)

    def evaluate(self):
        while self.marks._evaluate_marks():
            pass

    def position(self, product=None, warehouse=None):
        return self.env["merchant.stock.position"].search(
            [
                ("product_id", "=", (product or self.tea).id),
                ("warehouse_id", "=", (warehouse or self.wuhan).id),
                ("active", "in", (True, False)),
            ]
        )

    def alerts(self, product=None, warehouse=None, closed=False):
        states = ("closed",) if closed else ("open", "taken", "snoozed")
        return self.env["merchant.stock.alert"].search(
            [
                ("product_id", "=", (product or self.tea).id),
                ("warehouse_id", "=", (warehouse or self.wuhan).id),
                ("state", "in", states),
            ]
        )
