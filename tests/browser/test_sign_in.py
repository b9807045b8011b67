"""The first thing a person sees works in a real browser, in Chinese."""

import io

from PIL import Image

CHINESE = "<div style='font:48px sans-serif;display:inline-block' id='box'>{}</div>"


def test_a_person_signs_in(page, login):
    login(page)
    assert page.locator(".o_main_navbar").is_visible()
    assert "/odoo" in page.url


def test_a_wrong_password_is_refused(page, odoo_instance):
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "not the password")
    page.click("form.oe_login_form button[type=submit]")
    page.locator(".alert-danger").wait_for()
    assert "/web/login" in page.url


def test_the_sign_in_page_speaks_chinese(page):
    page.goto("/web/login")
    assert "登录" in page.locator("form.oe_login_form button[type=submit]").inner_text()


def test_chinese_characters_have_glyphs(page):
    """A font without them draws the same box for every character."""
    pictures = []
    for character in "汉口":
        page.set_content(CHINESE.format(character))
        picture = Image.open(io.BytesIO(page.locator("#box").screenshot())).convert("L")
        assert picture.getextrema()[0] < 128, "nothing was drawn"
        pictures.append(picture.tobytes())
    assert pictures[0] != pictures[1]
