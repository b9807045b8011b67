from odoo import api, fields, models

from ..core.solve import Site, most_of


class MerchantSourceEnquiry(models.TransientModel):
    """What each warehouse could promise for an order, and what the rules would do; nothing is reserved."""

    _name = "merchant.source.enquiry"
    _description = "Enquiry of What Can Be Promised"

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    line_ids = fields.One2many("merchant.source.enquiry.line", "enquiry_id", readonly=True)
    why = fields.Json(readonly=True)
    alternatives = fields.Text(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        enquiries = super().create(vals_list)
        for enquiry in enquiries:
            enquiry._ask()
        return enquiries

    def _ask(self):
        self.order_id.check_access("read")
        order = self.order_id.sudo()  # a clerk may know what can be promised without rights on stock
        engine = self.env["merchant.sourcing.engine"].sudo().with_company(order.company_id)
        rules = engine._live_rules(order.company_id)
        needs = engine._needs(order)
        scales = engine._scales(needs)
        core = engine._prepare_order(order, needs[order], scales)
        world = engine._world(order.company_id, rules, scales)
        wants = _wants(core)
        self.line_ids = [(0, 0, self._prepare_line(world, core, warehouse, wants)) for warehouse in world.warehouses]
        self.alternatives = self._word_alternatives(world, core, wants, scales)
        [(_order, _core, decision)] = engine._decide(order, rules)
        names = {key: warehouse.name for key, warehouse in world.warehouses.items()}
        told = {**engine._tale(decision, names), "state": decision.state, "ships": decision.ships}
        self.why = self.env["merchant.sourcing.decision"]._word(told) if rules else False

    def _prepare_line(self, world, core, warehouse, wants):
        free = world.there(core, wants)
        free = {sku: max(0, free.get((warehouse, sku), 0)) for sku in wants}
        there = sum(free[sku] >= pieces for sku, (pieces, _grams) in wants.items())
        line = {"warehouse_id": warehouse, "articles": there, "wanted": len(wants), "state": "none"}
        if not any(free.values()):
            return line  # nothing is there that a day could be promised for
        rate, day = world.rate(warehouse, core), world.ship_day(warehouse, core)
        weight = sum(pieces * grams for pieces, grams in wants.values())
        return {
            **line,
            "state": "all" if there == len(wants) else "part",
            "ship_date": day,
            "arrival_date": day and fields.Date.add(day, days=rate.days if rate else 0),
            "freight": rate.tariff.price(weight) / 100 if rate else 0.0,
        }

    def _word_alternatives(self, world, core, wants, scales):
        """For what no warehouse has whole: how much there is, and other variants that there are."""
        sites = [Site(warehouse, 0) for warehouse in world.warehouses]
        there = most_of(wants, world.there(core, wants), sites)
        short = [sku for sku, (pieces, _grams) in wants.items() if there[sku] < pieces]
        products = self.env["product.product"].sudo().browse(short)
        others = products.product_tmpl_id.product_variant_ids - products
        Stock = self.env["merchant.sourcing.stock"].sudo()
        warehouses = self.env["stock.warehouse"].sudo().browse(world.warehouses)
        free = Stock._free(warehouses, others.ids)
        sentences = []
        for product in products:
            variants = [
                self.env._("%(name)s (%(count)s free)", name=other.display_name, count=f"{count:g}")
                for other in product.product_tmpl_id.product_variant_ids - product
                if (count := sum(quantity for (_w, sku), quantity in free.items() if sku == other.id)) > 0
            ]
            text = self.env._(
                "%(name)s: %(there)s of %(wanted)s can be promised.",
                name=product.display_name,
                there=f"{there[product.id] / scales[product.id]:g}",
                wanted=f"{wants[product.id][0] / scales[product.id]:g}",
            )
            sentences.append(
                self.env._("%(text)s Instead: %(variants)s", text=text, variants=", ".join(variants))
                if variants
                else text
            )
        return "\n".join(sentences)


def _wants(core):
    wants = {}
    for line in core.lines:
        pieces, grams = wants.get(line.sku, (0, line.grams))
        wants[line.sku] = pieces + line.pieces, grams
    return wants


class MerchantSourceEnquiryLine(models.TransientModel):
    _name = "merchant.source.enquiry.line"
    _description = "Warehouse in an Enquiry"
    _order = "articles desc, ship_date, freight"

    enquiry_id = fields.Many2one("merchant.source.enquiry", required=True, ondelete="cascade")
    warehouse_id = fields.Many2one("stock.warehouse")
    articles = fields.Integer("Articles There")
    wanted = fields.Integer()
    state = fields.Selection([("all", "Everything"), ("part", "A part"), ("none", "Nothing")], string="Can Promise")
    ship_date = fields.Date("Ships On")
    arrival_date = fields.Date("Arrives On")
    freight = fields.Float(digits=(16, 2))
