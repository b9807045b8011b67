from odoo.tests import tagged

from .common import PriceCase, RandomWorld


@tagged("post_install", "-at_install")
class TestQueries(PriceCase):
    def test_as_many_queries_for_one_price_as_for_all(self):
        world = RandomWorld(self.env, 7, products=60)
        for _number in range(3):
            world.add_list()
        few, many = world.products[:2], world.products
        world.lists[-1]._compute_price_rule(many, 5, date=world.now)

        def count(products):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            world.lists[-1]._compute_price_rule(products, 5, date=world.now)
            return self.env.cr.sql_log_count - before

        self.assertLessEqual(count(many), count(few) + 2)
        self.assertLess(count(many), 30)

    def test_a_price_that_is_asked_again_takes_two_queries(self):
        pricelist = self.pricelist("VIP", {"fixed_price": 5})
        self.price(pricelist)
        self.env.cr.flush()
        with self.assertQueryCount(2), self.assertLogs("odoo.sql_db", "DEBUG"):
            self.price(pricelist)
