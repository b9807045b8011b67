"""The stock alerts where Odoo keeps expiry dates and kits, which the addon itself does not ask for."""

import pytest

from hankou import test_databases
from hankou.upstream import read_log, run_tests

TESTS = ("TestEqualToTheReference", "TestSales.test_expiring_lots_are_told", "TestSales.test_a_kit_is_not_watched")


@pytest.fixture
def odoo(database_server):
    instance = test_databases.alone(database_server, "merchant_stock_alert")
    try:
        instance.install(["merchant_stock_alert", "product_expiry", "mrp"])
        yield instance
    finally:
        instance.drop()


def test_random_histories_with_lots_that_expire_and_kits_equal_the_reference(odoo, tmp_path):
    log = tmp_path / "odoo.log"
    tags = ",".join(f"/merchant_stock_alert:{test}" for test in TESTS)
    run_tests(odoo, ["merchant_stock_alert"], tags, log)
    results = read_log(log.read_text(encoding="utf-8"), log)
    assert set(results.values()) == {"passed"} and len(results) == 3, results
