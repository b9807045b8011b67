from odoo import api, fields, models


class MerchantStockAlert(models.Model):
    _inherit = "merchant.stock.alert"

    kind = fields.Selection(selection_add=[("shop", "Low in a shop")], ondelete={"shop": "cascade"})
    outcome = fields.Selection(selection_add=[("limit", "Shops held back")])
    shop_id = fields.Many2one("merchant.shop", readonly=True, ondelete="cascade", index="btree_not_null")
    listing_id = fields.Many2one("merchant.listing", readonly=True, ondelete="cascade", index="btree_not_null")
    threshold_id = fields.Many2one(
        "merchant.stock.threshold", readonly=True, ondelete="set null", index="btree_not_null"
    )
    offer_why = fields.Json("Why So Few?", compute="_compute_offer_why", exportable=False)
    hold_ids = fields.One2many("merchant.stock.hold", "alert_id", string="Held Back in Shops")
    promised = fields.Integer(
        "Promised by Shops",
        compute="_compute_promised",
        help="What all listings of this product offer together, in the shops that sell from this warehouse.",
    )
    promised_why = fields.Json("Promised: Which Shops", compute="_compute_promised", exportable=False)

    _open_shop_uniq = models.UniqueIndex(
        "(listing_id) WHERE kind = 'shop' AND state != 'closed'", "This listing has such an alert open already."
    )

    @api.depends("listing_id", "shop_id")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for alert in self.filtered(lambda each: each.kind == "shop"):
            alert.display_name = f"{kinds['shop']} · {alert.listing_id.display_name} · {alert.shop_id.name}"
        return result

    def _summary(self):
        if self.kind != "shop" or self.state == "closed":
            return super()._summary()
        _ = self.env._
        if self.measure <= 0:
            text = _("%(shop)s has nothing left to sell", shop=self.shop_id.name)
        else:
            text = _("%(shop)s can sell %(units)g more", shop=self.shop_id.name, units=self.measure)
        parts = [text, _("the line is %(line)g", line=self.line)]
        if self.product_id != self.listing_id.product_id:
            parts.append(_("limited by %(part)s", part=self.product_id.display_name))
        return " · ".join(parts)

    def _compute_offer_why(self):
        for alert in self:
            alert.offer_why = alert.listing_id.publication_why if alert.kind == "shop" else False

    @api.depends("product_id", "warehouse_id")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_promised(self):
        offers = self._offers()
        for alert in self:
            mine = offers[alert.id]
            alert.promised = sum(mine.mapped("wanted"))
            alert.promised_why = alert._promises(mine) if mine else False

    def _offers(self):
        """``{alert id: what shops that sell from its warehouse offer of its product, or of kits that it limits}``"""
        # sudo: the sum counts shops that the reader may not see; of those only the sum is shown
        publications = self.env["merchant.publication"].sudo()
        rows = publications.search(
            ["|", ("product_id", "in", self.product_id.ids), ("limit_product_id", "in", self.product_id.ids)]
        )
        return {alert.id: rows.filtered(alert._concerns) for alert in self}

    def _concerns(self, offer):
        shop = offer.shop_id
        return (
            self.product_id in (offer.product_id | offer.limit_product_id)
            and shop.company_id == self.company_id
            and self.warehouse_id in (shop.warehouse_ids or shop.warehouse_id)
        )

    def _promises(self, offers):
        """The shops' promises as a table, those of shops that the reader may not see summed up."""
        _ = self.env._
        seen = offers.sudo(False).with_user(self.env.user)._filtered_access("read")
        rows = [
            [row.shop_id.name, row.sku or "", str(row.wanted), str(row.sent) if row.sent_at else ""] for row in seen
        ]
        if hidden := sum((offers - seen.sudo()).mapped("wanted")):
            rows.append([_("Other shops"), "", str(hidden), ""])
        return {
            "summary": _("%(units)s promised by %(count)s listings", units=self.promised, count=len(offers)),
            "table": {"columns": [_("Shop"), _("Code"), _("Offer"), _("Platform Told")], "rows": rows},
        }

    def action_limit_shops(self):
        """Ask by how much shops should offer less."""
        return self.env["merchant.stock.answer"]._ask_alerts(self._still_open(), "limit")

    def _note_limit(self, lines):
        """Write down which shops offer less.

        :param lines: ``merchant.stock.answer.listing``
        """
        text = ", ".join(f"{line.shop_id.name} {line.sku or ''}: {line.outcome}" for line in lines)
        self.message_post(body=self.env._("Held back in shops: %(listings)s", listings=text))
        # sudo: who looks after shops need not be allowed to change alerts; this only says what was done
        self.sudo().outcome = "limit"

    def _closed(self, ids):
        result = super()._closed(ids)
        self.env["merchant.stock.hold"]._end_with(ids)
        return result
