from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..core.decide import World
from ..core.transfer import Shelf, propose


class MerchantTransferProposal(models.Model):
    """Goods to be moved from a warehouse with surplus to one that will run short, before anybody buys."""

    _name = "merchant.transfer.proposal"
    _description = "Transfer Proposal"
    _order = "cover_before, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, index=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    source_id = fields.Many2one("stock.warehouse", string="From", required=True, readonly=True, ondelete="cascade")
    target_id = fields.Many2one("stock.warehouse", string="To", required=True, readonly=True, ondelete="cascade")
    quantity = fields.Float("Proposed", digits="Product Unit", readonly=True)
    quantity_to_move = fields.Float("To Move", digits="Product Unit")
    cover_before = fields.Float("Cover There Now (days)", digits=(16, 1), readonly=True)
    cover_after = fields.Float("Cover Afterwards (days)", digits=(16, 1), readonly=True)
    transit_days = fields.Integer("Days on the Way", readonly=True)
    state = fields.Selection(
        [("open", "Open"), ("done", "Transfer made"), ("dismissed", "Not wanted")],
        default="open",
        required=True,
        index=True,
    )
    picking_id = fields.Many2one("stock.picking", string="Transfer", readonly=True)

    _quantity_check = models.Constraint("CHECK (quantity_to_move >= 0)", "What is moved is 0 or more.")

    @api.depends("product_id", "source_id", "target_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.product_id.display_name}: {line.source_id.code} → {line.target_id.code}"

    # -- making the list ----------------------------------------------------------------------------------------------

    @api.model
    def action_refresh(self):
        """Work the open proposals of the chosen companies out anew; what was dismissed this week stays away."""
        self.check_access("write")  # the list is made as superuser
        for company in self.env.companies:
            self._propose(company)
        return self.env["ir.actions.act_window"]._for_xml_id("merchant_sourcing.merchant_transfer_proposal_action")

    @api.model
    def _cron_propose(self):
        for company in self.env["res.company"].search([]):
            self.with_company(company)._propose(company)

    @api.model
    def _propose(self, company):
        # the list is made for everybody who may see it; sales and stock of all warehouses count
        system = self.sudo().with_company(company)
        system.search([("company_id", "=", company.id), ("state", "=", "open")]).unlink()
        warehouses = self.env["stock.warehouse"].sudo().search([("company_id", "=", company.id)])
        if len(warehouses) < 2:  # noqa: PLR2004
            return
        recent = fields.Datetime.subtract(fields.Datetime.now(), days=7)
        away = system.search(
            [("company_id", "=", company.id), ("state", "=", "dismissed"), ("write_date", ">", recent)]
        )
        unwanted = {(line.product_id.id, line.source_id.id, line.target_id.id) for line in away}
        days = system._transit(warehouses)
        vals_list = [
            system._prepare(company, product, move, days[move.source, move.target])
            for product, shelves in system._shelves_by_product(warehouses).items()
            for move in propose(
                shelves,
                want_days=company.merchant_transfer_want,
                spare_days=company.merchant_transfer_spare,
                transit=lambda *way: days[way],
                least=company.merchant_transfer_least,
            )
            if (product, move.source, move.target) not in unwanted
        ]
        system.create(vals_list)

    def _prepare(self, company, product, move, days):
        return {
            "company_id": company.id,
            "product_id": product,
            "source_id": move.source,
            "target_id": move.target,
            "quantity": move.pieces,
            "quantity_to_move": move.pieces,
            "cover_before": move.cover_before,
            "cover_after": move.cover_after,
            "transit_days": days,
        }

    def _shelves_by_product(self, warehouses):
        """``{product id: [core.transfer.Shelf]}`` of products sold lately."""
        Stock = self.env["merchant.sourcing.stock"]
        sold = self.env.execute_query(
            SQL(
                """SELECT DISTINCT move.product_id FROM stock_move move
                     JOIN stock_location target ON target.id = move.location_dest_id AND target.usage = 'customer'
                     JOIN product_product product ON product.id = move.product_id AND product.active
                    WHERE move.state = 'done' AND move.date >= now() AT TIME ZONE 'UTC' - interval '30 days'
                      AND move.company_id = %s""",
                warehouses.company_id.id,
                to_flush=self.env["stock.move"]._fields["state"],
            )
        )
        products = self.env["product.product"].browse(row[0] for row in sold)
        free, daily = Stock._free(warehouses, products.ids), Stock._daily(warehouses, products.ids)
        kept = self.env["merchant.sourcing.safety"]._kept(warehouses, products)
        coming = self._coming(warehouses, products)
        shelves = defaultdict(list)
        for product in products.ids:
            for warehouse in warehouses.ids:
                place = warehouse, product
                shelves[product].append(
                    Shelf(
                        warehouse,
                        free.get(place, 0.0),
                        coming.get(place, 0.0),
                        daily.get(place, 0.0),
                        kept.get(place, 0.0),
                    )
                )
        return shelves

    def _coming(self, warehouses, products):
        """``{(warehouse id, product id): quantity}`` that purchases and transfers bring."""
        rows = self.env.execute_query(
            SQL(
                """SELECT target.warehouse_id, move.product_id, SUM(move.product_qty)
                     FROM stock_move move
                     JOIN stock_location target ON target.id = move.location_dest_id
                     LEFT JOIN stock_location source ON source.id = move.location_id
                    WHERE move.state NOT IN ('done', 'cancel', 'draft') AND move.product_id = ANY(%(products)s)
                      AND target.warehouse_id = ANY(%(warehouses)s) AND target.usage = 'internal'
                      AND source.warehouse_id IS DISTINCT FROM target.warehouse_id
                    GROUP BY target.warehouse_id, move.product_id""",
                products=list(products.ids),
                warehouses=list(warehouses.ids),
                to_flush=self.env["stock.move"]._fields["state"],
            )
        )
        return {(warehouse, product): float(quantity) for warehouse, product, quantity in rows}

    def _transit(self, warehouses):
        """``{(from, to): days}`` by the freight rates to where the taking warehouse lies; two where there is none."""
        rates = self.env["merchant.freight.rate"]._to_core(warehouses.company_id)
        world = World([], {}, rates=rates)
        places = self.env["merchant.division"]._facts()
        days = {}
        for target in warehouses:
            codes = places.get(target.merchant_division_id.id, ((), None))[0]
            for source in warehouses - target:
                rate = world.rate_to(source.id, codes)
                days[source.id, target.id] = rate.days if rate else 2
        return days

    # -- acting on it -------------------------------------------------------------------------------------------------

    def action_make_transfers(self):
        """One internal transfer for each pair of warehouses, reserved at once."""
        todo = self.filtered(lambda line: line.state == "open" and line.quantity_to_move > 0)
        if not todo:
            raise UserError(self.env._("Choose open proposals with a quantity to move."))
        todo.check_access("write")
        todo.lock_for_update()
        for (source, target), lines in todo.grouped(lambda line: (line.source_id, line.target_id)).items():
            # a buyer decides about transfers without further rights on stock
            picking = self.env["stock.picking"].sudo().create(lines._prepare_picking(source, target))
            picking.action_confirm()
            picking.action_assign()
            lines.write({"state": "done", "picking_id": picking.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Transfers"),
            "res_model": "stock.picking",
            "view_mode": "list,form",
            "domain": [("id", "in", todo.picking_id.ids)],
        }

    def _prepare_picking(self, source, target):
        return {
            "picking_type_id": source.int_type_id.id,
            "location_id": source.lot_stock_id.id,
            "location_dest_id": target.lot_stock_id.id,
            "company_id": source.company_id.id,
            "origin": self.env._("Transfer proposal"),
            "move_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": line.product_id.id,
                        "product_uom_qty": line.quantity_to_move,
                        "product_uom": line.product_id.uom_id.id,
                        "location_id": source.lot_stock_id.id,
                        "location_dest_id": target.lot_stock_id.id,
                        "company_id": source.company_id.id,
                    },
                )
                for line in self
            ],
        }

    def action_dismiss(self):
        self.filtered(lambda line: line.state == "open").state = "dismissed"
        return True

    def action_reopen(self):
        self.filtered(lambda line: line.state == "dismissed").state = "open"
        return True
