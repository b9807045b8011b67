import unittest

from odoo.addons.merchant_base.core.reason import title


class ReasonTitleTest(unittest.TestCase):
    def test_a_reason_in_short_is_its_first_clause(self):
        self.assertEqual(
            title("The buyer asks for a refund: nothing is shipped until it is decided."), "The buyer asks for a refund"
        )
        self.assertEqual(title("店铺的授权已到期：请重新授权，之后会自动继续。"), "店铺的授权已到期")

    def test_figures_are_left_out(self):
        self.assertEqual(title("“%(province)s” is no province of China: correct it."), "“…” is no province of China")
        self.assertEqual(title("%(skus)s 还没有匹配产品。请在“平台货品”中匹配。"), "… 还没有匹配产品")

    def test_a_clause_of_figures_alone_says_nothing(self):
        self.assertEqual(title("%(sku)s: the quantity is %(quantity)s. Correct it."), "The quantity is …")

    def test_an_aside_with_figures_is_left_out(self):
        self.assertEqual(title("It is not to be reached now (%(error)s): tried again."), "It is not to be reached now")

    def test_a_sentence_without_words_stays(self):
        self.assertEqual(title("%(error)s"), "…")
