"""Take the pictures of the documentation anew: ``tools/pictures.py http://127.0.0.1:8069`` beside ``scripts/start``.

Each is a screen of the demo company in Chinese, as its administrator sees it, some minutes after the first start, when
its sheet of orders is imported; ``--only NAME`` takes one of them. Needs the browser that ``scripts/test`` fetches.
Look at every one before it is committed.
"""

import argparse
from pathlib import Path

from hankou import chromium, say

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
READY = ".o_list_view, .o_kanban_view, .o_form_view"


def row(text):
    """Open the row or the card that says ``text``."""

    def step(page):
        page.locator("tr.o_data_row td.o_data_cell, .o_kanban_record", has_text=text).first.click()
        page.locator(".o_form_view").first.wait_for()

    return step


def tab(name):
    return lambda page: page.locator(".o_notebook a.nav-link", has_text=name).first.click()


def button(name):
    return lambda page: page.locator("button:visible", has_text=name).first.click()


def why(page):
    """What the first "why?" of the screen answers."""
    page.locator(".o_merchant_why button:visible").first.click()
    page.locator(".o_popover").first.wait_for()


# name: (action, size, what is done there, one after the other)
PICTURES = {
    "shops": ("merchant_channel.merchant_shop_action", WIDE, ()),
    "orders": ("merchant_channel.merchant_order_action", WIDE, ()),
    "phone-orders": ("merchant_channel.merchant_order_action", PHONE, ()),
    "held": ("merchant_channel.merchant_inbox_held_action", WIDE, ()),
    "phone-held": ("merchant_channel.merchant_inbox_held_action", PHONE, ()),
    "deliveries": ("merchant_channel.merchant_picking_action", WIDE, ()),
    "monitor": ("merchant_channel.merchant_monitor_action", WIDE, ()),
    "stock-sync": ("merchant_publication.merchant_publication_action", WIDE, ()),
    "price-why": ("merchant_channel.merchant_order_action", WIDE, (row("S00001"), why)),
    "sourcing-rules": ("merchant_sourcing.merchant_sourcing_ruleset_action", WIDE, (row("日常规则"),)),
    "sourcing-why": ("merchant_channel.merchant_order_action", WIDE, (row("汉口茶具旗舰店"), tab("分仓"), why)),
    "sourcing-rehearsal": ("merchant_sourcing.merchant_sourcing_rehearsal_action", WIDE, (row("双十一"),)),
    "sourcing-warehouse": ("merchant_sourcing.merchant_source_warehouse_action", WIDE, ()),
    "stock-alerts": ("merchant_stock_alert.merchant_stock_alert_action", WIDE, ()),
    "phone-stock-alerts": ("merchant_stock_alert.merchant_stock_alert_action", PHONE, ()),
    "stock-alert": ("merchant_stock_alert.merchant_stock_alert_action", WIDE, (row("TEA-001"),)),
    "stock-alert-shops": (
        "merchant_stock_alert.merchant_stock_alert_action",
        WIDE,
        (row("TEA-001"), button("降低可售")),
    ),
    "stock-board": ("merchant_stock_alert.merchant_stock_position_action", WIDE, ()),
}


def take(page, name):
    action, size, steps = PICTURES[name]
    page.set_viewport_size(size)
    page.goto(f"/odoo/action-{action}")
    page.locator(READY).first.wait_for()
    for step in steps:
        step(page)
        page.wait_for_timeout(800)
    # charts draw themselves over half a second
    page.wait_for_timeout(1500)
    page.screenshot(path=FOLDER / f"{name}.png")


def main():
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--only", choices=sorted(PICTURES), action="append")
    options = parser.parse_args()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium.path(), args=["--no-sandbox"])
        page = browser.new_context(base_url=options.url, locale="zh-CN").new_page()
        page.goto("/web/login")
        page.fill("input[name=login]", "admin")
        page.fill("input[name=password]", "admin")
        page.click("form.oe_login_form button[type=submit]")
        page.locator(".o_main_navbar").wait_for()
        for name in options.only or PICTURES:
            with say.step(name):
                take(page, name)
        browser.close()


if __name__ == "__main__":
    say.main(main)
