from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from .product_pricelist_item import KEPT, plain


class MerchantPriceRevision(models.Model):
    """One change of many price rules at once: what each rule was before and after, and the way back."""

    _name = "merchant.price.revision"
    _description = "Price Revision"
    _order = "id desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    source = fields.Selection(
        [("repricing", "Repricing"), ("sheet", "Price sheet"), ("undo", "Undo")], required=True, readonly=True
    )
    user_id = fields.Many2one("res.users", string="By", default=lambda self: self.env.user, readonly=True)
    line_ids = fields.One2many("merchant.price.revision.line", "revision_id", readonly=True)
    rule_count = fields.Integer("Rules", readonly=True)
    pricelist_ids = fields.Many2many("product.pricelist", string="Price Lists", readonly=True)
    undone_by_id = fields.Many2one("merchant.price.revision", string="Undone By", readonly=True, ondelete="set null")

    @api.model
    def _apply(self, name, source, changes, company=None, keys=()):
        """Change rules and keep what they were.

        :param changes: ``[(product.pricelist.item record, vals)]``: an empty record makes a rule, ``vals`` of None
            deletes one
        :param keys: what the made rules are known by, in their order; by their ids when none are given
        :return: the revision
        """
        Item = self.env["product.pricelist.item"]
        known = Item.browse([rule.id for rule, _vals in changes if rule])
        known_by = self._keys(known)
        before = {rule.id: rule._merchant_kept() for rule in known}
        lists = known.pricelist_id
        # rules that end make room for those that start, which must not meet them even for a moment
        gone = Item.browse([rule.id for rule, vals in changes if rule and vals is None])
        lines = [(rule.id, False, before[rule.id], None) for rule in gone]
        gone_ids = set(gone.ids)
        gone.unlink()
        self._write_differences([(rule, vals) for rule, vals in changes if rule and vals is not None], before)
        self.env.flush_all()
        made = Item.create([vals for rule, vals in changes if not rule])
        lines = [(known_by.get(key, key), item, old, new) for key, item, old, new in lines]
        lines += [
            (known_by.get(rule.id, rule.id), rule.id, before[rule.id], rule._merchant_kept())
            for rule in known
            if rule.id not in gone_ids
        ]
        keys = keys or made.ids
        lines += [(key, rule.id, None, rule._merchant_kept()) for key, rule in zip(keys, made, strict=True)]
        lists |= made.pricelist_id
        revision = self.create(
            {
                "name": name,
                "source": source,
                "company_id": (company or self.env.company).id,
                "rule_count": len(lines),
                "pricelist_ids": [(6, 0, lists.ids)],
            }
        )
        revision._keep(lines)
        return revision

    def _write_differences(self, changes, before):
        """Write what differs, rules with the same difference at once: a sheet of 50,000 rows has few of them."""
        alike = defaultdict(list)
        for rule, vals in changes:
            kept = before[rule.id]
            news = [(name, value) for name, value in vals.items() if name not in kept or plain(value) != kept[name]]
            if news:
                alike[tuple(news)].append(rule.id)
        for news, ids in alike.items():
            self.env["product.pricelist.item"].browse(ids).write(dict(news))

    def _keys(self, rules):
        """``{rule id: the id it was first known by}`` of rules that came back once."""
        lines = self.env["merchant.price.revision.line"].search_fetch([("item_id", "in", rules.ids)], ["rule_key"])
        return {line.item_id.id: line.rule_key for line in lines}

    def _keep(self, lines):
        self.env["merchant.price.revision.line"].create(
            [
                {
                    "revision_id": self.id,
                    "rule_key": key,
                    "item_id": item,
                    "before": before or False,
                    "after": after or False,
                }
                for key, item, before, after in lines
            ]
        )

    def action_undo(self):
        """Bring the price lists back to what they were before this revision, later revisions of theirs included."""
        self.ensure_one()
        if self.undone_by_id:
            raise UserError(self.env._("%(revision)s was undone already.", revision=self.name))
        later = self | self.search(
            [
                ("id", ">", self.id),
                ("pricelist_ids", "in", self.pricelist_ids.ids),
                ("undone_by_id", "=", False),
                ("source", "!=", "undo"),
            ]
        )
        changes, keys = later._way_back()
        name = self.env._("Undo of %(revision)s", revision=self.name)
        undo = self._apply(name, "undo", changes, self.company_id, keys)
        undo.line_ids._adopt()
        back = self.search([("undone_by_id", "in", later.ids)])  # what an undone undo had taken back
        back.undone_by_id = False
        later.undone_by_id = undo
        later._tell_makers(repricing="undone", sheet="undone")
        back._tell_makers(repricing="approved", sheet="done")
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": undo.id,
            "view_mode": "form",
        }

    def _tell_makers(self, repricing, sheet):
        """Repricings and sheets take the state of their prices, whoever took them back and wherever."""
        made_here = [("revision_id", "in", self.ids)]
        # an approver undoes, too, though sheets are none of his business
        self.env["merchant.repricing"].sudo().search(made_here).state = repricing
        self.env["merchant.price.sheet"].sudo().search(made_here).state = sheet

    def _way_back(self):
        """``(changes, keys of the rules to make)``: each rule back to what the oldest of these revisions found."""
        Item = self.env["product.pricelist.item"]
        oldest, current = {}, {}
        for line in self.line_ids.sorted("id"):
            oldest.setdefault(line.rule_key, line.before)
            current[line.rule_key] = line.item_id
        changes, keys = [], []
        alive = set(self.line_ids.item_id.exists().ids)
        for key, before in oldest.items():
            rule = current[key] if current[key].id in alive else Item
            if rule and not before:
                changes.append((rule, None))
            elif before:
                changes.append((rule, {name: before.get(name) for name in KEPT}))
                keys += [] if rule else [key]
        return changes, keys
