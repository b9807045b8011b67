from datetime import timedelta

from odoo import api, fields, models

# name, province, city and district of each demo warehouse
PLACES = (("武汉总仓", "HB", "武汉市江汉区"), ("杭州仓", "ZJ", "杭州市余杭区"))
MIDDLE = ("42", "43", "41", "36", "34", "61", "50", "51")  # 湖北 湖南 河南 江西 安徽 陕西 重庆 四川
# warehouse, division ("" for the rest), first price, continued price, days
RATES = (
    (0, "", 12, 8, 4),
    (0, "4", 6, 3, 2),
    (0, "42", 4, 1, 1),
    (1, "", 12, 8, 4),
    (1, "3", 5, 2, 2),
    (1, "33", 4, 1, 1),
)


class MerchantDemo(models.AbstractModel):
    """The demo company's sourcing: rules that are live, others to be rehearsed, freight rates, pieces kept back."""

    _inherit = "merchant.demo"

    @api.model
    def _create(self, market_url):
        result = super()._create(market_url)
        self._rehearse_sourcing()
        return result

    def _create_warehouses(self):
        warehouses = super()._create_warehouses()
        for warehouse, (name, province, city) in zip(warehouses, PLACES, strict=True):
            warehouse.partner_id = self.env["res.partner"].create(
                {"name": name, "state_id": self.env.ref(f"base.state_cn_{province}").id, "city": city}
            )
            warehouse.write({"merchant_has_cutoff": True, "merchant_cutoff": 16.0})
        self._create_rates(warehouses)
        self._create_rules(warehouses)
        return warehouses

    def _division(self, *codes):
        return self.env["merchant.division"].search([("code", "in", codes)])

    def _create_rates(self, warehouses):
        self.env["merchant.freight.rate"].create(
            [
                {
                    "warehouse_id": warehouses[number].id,
                    "division_id": self._division(code).id if code else False,
                    "first_price": first,
                    "step_price": step,
                    "transit_days": days,
                }
                for number, code, first, step, days in RATES
            ]
        )
        self.env["merchant.sourcing.safety"].create({"warehouse_id": warehouses[1].id, "quantity": 5})

    def _create_rules(self, warehouses):
        wuhan, hangzhou = warehouses
        live = self.env["merchant.sourcing.ruleset"].create({"name": "日常规则"})
        self._create_rule(live, "中西部先问武汉", [wuhan, hangzhou], ranking="given",
                          division_ids=[(6, 0, self._division(*MIDDLE).ids)])  # fmt: skip
        # what is nowhere follows from Wuhan, as without rules
        self._create_rule(live, "其余发最近的仓", [], ranking="nearest", on_short="backorder",
                          backorder_warehouse_id=wuhan.id)  # fmt: skip
        live.action_switch_on()
        draft = self.env["merchant.sourcing.ruleset"].create({"name": "双十一试行:运费最低"})
        self._create_rule(draft, "运费最低", [], ranking="freight", on_short="backorder", max_parcels=2,
                          backorder_warehouse_id=wuhan.id)  # fmt: skip

    def _create_rule(self, ruleset, name, warehouses, **values):
        return self.env["merchant.sourcing.rule"].create(
            {
                "ruleset_id": ruleset.id,
                "name": name,
                "sequence": 10 * (1 + len(ruleset.rule_ids)),
                "warehouse_line_ids": [(0, 0, {"warehouse_id": warehouse.id}) for warehouse in warehouses],
                **values,
            }
        )

    def _rehearse_sourcing(self):
        """Rehearse the draft on the first day's orders; the goods they took were there before them."""
        first = self.env["stock.move.line"].search([("location_id.usage", "=", "inventory"), ("state", "=", "done")])
        first.date = fields.Datetime.now() - timedelta(days=60)
        draft = self.env["merchant.sourcing.ruleset"].search([("state", "=", "draft")], limit=1)
        rehearsal = self.env["merchant.sourcing.rehearsal"].create(
            {
                "ruleset_id": draft.id,
                "compare_with": "live",
                "date_from": fields.Date.today() - timedelta(days=30),
                "date_to": fields.Date.today() + timedelta(days=1),
            }
        )
        if rehearsal._orders():
            rehearsal._play()
        self.env["merchant.transfer.proposal"]._propose(self.env.company)
