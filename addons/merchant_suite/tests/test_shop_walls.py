from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from .test_rights_table import ROLES

# What a record of a model needs beyond one value for each required field.
VALUES = {
    "merchant.publication.quota": {"starts_at": "2025-11-11", "ends_at": "2099-11-11"},
    "merchant.sheet.import": {"file": "YSxi", "file_name": "a.csv"},
    "merchant.sheet.template.column": {"header": "Order"},
}
# Of two shops or of none: their names are given, not what they sell.
COMMON = {
    "merchant.dashboard": "adds up what its reader may see",
    "merchant.sourcing.rule": "is everybody's: it decides about the company's stock",
}


@tagged("post_install", "-at_install")
class TestShopWalls(TransactionCase):
    """A shop may be for named users only. Whoever else works here sees nothing of it: every model of ours that leads to
    a shop is found by walking the registry, so a model made tomorrow is looked at, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Shop = cls.env["merchant.shop"]
        cls.open, cls.closed = Shop.create([{"name": "Open"}, {"name": "Closed"}])
        cls.insider = new_test_user(
            cls.env, "insider", groups=",".join(f"merchant_base.group_{role}" for role in ROLES)
        )
        cls.users = {
            role: new_test_user(cls.env, f"walls_{role}", groups=f"merchant_base.group_{role}") for role in ROLES
        }
        cls.made = {"merchant.shop": cls.closed}

    def _leads(self):
        """``{model: its field}`` of every model that belongs to a shop, itself or through another of ours that does."""
        ours = {
            name: model
            for name, model in self.env.items()
            if name.startswith("merchant.") and not model._abstract and model._auto
        }
        found, grows = {"merchant.shop": None}, True
        while grows:
            new = {name: field for name, model in ours.items() if name not in found and (field := _link(model, found))}
            found.update(new)
            grows = bool(new)
        return found

    def _record(self, name, leads):
        """A record of the closed shop."""
        if name not in self.made:
            self.made[name] = self.env[name].create(self._values(name, leads))
        return self.made[name]

    def _values(self, name, leads):
        model = self.env[name]
        given = {**model.default_get(list(model._fields)), **VALUES.get(name, {})}
        values = dict(VALUES.get(name, {}))
        for field in model._fields.values():
            if field.type == "many2one" and field.comodel_name in leads and field.store and not field.compute:
                values[field.name] = self._record(field.comodel_name, leads).id
            elif field.required and field.store and not field.compute and not given.get(field.name):
                values[field.name] = self._value(field)
        return values

    def _value(self, field):
        match field.type:
            case "many2one":
                return self._any(field.comodel_name).id
            case "selection":
                return field.get_values(self.env)[0]
            case "integer" | "float" | "monetary":
                return 1
            case "date" | "datetime":
                return "2025-11-11"
            case "json":
                return {}
            case _:
                return "closed"

    def _any(self, name):
        """What is everybody's: a product, an order, a user."""
        make = {
            "product.product": lambda: self.env[name].create({"name": "Tea"}),
            "sale.order": lambda: self.env[name].create({"partner_id": self.env.user.partner_id.id}),
            "sale.order.line": lambda: self.env[name].create(
                {"order_id": self._any("sale.order").id, "product_id": self._any("product.product").id}
            ),
        }
        if name not in make:
            return self.env[name].search([], limit=1)
        if name not in self.made:
            self.made[name] = make[name]()
        return self.made[name]

    def test_a_user_of_one_shop_sees_nothing_of_a_shop_for_others_in_any_model(self):
        leads = {name: field for name, field in self._leads().items() if name not in COMMON}
        records = {name: self._record(name, leads) for name in leads}
        self.closed.user_ids = [Command.set(self.insider.ids)]
        self.env.flush_all()
        self.assertGreater(len(records), 20, "the walk finds what there is")
        for name, record in records.items():
            self.assertTrue(record, name)
            for role, user in self.users.items():
                with self.subTest(model=name, role=role):
                    self._assert_hidden(record.with_user(user))
            if not record._transient:  # an answer being typed is its author's alone
                with self.subTest(model=name, role="insider"):
                    self.assertTrue(
                        record.with_user(self.insider).search([("id", "=", record.id)]), "named, he sees it"
                    )

    def _assert_hidden(self, record):
        record.invalidate_recordset()
        if record.browse().has_access("read"):
            self.assertFalse(record.search([("id", "=", record.id)]))
        with self.assertRaises(AccessError):
            record.read(["create_date" if record._log_access else "id", "display_name"])

    def test_what_is_everybodys_leads_to_a_shop_and_is_named_here_with_its_reason(self):
        ours = {name for name in COMMON if name in self.env}
        self.assertEqual(ours, set(COMMON))


def _link(model, found):
    """The field by which a model belongs to a shop."""
    for field in model._fields.values():
        if field.type == "many2one" and field.comodel_name in found and field.store:
            return field.name
    names = [field.name for field in model._fields.values() if field.comodel_name == "merchant.shop"]
    return names[0] if names else None
