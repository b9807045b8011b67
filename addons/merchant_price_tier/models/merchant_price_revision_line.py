from odoo import api, fields, models
from odoo.tools import SQL, format_datetime


class MerchantPriceRevisionLine(models.Model):
    """One rule in a revision."""

    _name = "merchant.price.revision.line"
    _description = "Rule of a Price Revision"
    _order = "id"

    revision_id = fields.Many2one("merchant.price.revision", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="revision_id.company_id", store=True)
    rule_key = fields.Integer(required=True, index=True, help="The rule's id when it was first changed.")
    item_id = fields.Many2one("product.pricelist.item", string="Rule", ondelete="set null", index="btree_not_null")
    before = fields.Json("Rule Before")
    after = fields.Json("Rule After")
    before_price = fields.Char("Before", compute="_compute_texts")
    after_price = fields.Char("After", compute="_compute_texts")
    goods = fields.Char("Applied On", compute="_compute_texts")
    quantity = fields.Float("From Quantity", compute="_compute_texts")
    change = fields.Char(compute="_compute_texts")

    @api.depends("before", "after", "item_id")
    @api.depends_context("lang", "tz")
    def _compute_texts(self):
        Product, Template = self.env["product.product"], self.env["product.template"]
        for line in self:
            before, after = line.before or {}, line.after or {}
            facts = after or before
            goods = Product.browse(facts.get("product_id")) or Template.browse(facts.get("product_tmpl_id"))
            line.before_price, line.after_price = self._price_text(before), self._price_text(after)
            line.goods = line.item_id.name or goods.exists().display_name
            line.quantity = facts.get("min_quantity", 0)
            line.change = self._change_text(before, after)

    def _price_text(self, facts):
        """The price a kept rule gives, short; empty where there was no rule."""
        if not facts:
            return ""
        if facts["compute_price"] == "fixed":
            return f"{facts['fixed_price']:,.2f}"
        if facts["compute_price"] == "percentage":
            return self.env._("%(percent)s %% off", percent=f"{facts['percent_price']:g}")
        return self.env._("Formula")

    def _change_text(self, before, after):
        _ = self.env._
        if not before or not after:
            return _("New") if after else _("Removed")
        if before["date_end"] != after["date_end"] and after["date_end"]:
            moment = fields.Datetime.to_datetime(after["date_end"])
            return _("Ends %(moment)s", moment=format_datetime(self.env, moment))
        if before["date_end"] and {**before, "date_end": False} == after:
            return _("No longer ends")
        return _("Changed") if before != after else _("Unchanged")

    def _adopt(self):
        """Rules that came back are known under their first id again."""
        self.flush_model(["rule_key", "item_id", "before"])
        self.env.cr.execute(
            SQL(
                """
            UPDATE merchant_price_revision_line older SET item_id = back.item_id
              FROM merchant_price_revision_line back
             WHERE back.id = ANY(%s) AND back.item_id IS NOT NULL
               AND COALESCE(back.before, 'false'::jsonb) = 'false'::jsonb
               AND older.rule_key = back.rule_key AND older.id < back.id
            """,
                self.ids,
            )
        )
        self.invalidate_model(["item_id"])
