from odoo import api, fields, models
from odoo.tools import SQL


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
    before_price = fields.Float("Before", compute="_compute_prices")
    after_price = fields.Float("After", compute="_compute_prices")
    goods = fields.Char("Applied On", compute="_compute_prices")

    @api.depends("before", "after", "item_id")
    def _compute_prices(self):
        Product, Template = self.env["product.product"], self.env["product.template"]
        for line in self:
            before, after = line.before or {}, line.after or {}
            facts = after or before
            goods = Product.browse(facts.get("product_id")) or Template.browse(facts.get("product_tmpl_id"))
            line.before_price = before.get("fixed_price", 0)
            line.after_price = after.get("fixed_price", 0)
            line.goods = line.item_id.name or goods.exists().display_name

    def _adopt(self):
        """Rules that came back are known under their first id again."""
        self.flush_model(["rule_key", "item_id"])
        self.env.cr.execute(
            SQL(
                """
            UPDATE merchant_price_revision_line older SET item_id = back.item_id
              FROM merchant_price_revision_line back
             WHERE back.id = ANY(%s) AND back.item_id IS NOT NULL
               AND older.rule_key = back.rule_key AND older.id < back.id
            """,
                self.filtered(lambda line: not line.before).ids,
            )
        )
        self.invalidate_model(["item_id"])
