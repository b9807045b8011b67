"""Price rules in the memory of this process, one :class:`Book` for each list and version.

A trigger gives a list a new version in the very statement that changes its rules, so whoever sees the new rules sees
the new version: another worker, a job, a script with SQL of its own, the same transaction. A version number is never
used twice, not even after a rollback. A book is filled as products are asked for, so a changed rule costs the next
price one small query.
"""

import threading
from collections import OrderedDict

from odoo.tools import SQL

from ..core.book import Book
from ..core.rule import SCOPES, Rule

# Books and rules that a process keeps; the least recently used books go first.
MOST_BOOKS, MOST_RULES = 200, 1_000_000
_lock = threading.Lock()

_COLUMNS = SQL(
    """i.id, i.pricelist_id, i.applied_on,
       CASE i.applied_on WHEN '0_product_variant' THEN i.product_id WHEN '1_product' THEN i.product_tmpl_id
            WHEN '2_product_category' THEN i.categ_id WHEN '2x_brand' THEN i.merchant_brand_id
            WHEN '2y_tag' THEN i.merchant_tag_id END,
       COALESCE(i.min_quantity, 0)::float8, i.date_start, i.date_end, i.merchant_uom_id, i.company_id, i.currency_id,
       i.compute_price, COALESCE(i.fixed_price, 0)::float8, COALESCE(i.percent_price, 0)::float8, i.base,
       i.base_pricelist_id, COALESCE(i.price_discount, 0)::float8, COALESCE(i.price_markup, 0)::float8,
       COALESCE(i.price_round, 0)::float8, COALESCE(i.price_surcharge, 0)::float8,
       COALESCE(i.price_min_margin, 0)::float8, COALESCE(i.price_max_margin, 0)::float8, i.merchant_ending"""
)


def setup(cr):
    """The versions, and the trigger that changes them."""
    cr.execute(
        """
        CREATE SEQUENCE IF NOT EXISTS merchant_price_version_seq;
        CREATE TABLE IF NOT EXISTS merchant_price_version (
            pricelist_id integer PRIMARY KEY, version bigint NOT NULL);
        CREATE OR REPLACE FUNCTION merchant_price_version() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'DELETE' THEN
                INSERT INTO merchant_price_version
                SELECT pricelist_id, nextval('merchant_price_version_seq') FROM (
                    SELECT DISTINCT pricelist_id FROM new_rules WHERE pricelist_id IS NOT NULL ORDER BY 1) AS touched
                    ON CONFLICT (pricelist_id) DO UPDATE SET version = EXCLUDED.version;
            END IF;
            IF TG_OP <> 'INSERT' THEN
                INSERT INTO merchant_price_version
                SELECT pricelist_id, nextval('merchant_price_version_seq') FROM (
                    SELECT DISTINCT pricelist_id FROM old_rules WHERE pricelist_id IS NOT NULL ORDER BY 1) AS touched
                    ON CONFLICT (pricelist_id) DO UPDATE SET version = EXCLUDED.version;
            END IF;
            RETURN NULL;
        END $$;
        CREATE OR REPLACE TRIGGER merchant_price_version_insert AFTER INSERT ON product_pricelist_item
            REFERENCING NEW TABLE AS new_rules FOR EACH STATEMENT EXECUTE FUNCTION merchant_price_version();
        CREATE OR REPLACE TRIGGER merchant_price_version_update AFTER UPDATE ON product_pricelist_item
            REFERENCING NEW TABLE AS new_rules OLD TABLE AS old_rules
            FOR EACH STATEMENT EXECUTE FUNCTION merchant_price_version();
        CREATE OR REPLACE TRIGGER merchant_price_version_delete AFTER DELETE ON product_pricelist_item
            REFERENCING OLD TABLE AS old_rules FOR EACH STATEMENT EXECUTE FUNCTION merchant_price_version();
        CREATE INDEX IF NOT EXISTS merchant_price_rule_of_template
            ON product_pricelist_item (pricelist_id, product_tmpl_id);
        CREATE INDEX IF NOT EXISTS merchant_price_rule_of_many ON product_pricelist_item (pricelist_id)
            WHERE applied_on NOT IN ('0_product_variant', '1_product');
        """
    )


def touch(cr, lists):
    """Give these lists new versions, as a change of their rules does: of two transactions that do so, one repeats."""
    cr.execute(
        """
        INSERT INTO merchant_price_version
        SELECT id, nextval('merchant_price_version_seq') FROM unnest(%s) AS id ORDER BY id
            ON CONFLICT (pricelist_id) DO UPDATE SET version = EXCLUDED.version
        """,
        [list(lists)],
    )


def teardown(cr):
    """Leave stock Odoo's table as it was."""
    cr.execute(
        """
        DROP TRIGGER IF EXISTS merchant_price_version_insert ON product_pricelist_item;
        DROP TRIGGER IF EXISTS merchant_price_version_update ON product_pricelist_item;
        DROP TRIGGER IF EXISTS merchant_price_version_delete ON product_pricelist_item;
        DROP FUNCTION IF EXISTS merchant_price_version();
        DROP TABLE IF EXISTS merchant_price_version;
        DROP SEQUENCE IF EXISTS merchant_price_version_seq;
        DROP INDEX IF EXISTS merchant_price_rule_of_template;
        DROP INDEX IF EXISTS merchant_price_rule_of_many;
        """
    )


class Shelf:
    """The books of one question, as this transaction sees them.

    :param env: whose changes not yet written are written first
    :param templates: ids of the asked products' templates
    """

    def __init__(self, env, templates):
        self._env, self._templates = env, templates
        self.opened = {}
        env["product.pricelist.item"].flush_model()

    def prepare(self, lists):
        """Open these lists, in one query for their versions."""
        if missing := lists - self.opened.keys():
            self.opened.update(self._fetch(missing))

    def book(self, number):
        """The book of an opened list."""
        return self.opened[number]

    def _fetch(self, lists):
        versions = dict.fromkeys(lists)
        self._env.cr.execute(
            "SELECT pricelist_id, version FROM merchant_price_version WHERE pricelist_id = ANY(%s)", [list(lists)]
        )
        versions.update(self._env.cr.fetchall())
        return {number: self._open(number, version) for number, version in versions.items()}

    def _open(self, number, version):
        book = _known(self._env.registry, (number, version))
        if book is None:
            rules = [rule for _template, rule in self._read(number, SQL("i.applied_on NOT IN %s", tuple(SCOPES)[:2]))]
            book = _keep(self._env.registry, (number, version), Book(rules))
        book.prepare(self._templates, lambda templates: self._of_templates(number, templates))
        return book

    def _of_templates(self, number, templates):
        own = SQL("i.applied_on IN %s AND i.product_tmpl_id = ANY(%s)", tuple(SCOPES)[:2], list(templates))
        return self._read(number, own)

    def _read(self, number, which):
        self._env.cr.execute(
            SQL(
                "SELECT i.product_tmpl_id, %s FROM product_pricelist_item i WHERE i.pricelist_id = %s AND %s",
                _COLUMNS,
                number,
                which,
            )
        )
        return [(row[0], Rule(row[1], row[2], SCOPES[row[3]], *row[4:])) for row in self._env.cr.fetchall()]


def _books_of(registry):
    """The books live and end with the registry."""
    return registry.__dict__.setdefault("_merchant_price_books", OrderedDict())


def _known(registry, key):
    with _lock:
        books = _books_of(registry)
        if book := books.get(key):
            books.move_to_end(key)
        return book


def _keep(registry, key, book):
    with _lock:
        books = _books_of(registry)
        books[key] = book
        while len(books) > 1 and (len(books) > MOST_BOOKS or sum(each.size for each in books.values()) > MOST_RULES):
            books.popitem(last=False)
    return book
