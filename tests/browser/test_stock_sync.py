"""Stock sync in the browser, in Chinese, with the demo company: every page, and “why 37?” answered by a click."""

import pytest

from tests.browser.test_day import SIZES, open_action, picture
from tests.support.web import Console
from tests.support.web import login as sign_in

PAGES = {
    "offers": "merchant_publication.merchant_publication_action",
    "quotas": "merchant_publication.merchant_publication_quota_action",
    "oversold": "merchant_publication.merchant_oversell_action",
    "stock-checks": "merchant_publication.merchant_publication_check_action",
    "stock-differences": "merchant_publication.merchant_publication_drift_action",
    "sync-log": "merchant_publication.merchant_publication_push_action",
    "sync-rules": "merchant_publication.merchant_publication_rule_action",
}
ROWS = ".o_data_row, .o_kanban_record:not(.o_kanban_ghost), .o_view_nocontent"


@pytest.fixture(params=SIZES)
def tab(browser, demo_odoo, request):
    context = browser.new_context(
        base_url=demo_odoo.url, locale="zh-CN", viewport=SIZES[request.param], is_mobile=request.param == "phone"
    )
    page = context.new_page()
    console = Console(page)
    sign_in(page, demo_odoo.url)
    page.size = request.param
    yield page
    context.close()
    assert not console.errors, "\n".join(console.errors)


def test_every_page_opens_and_every_offer_says_why(tab):
    for name, action in PAGES.items():
        open_action(tab, action)
        tab.locator(ROWS).first.wait_for()
        tab.locator(".o_loading_indicator").wait_for(state="detached")
        assert not tab.locator(".o_error_dialog").count(), name
        overhang = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overhang <= 0, f"{name} is {overhang} px wider than the screen"
        picture(tab, f"{name}-{tab.size}")
    open_action(tab, PAGES["offers"])
    tab.locator(ROWS).first.wait_for()
    if tab.size == "phone":
        tab.locator(".o_kanban_record:has-text('TEA-001')").first.click()
        tab.locator(".o_merchant_why button").first.click()
    else:
        tab.locator(".o_data_row:has-text('TEA-001') .o_merchant_why button").first.click()
    tab.locator(".o_merchant_why_popover").wait_for()
    assert "现有" in tab.locator(".o_merchant_why_popover").inner_text()
    picture(tab, f"offer-why-{tab.size}")


def test_the_shop_and_the_listing_show_how_they_stand(tab):
    open_action(tab, "merchant_channel.merchant_shop_action", 1)
    tab.locator(".o_form_view .nav-link[name=publication]").click()
    tab.locator("[name=publication_weight]").first.wait_for()
    picture(tab, f"shop-stock-sync-{tab.size}")
    open_action(tab, "merchant_channel.merchant_listing_action", 1)
    tab.locator("[name=publication_quantity]").first.wait_for()
    picture(tab, f"listing-stock-sync-{tab.size}")
    tab.locator("[name=publication_why] button").first.click()
    tab.locator(".o_merchant_why_popover").wait_for()
    assert "现有" in tab.locator(".o_merchant_why_popover").inner_text()
    picture(tab, f"listing-why-{tab.size}")


def test_a_figure_of_the_monitor_leads_to_its_list_and_that_says_why(tab):
    open_action(tab, "merchant_channel.merchant_monitor_action")
    held = tab.locator(".o_kanban_record a:has-text('待处理'):has(.text-danger)").first
    held.click()
    tab.locator(
        ".o_data_row, .o_kanban_view:not(.o_merchant_monitor) .o_kanban_record:not(.o_kanban_ghost)"
    ).first.click()
    tab.locator(".o_form_view .alert-danger").first.wait_for()
    overhang = tab.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overhang <= 0, f"the held order is {overhang} px wider than the screen"
    picture(tab, f"monitor-held-why-{tab.size}")
