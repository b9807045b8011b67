from collections import namedtuple
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

RESERVED = "merchant_reserved"
# Locations whose goods are promised; what goes to customers and comes from suppliers is nobody's to wait for.
OURS = ("internal", "transit")

# A quant as the database has it: ids, the location's path and name, and whether it has a lot, a package or an owner.
Held = namedtuple("Held", "id product location path name quantity reserved since special")


def _exact(quantity):
    """A stored quantity as a Decimal, without what floats add at the end."""
    return Decimal(repr(round(quantity or 0.0, 10)))


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _update_reserved_quantity(self, product_id, location_id, quantity, *args, **options):
        """Lines of a batch come with their quants reserved already, see :meth:`_merchant_reserve`.

        The context's Counter says how much that is: ``{(product id, location id): quantity}``. Whatever else happens
        while the lines are made goes stock's way.
        """
        known, place = self.env.context.get(RESERVED), (product_id.id, location_id.id)
        if known and known[place] - _exact(quantity) >= 0:
            known[place] -= _exact(quantity)
            return None
        return super()._update_reserved_quantity(product_id, location_id, quantity, *args, **options)

    @api.model
    def _update_available_quantity(self, product_id, location_id, quantity=False, reserved_quantity=False, **options):
        """Wait for who is at the same goods on the same shelf.

        Stock passes over a row that is locked and writes the change on a new one beside it; until they are merged,
        a reservation that is given back may be taken off the wrong row, where there is none, and is lost: its goods
        are never sold again.
        """
        if location_id.usage in OURS:
            self.env.cr.execute(
                SQL(
                    "SELECT 1 FROM stock_quant WHERE product_id = %s AND location_id = %s"
                    " ORDER BY id FOR NO KEY UPDATE",
                    product_id.id,
                    location_id.id,
                )
            )
        return super()._update_available_quantity(product_id, location_id, quantity, reserved_quantity, **options)

    @api.model
    def _merchant_lock(self, products, locations):
        """Lock everything that these products have in these locations and below, and read it, in one statement.

        Whoever changed a row since this transaction began makes it fail with a serialization error, and the whole
        batch is repeated: nothing is promised on old figures. Rows are locked by their ids, so two batches never wait
        for each other in a circle.

        :return: list of :class:`Held`
        """
        self.flush_model(["product_id", "location_id", "quantity", "reserved_quantity", "in_date"])
        self.env.cr.execute(
            SQL(
                """
            SELECT q.id, q.product_id, q.location_id, l.parent_path, l.complete_name, q.quantity, q.reserved_quantity,
                   q.in_date, COALESCE(q.lot_id, q.package_id, q.owner_id) IS NOT NULL
              FROM stock_quant q JOIN stock_location l ON l.id = q.location_id
             WHERE q.product_id = ANY(%s) AND l.parent_path LIKE ANY(%s)
             ORDER BY q.id FOR UPDATE OF q
            """,
                products.ids,
                [f"{path}%" for path in locations.mapped("parent_path")],
            )
        )
        return [Held(*row) for row in self.env.cr.fetchall()]

    @api.model
    def _merchant_reserve(self, taken):
        """Reserve on quants locked by :meth:`_merchant_lock`, in one statement.

        :param taken: ``{quant id: quantity}``
        """
        rows = SQL(", ").join(SQL("(%s, %s)", quant, quantity) for quant, quantity in sorted(taken.items()))
        self.env.cr.execute(
            SQL(
                """
            UPDATE stock_quant q SET reserved_quantity = COALESCE(q.reserved_quantity, 0) + t.quantity::float8,
                   write_uid = %s, write_date = %s
              FROM (VALUES %s) t (id, quantity) WHERE q.id = t.id
            """,
                self.env.uid,
                fields.Datetime.now(),
                rows,
            )
        )
        quants = self.browse(taken)
        quants.invalidate_recordset(["reserved_quantity", "write_uid", "write_date"])
        quants.modified(["reserved_quantity"])
