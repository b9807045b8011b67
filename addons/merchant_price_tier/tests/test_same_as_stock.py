from odoo.tests import tagged

from .common import PriceCase, RandomWorld, stock_answer

WORLDS, LISTS, ROUNDS = 5, 4, 210


@tagged("post_install", "-at_install")
class TestSameAsStock(PriceCase):
    """For stock Odoo's rules our answers are stock Odoo's, whoever asks and however."""

    def test_20_000_random_questions_are_answered_as_by_stock_odoo(self):
        asked = 0
        for seed in range(WORLDS):
            world = RandomWorld(self.env, seed)
            for _number in range(LISTS):
                world.add_list()
            for _round in range(ROUNDS):
                asked += self._compare(world, seed)
        self.assertGreaterEqual(asked, 20_000)

    def test_no_addon_here_keeps_us_from_answering(self):
        for model in ("product.product", "product.template"):
            self.assertEqual(self.env["product.pricelist"]._merchant_foreign_methods(model), ())

    def _compare(self, world, seed):
        dice, pricelist = world.dice, world.dice.choice(world.lists)
        products = world.products.browse(dice.sample(world.products.ids, 20))
        if dice.random() < 0.2:
            products = products.product_tmpl_id
        moment = dice.choice((world.moment(), world.moment().date()))
        options = {"date": moment, "currency": dice.choice((None, *world.currencies))}
        if dice.random() < 0.6:
            options["uom"] = dice.choice(world.units)
        quantity = world.quantity()
        theirs = stock_answer(pricelist, products, quantity, **options)
        ours = pricelist._compute_price_rule(products, quantity, **options)
        for product in products:
            self.assertEqual(ours[product.id][1], theirs[product.id][1], (seed, pricelist, product, quantity, options))
            self.assertAlmostEqual(ours[product.id][0], theirs[product.id][0], 9, (seed, product, quantity, options))
        return len(products)
