from odoo.tests.common import TransactionCase


class SourcingCase(TransactionCase):
    """Three warehouses (武汉, 宁波, 成都), three products, a live set of rules that is empty at first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.env["merchant.sourcing.ruleset"].search([("state", "=", "live")]).action_switch_off()
        cls.wuhan, cls.ningbo, cls.chengdu = cls.env["stock.warehouse"].create(
            [
                {"name": name, "code": code, "partner_id": cls.address(name, state, city).id}
                for name, code, state, city in (
                    ("武汉仓", "SWH", "HB", "武汉市江汉区"),
                    ("宁波仓", "SNB", "ZJ", "宁波市北仑区"),
                    ("成都仓", "SCD", "SC", "成都市双流区"),
                )
            ]
        )
        cls.warehouses = cls.wuhan | cls.ningbo | cls.chengdu
        cls.tea, cls.pot, cls.cup = cls.env["product.product"].create(
            [
                {"name": name, "is_storable": True, "weight": 0.5, "list_price": 10, "taxes_id": False}
                for name in ("茶", "壶", "杯")
            ]
        )
        cls.buyer = cls.address("买家", "SH", "上海市浦东新区")
        cls.hubei_buyer = cls.address("湖北买家", "HB", "武汉市武昌区")
        cls.ruleset = cls.env["merchant.sourcing.ruleset"].create({"name": "试用规则"})

    @classmethod
    def address(cls, name, state, city):
        return cls.env["res.partner"].create(
            {"name": name, "state_id": cls.env.ref(f"base.state_cn_{state}").id, "city": city}
        )

    @classmethod
    def rule(cls, name="规则", warehouses=(), live=True, **values):
        rule = cls.env["merchant.sourcing.rule"].create(
            {
                "ruleset_id": cls.ruleset.id,
                "name": name,
                "sequence": 10 + len(cls.ruleset.rule_ids),
                "warehouse_line_ids": [(0, 0, {"warehouse_id": warehouse.id}) for warehouse in warehouses],
                **values,
            }
        )
        if live and cls.ruleset.state != "live":
            cls.ruleset.action_switch_on()
        return rule

    @classmethod
    def stock(cls, **quantities):
        """``stock(tea={warehouse: pieces})``"""
        quants = [
            {
                "product_id": getattr(cls, name).id,
                "location_id": warehouse.lot_stock_id.id,
                "inventory_quantity": pieces,
            }
            for name, places in quantities.items()
            for warehouse, pieces in places.items()
        ]
        cls.env["stock.quant"].with_context(inventory_mode=True).create(quants).action_apply_inventory()

    @classmethod
    def order(cls, *wants, partner=None, **values):
        """``order((product, pieces), …)``"""
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.buyer).id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": pieces}) for product, pieces in wants
                ],
                **values,
            }
        )

    def deliveries(self, order):
        """``{warehouse: {product: (asked for, reserved)}}`` of what leaves the shelves."""
        found = {}
        for move in order.order_line.move_ids.filtered(lambda move: move.state != "cancel"):
            if move.location_id == move.warehouse_id.lot_stock_id:
                row = found.setdefault(move.warehouse_id, {})
                asked, reserved = row.get(move.product_id, (0, 0))
                row[move.product_id] = asked + move.product_qty, reserved + move.quantity
        return found
