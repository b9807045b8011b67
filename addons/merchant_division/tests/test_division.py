from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestDivision(TransactionCase):
    def test_the_list_is_complete_and_nests(self):
        divisions = self.env["merchant.division"].search([])
        self.assertGreater(len(divisions), 3300)
        district = divisions.filtered(lambda division: division.code == "420103")
        self.assertEqual(district.display_name, "湖北省 武汉市 江汉区")
        self.assertEqual(district.parent_id.parent_id.state_id, self.env.ref("base.state_cn_HB"))
        provinces = divisions.filtered(lambda division: division.level == "province")
        self.assertFalse(provinces.filtered(lambda province: not province.state_id).mapped("name"))

    def test_loading_again_changes_nothing(self):
        before = self.env["merchant.division"].search_count([])
        self.env["merchant.division"]._load_divisions()
        self.assertEqual(self.env["merchant.division"].search_count([]), before)

    def test_a_contact_gets_its_division_and_a_person_may_correct_it(self):
        partner = self.env["res.partner"].create(
            {"name": "王", "state_id": self.env.ref("base.state_cn_HB").id, "city": "武汉市", "street": "江汉区新华路"}
        )
        self.assertEqual(partner.merchant_division_id.code, "420103")
        partner.merchant_division_id = self.env["merchant.division"].search([("code", "=", "420102")])
        self.assertEqual(partner.merchant_division_id.code, "420102")
        partner.street = "硚口区解放大道"
        self.assertEqual(partner.merchant_division_id.code, "420104")

    def test_whoever_may_add_contacts_still_may(self):
        """Also somebody without any of our roles."""
        stranger = new_test_user(self.env, "division-stranger", groups="base.group_user,base.group_partner_manager")
        partner = self.env["res.partner"].with_user(stranger).create({"name": "李", "city": "武汉市"})
        self.assertEqual(partner.merchant_division_id.name, "武汉市")

    def test_addresses_abroad_have_none(self):
        partner = self.env["res.partner"].create(
            {"name": "A", "country_id": self.env.ref("base.fr").id, "city": "武汉"}
        )
        self.assertFalse(partner.merchant_division_id)

    def test_a_full_name_is_found_in_a_search(self):
        found = self.env["merchant.division"].name_search("湖北省武汉市江汉区")
        self.assertEqual(len(found), 1)

    def test_only_an_owner_changes_the_list(self):
        clerk = new_test_user(self.env, "division-clerk", groups="merchant_base.group_clerk")
        division = self.env["merchant.division"].search([], limit=1).with_user(clerk)
        self.assertTrue(division.name)
        with self.assertRaises(AccessError):
            division.name = "x"
