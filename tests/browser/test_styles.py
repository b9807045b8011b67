"""A broken style sheet shows as a banner and naked pages, not as an error on the console."""


def test_the_style_sheets_compile(page, login):
    login(page)
    assert page.locator("text=A css error occured").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.o_main_navbar')).display") != "block"
