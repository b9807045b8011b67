"""What tests against running servers share; see CONTRIBUTING.md for how to use it."""

import os

import pytest

from hankou import chromium, postgres, test_databases
from tests.support.merchant import Merchant
from tests.support.running_odoo import RunningOdoo
from tests.support.web import Console
from tests.support.web import login as sign_in

os.environ.setdefault("MERCHANT_SECRET_KEYS", "a key that protects nothing but throw-away test data")
PREPARE_COMPANY = 'if "merchant.demo" in env:\n    env["merchant.demo"]._prepare_company()\n'


@pytest.fixture(scope="session")
def database_server():
    """The PostgreSQL of the tests: :class:`hankou.postgres.Server`."""
    with postgres.using("test", unsafe=True) as server:
        yield server


@pytest.fixture(scope="session")
def new_odoo(database_server):
    """``new_odoo(purpose, source="")``: a :class:`RunningOdoo`, not yet started, on a clone of the prepared database.

    ``source`` is Python run with ``env`` in the clone first. The server ends and the clone goes with the session.
    """
    made = []

    def make(purpose, source=""):
        template = test_databases.template(database_server)
        if not template.exists():
            test_databases.prepare_template(database_server)
        running = RunningOdoo(template.clone_to(test_databases.own_name(purpose)))
        made.append(running)
        if source:
            running.shell(source)
        return running

    yield make
    for running in made:
        running.stop()
        running.instance.drop()


@pytest.fixture(scope="session")
def odoo_instance(request, new_odoo):
    """A running server with the suite and a prepared company, without demo shops; shared by the session."""
    if any("demo_odoo" in item.fixturenames for item in request.session.items):
        request.getfixturevalue("demo_odoo")  # imports its sheet, which takes minutes, beside the other tests
    return new_odoo("e2e", PREPARE_COMPANY).start()


@pytest.fixture(scope="session")
def demo_odoo(new_odoo):
    """A running server as ``scripts/start`` leaves it: the demo company and shops; ``.market`` is their marketplace."""
    from tests.marketplace import Marketplace

    with Marketplace(port=0, scenario="demo", speed=0) as market:
        create = f'env["merchant.demo"]._create(market_url={market.url!r})'
        running = new_odoo("demo", f"{PREPARE_COMPANY}\n{create}")
        running.market = market
        yield running.start()
        running.stop()


@pytest.fixture
def installation(database_server):
    """A whole installation with a PostgreSQL of its own, to be killed: :class:`tests.support.killing.Installation`."""
    from tests.support.killing import Installation

    template = test_databases.template(database_server)
    if not template.exists():
        test_databases.prepare_template(database_server)
    running = Installation(template, "killed")
    running.shell(PREPARE_COMPANY)
    yield running.start()
    running.stop()


@pytest.fixture
def marketplace():
    """A rehearsal marketplace in this process, on a free port, without orders that come by themselves."""
    from tests.marketplace import Marketplace

    with Marketplace(port=0, speed=0) as market:
        yield market


@pytest.fixture(scope="module")
def market():
    """The same for all tests of a file."""
    from tests.marketplace import Marketplace

    with Marketplace(port=0, speed=0) as market:
        yield market


@pytest.fixture
def no_faults_left(market):
    """The marketplace behaves again after each test."""
    yield
    market.faults.clear()
    market.shop().restore_session()


@pytest.fixture(scope="session")
def merchant(odoo_instance):
    """The company of ``odoo_instance`` with goods in stock: :class:`Merchant`."""
    return Merchant(odoo_instance).stock_up()


@pytest.fixture(scope="session")
def browser():
    """Playwright's browser: the distribution's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium.ensure(), args=list(chromium.ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def page(browser, odoo_instance):
    """A fresh page (no cookies) in Chinese at ``odoo_instance``; an error on its console fails the test."""
    context = browser.new_context(base_url=odoo_instance.url, locale="zh-CN", viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.console = Console(tab)
    yield tab
    context.close()
    assert not tab.console.errors, "the page's console: " + "\n".join(tab.console.errors)


@pytest.fixture
def login(odoo_instance):
    """``login(page, user="admin", password=user)``"""

    def into(tab, user="admin", password=None):
        sign_in(tab, odoo_instance.url, user, password)

    return into


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Put the end of the server's log under a failing test's report."""
    report = yield
    for running in getattr(item, "funcargs", {}).values() if report.failed else ():
        if isinstance(running, RunningOdoo) and running.log.exists():
            report.sections.append((f"end of {running.log}", running.log_tail()))
    return report
