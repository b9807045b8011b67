import ast

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.merchant_channel.tests.common import MerchantCase

from .test_rights_table import ROLES

PEOPLE = tuple(role for role in ROLES if role != "integration")


@tagged("post_install", "-at_install")
class TestScreens(MerchantCase):
    """What the menu offers somebody, he can open: each view of each menu is read as the web client reads it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env,
                f"screens_{role}",
                groups=f"merchant_base.group_{role}",
                company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for role in PEOPLE
        }

    def test_every_role_opens_every_screen_of_its_menu(self):
        self._take(self._payload(), self._payload(), self._payload())
        self._push(self._payload(lines=[self._line("1", "HKT-NONE", 1, "9.00")]))
        self._new_shop("Second")
        self.env.flush_all()
        found = [
            f"{role}, {action.name}, {kind}: {problem}"
            for role, user in self.users.items()
            for action in self._actions(user)
            for kind, problem in self._unreadable(user, action)
        ]
        self.assertEqual(found, [], "\n".join(found))

    def _actions(self, user):
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        root = self.env.ref("merchant_base.menu_merchant_root").id
        found, todo = set(), [root]
        while todo:
            menu = menus[todo.pop()]
            todo += menu["children"]
            if menu.get("action_model") == "ir.actions.act_window":
                found.add(menu["action_id"])
        return self.env["ir.actions.act_window"].browse(sorted(found))

    def _unreadable(self, user, action):
        """``(view, why)`` of the views of an action that fail for this user."""
        self.env.invalidate_all()  # what another could read is no longer at hand
        model = self.env[action.res_model].with_user(user)
        views = [(view, kind) for view, kind in action.views if kind in ("list", "kanban", "form")]
        for kind, view in model.get_views(views)["views"].items():
            try:
                model.web_search_read(self._domain(action), self._specification(model, view["arch"]), limit=80)
            except (AccessError, ValueError) as problem:
                yield kind, str(problem)

    def _domain(self, action):
        try:
            return ast.literal_eval(action.domain or "[]")
        except ValueError:  # speaks of the user or of today
            return []

    def _specification(self, model, arch):
        tree = etree.fromstring(arch)
        tops = [node for node in tree.iter("field") if not any(True for _each in node.iterancestors("field"))]
        return {
            node.get("name"): self._of_field(model._fields[node.get("name")], node)
            for node in tops
            if node.get("name") in model._fields
        }

    def _of_field(self, field, node):
        if field.type == "many2one":
            return {"fields": {"display_name": {}}}
        if field.type not in ("one2many", "many2many"):
            return {}
        below = self.env[field.comodel_name]
        inner = (each.get("name") for each in node.iter("field") if next(each.iterancestors("field"), None) is node)
        to_one = {"fields": {"display_name": {}}}
        names = set(inner) & set(below._fields)
        found = {name: to_one if below._fields[name].type == "many2one" else {} for name in names}
        return {"fields": found or {"display_name": {}}}
