"""A day in the browser, in Chinese: a shop is added, an order is mended, its parcel leaves, the platform is told."""

import re

import pytest
from playwright.sync_api import expect

from hankou.paths import RUNTIME
from tests.support.merchant import KEYS, Shop, eventually
from tests.support.web import Console
from tests.support.web import login as sign_in

PICTURES = RUNTIME / "screenshots"
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
PAGES = {
    "shops": "merchant_channel.merchant_shop_action",
    "orders": "merchant_channel.merchant_order_action",
    "orders-on-hold": "merchant_channel.merchant_order_hold_action",
    "inbox": "merchant_channel.merchant_inbox_action",
    "inbox-held": "merchant_channel.merchant_inbox_held_action",
    "listings": "merchant_channel.merchant_listing_action",
    "listings-to-match": "merchant_channel.merchant_listing_open_action",
    "deliveries": "merchant_channel.merchant_picking_action",
    "notices": "merchant_channel.merchant_shipment_notice_action",
    "carrier-codes": "merchant_channel.merchant_carrier_code_action",
    "sheet-imports": "merchant_order_import.merchant_sheet_import_action",
    "dashboard": "merchant_channel.merchant_dashboard_show",
    "monitor": "merchant_channel.merchant_monitor_action",
    "sync-alarms": "merchant_channel.merchant_sync_alarm_action",
    "orders-by-hour": "merchant_channel.merchant_sync_hour_action",
    "sync-troubles": "merchant_channel.merchant_sync_trouble_action",
    "notification-channels": "merchant_base.merchant_notifier_action",
    "told": "merchant_base.merchant_notification_action",
    "divisions": "merchant_division.merchant_division_action",
    "rule-sets": "merchant_sourcing.merchant_sourcing_ruleset_action",
    "decisions": "merchant_sourcing.merchant_sourcing_decision_action",
    "rehearsals": "merchant_sourcing.merchant_sourcing_rehearsal_action",
    "freight-rates": "merchant_sourcing.merchant_freight_rate_action",
    "transfers": "merchant_sourcing.merchant_transfer_proposal_action",
    "safety-stock": "merchant_sourcing.merchant_sourcing_safety_action",
    "tiers": "merchant_price_tier.merchant_price_tier_action",
    "price-rules": "merchant_price_tier.product_pricelist_item_action",
    "floors": "merchant_price_tier.merchant_price_floor_action",
    "approvals": "merchant_price_tier.merchant_price_approval_action",
    "repricing": "merchant_price_tier.merchant_repricing_action",
    "price-sheets": "merchant_price_tier.merchant_price_sheet_action",
    "stock-alerts": "merchant_stock_alert.merchant_stock_alert_action",
    "stock-board": "merchant_stock_alert.merchant_stock_position_action",
    "stock-matrix": "merchant_stock_alert.merchant_stock_position_matrix_action",
    "thresholds": "merchant_stock_alert.merchant_stock_threshold_action",
    "proposals": "merchant_stock_alert.merchant_stock_proposal_action",
}
# what a page has to show before it counts as open
ROWS = (
    ".o_data_row, .o_kanban_record:not(.o_kanban_ghost), .o_view_nocontent, .o_pivot, .o_form_view [name=order_count]"
)


def picture(page, name):
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def field(page, name):
    return page.locator(f"[name={name}] input").first


def choose(page, name, text):
    """Pick the first suggestion of a many2one for a text."""
    field(page, name).click()
    field(page, name).fill(text)
    page.locator(f".o-autocomplete--dropdown-menu .o-autocomplete--dropdown-item:has-text({text!r})").first.click()
    page.locator(".o-autocomplete--dropdown-menu").wait_for(state="detached")
    expect(field(page, name)).to_have_value(re.compile(re.escape(text)))


def open_action(page, action, record=None):
    page.goto(f"/odoo/action-{action}" + (f"/{record}" if record else ""))
    page.locator(".o_action_manager .o_view_controller, .modal .o_form_view").first.wait_for(timeout=60_000)


class TestFromTheShopToTheParcel:
    def test_a_day(self, page, login, merchant, marketplace):
        marketplace.clock.advance(minutes=-5)
        marketplace.add_trade(["TEA-001"])
        odd = marketplace.add_trade([{"code": "BAMBOO-6", "title": "竹制茶夹六君子", "price": "35.50"}])
        login(page)
        shop = self.add_the_shop(page, merchant, marketplace)
        self.mend_the_held_order(page, shop, odd)
        self.ship_it(page, shop, odd, marketplace)
        self.read_the_board(page, shop)
        merchant.call("merchant.shop", "action_pause", [shop.id])

    def add_the_shop(self, page, merchant, market):
        """First with a wrong secret: the sentence is shown and no shop is made."""
        open_action(page, "merchant_channel.merchant_shop_wizard_action")
        values = {"name": "汉口茶店", "app_key": KEYS["app_key"], "session": KEYS["session"]}
        for name, value in {**values, "gateway": f"{market.url}/router/rest", "app_secret": "wrong"}.items():
            field(page, name).fill(value)
        with page.console.expected("RPC_ERROR", "Odoo Server Error"):
            page.click("button[name=action_create]")
            page.locator(".modal:has-text('签名错误')").wait_for()
            picture(page, "wrong-secret")
        assert not merchant.search("merchant.shop", [("name", "=", values["name"])])
        page.locator(".modal:has-text('签名错误') .modal-footer button").last.click()
        field(page, "app_secret").fill(KEYS["app_secret"])
        page.click("button[name=action_create]")
        [found] = eventually(lambda: merchant.search("merchant.shop", [("name", "=", values["name"])]), what="the shop")
        page.locator(".o_form_view:not(.modal *) [name=state]").first.wait_for()
        shop = Shop(merchant, found["id"], values["name"]).settle()
        picture(page, "new-shop")
        return shop

    def mend_the_held_order(self, page, shop, trade):
        open_action(page, "merchant_channel.merchant_order_action")
        page.locator(".o_data_row").first.wait_for()
        assert not page.locator(f".o_data_row:has-text('{trade.tid}')").count()
        open_action(page, "merchant_channel.merchant_inbox_held_action")
        page.locator(f".o_data_row:has-text('{trade.tid}') td[name=order_ref]").click()
        page.locator(".o_form_view .alert-danger:has-text('BAMBOO-6')").wait_for()
        picture(page, "held-order")
        page.click("button[name=action_view_listings]")
        page.locator(".o_data_row td[name=product_id]").click()
        choose(page, "product_id", "TEA-010")
        picture(page, "match-listing")
        page.locator(".o_list_button_save, .o_form_button_save").first.click()
        eventually(lambda: shop.orders(trade.tid), what="the order")
        shop.settle()
        open_action(page, "merchant_channel.merchant_order_action")
        page.locator(f".o_data_row:has-text('{trade.tid}')").wait_for()
        picture(page, "order-came-in")

    def read_the_board(self, page, shop):
        """The shop's card says when its orders last came; a figure opens its list."""
        open_action(page, "merchant_channel.merchant_monitor_action")
        card = page.locator(f".o_kanban_record:has-text('{shop.name}')")
        card.locator("text=最近成功拉单").wait_for()
        assert "已连接" in card.inner_text()
        picture(page, "monitor-board")
        card.locator("a:has-text('待处理')").click()
        page.locator(".o_breadcrumb, .breadcrumb-item, .o_last_breadcrumb_item").first.wait_for()
        page.locator(".o_list_view, .o_view_nocontent").first.wait_for()

    def ship_it(self, page, shop, trade, market):
        [delivery] = shop.deliveries(trade.tid)
        open_action(page, "merchant_channel.merchant_picking_action", delivery["id"])
        page.locator(".o_form_view .nav-link[name=extra]").click()
        choose(page, "carrier_id", "顺丰")
        field(page, "carrier_tracking_ref").fill("SF1234567890")
        picture(page, "delivery")
        page.click("button[name=button_validate]:visible")
        eventually(lambda: market.shipments, what="the notice")
        [sent] = market.shipments
        assert (sent.tid, sent.carrier, sent.waybill) == (trade.tid, "SF", "SF1234567890")
        shop.settle()
        open_action(page, "merchant_channel.merchant_shipment_notice_action")
        page.locator(f".o_data_row:has-text('{trade.tid}')").wait_for()
        assert shop.notice(trade.tid)["state"] == "sent"
        picture(page, "notice-sent")


@pytest.mark.parametrize("size", SIZES)
def test_every_page_opens_without_an_error(browser, demo_odoo, size):
    """On a desk and on a phone, with the demo company's data."""
    context = browser.new_context(
        base_url=demo_odoo.url, locale="zh-CN", viewport=SIZES[size], is_mobile=size == "phone"
    )
    page = context.new_page()
    console = Console(page)
    sign_in(page, demo_odoo.url)
    for name, action in PAGES.items():
        open_action(page, action)
        page.locator(ROWS).first.wait_for()
        page.locator(".o_loading_indicator").wait_for(state="detached")
        assert page.locator("text=A css error occured").count() == 0
        assert not page.locator(".o_error_dialog").count(), name
        overhang = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overhang <= 0, f"{name} is {overhang} px wider than the screen"
        picture(page, f"{name}-{size}")
    context.close()
    assert not console.errors, "\n".join(console.errors)
