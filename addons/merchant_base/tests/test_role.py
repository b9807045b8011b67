from odoo.tests import TransactionCase, new_test_user, tagged

ROLES = ("clerk", "service", "buyer", "warehouse", "finance", "auditor", "integration", "owner")
DAILY = {"clerk", "service", "buyer", "warehouse", "finance"}


@tagged("post_install", "-at_install")
class TestRole(TransactionCase):
    def _user(self, role):
        return new_test_user(self.env, f"merchant_{role}", groups=f"merchant_base.group_{role}")

    def _roles_of(self, user):
        return {role for role in ROLES if user.has_group(f"merchant_base.group_{role}")}

    def test_every_role_opens_the_app_and_is_an_ordinary_employee(self):
        for role in ROLES:
            user = self._user(role)
            self.assertTrue(user.has_group("merchant_base.group_user"), role)
            self.assertTrue(user.has_group("base.group_user"), role)

    def test_a_role_brings_no_other_role_but_the_owners_brings_the_daily_ones(self):
        for role in ROLES[:-1]:
            self.assertEqual(self._roles_of(self._user(role)), {role})
        self.assertEqual(self._roles_of(self._user("owner")), DAILY | {"owner"})

    def test_no_role_makes_an_administrator(self):
        for role in ROLES:
            user = self._user(role)
            self.assertFalse(user.has_group("base.group_system"), role)
            self.assertFalse(user.has_group("base.group_erp_manager"), role)

    def test_the_administrator_is_an_owner(self):
        self.assertIn("owner", self._roles_of(self.env.ref("base.user_admin")))

    def test_each_role_is_chosen_by_itself_on_the_user(self):
        groups = [self.env.ref(f"merchant_base.group_{role}") for role in ROLES]
        self.assertEqual(len({group.privilege_id for group in groups}), len(ROLES))
        category = self.env.ref("merchant_base.module_category_merchant")
        self.assertEqual({group.privilege_id.category_id for group in groups}, {category})

    def test_a_person_without_a_role_does_not_see_the_app(self):
        menu = self.env.ref("merchant_base.menu_merchant_root")
        stranger = new_test_user(self.env, "merchant_stranger", groups="base.group_user")
        self.assertNotIn(menu.id, self.env["ir.ui.menu"].with_user(stranger)._visible_menu_ids())
        self.assertIn(menu.id, self.env["ir.ui.menu"].with_user(self._user("clerk"))._visible_menu_ids())
