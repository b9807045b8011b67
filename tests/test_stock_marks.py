"""Whoever moves stock waits for nobody who works out offers, and nobody works out the same twice."""

import psycopg2
import pytest

PREPARE = """
product = env["product.product"].create({"name": "Tea", "default_code": "TEA", "is_storable": True})
warehouse = env["stock.warehouse"].search([], limit=1)
env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, 10)
env.cr.commit()
env.cr.execute("DELETE FROM merchant_publication_mark")
"""
TAKE = """DELETE FROM merchant_publication_mark WHERE id IN (
    SELECT id FROM merchant_publication_mark ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED) RETURNING id"""
MOVE = "UPDATE stock_quant SET quantity = quantity - 1 WHERE quantity > 0"


@pytest.fixture
def connect(new_odoo):
    """``connect()``: another connection to one database, in Odoo's isolation level; who waits for a lock fails."""
    instance = new_odoo("marks", PREPARE).instance
    environment, made = instance.environment(), []

    def another():
        connection = psycopg2.connect(
            dbname=instance.database,
            host=environment["PGHOST"],
            port=environment["PGPORT"],
            user=environment["PGUSER"],
            password=environment["PGPASSWORD"],
            options="-c lock_timeout=500",
        )
        connection.set_session(isolation_level="REPEATABLE READ")
        made.append(connection)
        return connection

    yield another
    for connection in made:
        connection.close()


def execute(connection, statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_stock_moves_while_offers_are_worked_out(connect):
    hand, worker, other = connect(), connect(), connect()
    execute(hand, MOVE)
    hand.commit()
    assert len(execute(worker, TAKE)) == 1
    execute(hand, MOVE)  # the worker is still at it: nobody waits
    hand.commit()
    assert len(execute(other, TAKE)) == 1, "the second change is somebody else's work"
    other.commit()
    worker.rollback()  # it crashed: what it took is there again
    assert len(execute(worker, TAKE)) == 1


def test_a_change_that_is_rolled_back_marks_nothing(connect):
    hand, worker = connect(), connect()
    execute(hand, MOVE)
    hand.rollback()
    assert execute(worker, TAKE) == []


def test_two_who_move_the_same_product_at_once_do_not_meet_in_the_marks(connect):
    """They meet in the quant, as they would without marks; in different places not at all."""
    one, other = connect(), connect()
    for connection in (one, other):
        execute(connection, "INSERT INTO merchant_publication_mark (product_id, warehouse_id) VALUES (1, 1)")
    one.commit()
    other.commit()
    assert len(execute(one, TAKE)) == 2
