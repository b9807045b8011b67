from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

from .test_rights_table import ROLES

# What a record of a model needs beyond one value for each required field.
VALUES = {
    "merchant.publication.quota": {"starts_at": "2025-11-11", "ends_at": "2099-11-11"},
    "merchant.sheet.import": {"file": "YSxi", "file_name": "a.csv"},
    "merchant.sheet.template.column": {"header": "Order"},
    "merchant.stock.threshold": {"kind": "shop"},
}
# Goods in a warehouse are everybody's: their lines are those for stock, never a shop's.
EVERYBODYS = ("merchant.stock.position",)


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
        ours, found, grows = self._ours(), {"merchant.shop": None}, True
        while grows:
            new = {name: field for name, model in ours.items() if name not in found and (field := _link(model, found))}
            found.update(new)
            grows = bool(new)
        return found

    def _ours(self):
        return {
            name: model
            for name, model in self.env.items()
            if name.startswith("merchant.") and name not in EVERYBODYS and not model._abstract and model._auto
        }

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
            "stock.picking": lambda: self.env[name].create(
                {"picking_type_id": self.env["stock.picking.type"].search([("code", "=", "outgoing")], limit=1).id}
            ),
        }
        if name not in self.made and name in make:
            self.made[name] = make[name]()
        elif name not in self.made and name.startswith("merchant."):
            self.made[name] = self.env[name].create(self._values(name, {}))
        return self.made.get(name) or self.env[name].search([], limit=1)

    def test_a_user_of_one_shop_sees_nothing_of_a_shop_for_others_in_any_model(self):
        leads = self._leads()
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

    def test_what_is_several_shops_does_not_name_a_shop_for_others(self):
        self.closed.user_ids = [Command.set(self.insider.ids)]
        named = {(name, field.name) for name, model in self._ours().items() for field in _shops(model)}
        self.assertGreaterEqual(len(named), 3, "the walk finds what there is")
        for name, field in named:
            record = self.env[name].create(self._values(name, {}))
            if record._fields[field].store:
                record[field] = self.closed | self.open
            for user in self.users.values():
                mine = record.with_user(user).sudo(False)
                mine.invalidate_recordset()
                if mine.has_access("read"):
                    with self.subTest(model=name, user=user.login):
                        self.assertNotIn(self.closed, mine[field])


def _link(model, found):
    """The field by which a model belongs to a shop."""
    links = (field for field in model._fields.values() if field.type == "many2one" and field.store)
    return next((field.name for field in links if field.comodel_name in found), None)


def _shops(model):
    """The fields that name several shops."""
    return [
        field
        for field in model._fields.values()
        if field.comodel_name == "merchant.shop" and field.type in ("many2many", "one2many")
    ]
