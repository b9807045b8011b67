import logging

from odoo import api, models
from odoo.tools import SQL

from .. import cipher
from ..fields import Secret

_logger = logging.getLogger(__name__)
BATCH = 1000


class MerchantSecret(models.AbstractModel):
    """What is encrypted, and its move to a new key."""

    _name = "merchant.secret"
    _description = "Encrypted Values"

    @api.model
    def _secret_columns(self):
        """``[(table, column, rotate)]`` of everything encrypted; an addon with encrypted columns of its own adds
        them."""
        return [
            (model._table, field.name, cipher.rotate_text)
            for model in self.env.values()
            if not model._abstract and model._auto
            for field in model._fields.values()
            if isinstance(field, Secret) and field.store and field.column_type
        ]

    @api.model
    def _rotate_all(self):
        """Encrypt everything with the current key; return how many values were rewritten.

        Committed table by table, batch by batch: an interruption leaves values under either key, both still configured,
        and running it again finishes the rest.
        """
        self.env.flush_all()
        return sum(
            self._rotate_column(*column) for column in sorted(set(self._secret_columns()), key=lambda each: each[:2])
        )

    def _rotate_column(self, table, column, rotate):
        count, last = 0, 0
        while rows := self._next_values(table, column, last):
            for record_id, value in rows:
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = %s",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        rotate(value),
                        record_id,
                    )
                )
            count, last = count + len(rows), rows[-1][0]
            self._rotation_done()
        _logger.info("Secrets: %s values of %s.%s are under the current key", count, table, column)
        return count

    def _next_values(self, table, column, last):
        return self.env.execute_query(
            SQL(
                "SELECT id, %(column)s FROM %(table)s WHERE id > %(last)s AND %(column)s IS NOT NULL"
                " ORDER BY id LIMIT %(batch)s FOR UPDATE",
                column=SQL.identifier(column),
                table=SQL.identifier(table),
                last=last,
                batch=BATCH,
            )
        )

    def _rotation_done(self):
        """A batch is complete; tests, which must not commit, replace this."""
        self.env.invalidate_all()
        # batches are independent: see _rotate_all
        self.env.cr.commit()  # pylint: disable=invalid-commit
