from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..core import matching


class MerchantListing(models.Model):
    """What a shop sells, and which product (or kit) of ours that is."""

    _name = "merchant.listing"
    _description = "Listing"
    _order = "shop_id, sku, id"
    _rec_names_search = ["sku", "title", "platform_sku"]
    _check_company_auto = True

    shop_id = fields.Many2one("merchant.shop", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    active = fields.Boolean(default=True)
    platform_sku = fields.Char(
        "Platform SKU", required=True, help="The platform's id of what is sold; the merchant's code where it has none."
    )
    item_id = fields.Char("Platform Item", help="The platform's id of the item that the SKU belongs to.")
    sku = fields.Char(
        "Merchant Code",
        index="trigram",
        help="The code the shop carries for it, normally the product's internal reference.",
    )
    title = fields.Char()
    properties = fields.Char("Variant", help="Colour, size and so on, as the platform shows them.")
    price = fields.Float(digits="Product Price", readonly=True)
    quantity = fields.Float(
        digits="Product Unit", readonly=True, help="What the platform had for sale when the listing was last read."
    )
    on_sale = fields.Boolean(default=True, readonly=True)
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        index=True,
        domain="[('type', '!=', 'combo')]",
        help="The product that is shipped; a product with a kit as its bill of materials ships its parts.",
    )
    matched_by = fields.Selection(
        [
            ("exact", "Exact code"),
            ("normalised", "Same code, written differently"),
            ("hand", "By hand"),
            ("created", "Made for it"),
        ],
        readonly=True,
    )
    state = fields.Selection(
        [("open", "To match"), ("matched", "Matched")], compute="_compute_state", store=True, index=True
    )
    suggestion_ids = fields.Many2many("product.product", compute="_compute_suggestion_ids", string="Suggestions")
    waiting_count = fields.Integer("Orders Waiting", compute="_compute_waiting_count")

    _sku_uniq = models.Constraint(
        "UNIQUE (shop_id, platform_sku)", "This shop has that SKU already: open the existing listing."
    )

    @api.depends("product_id")
    def _compute_state(self):
        for listing in self:
            listing.state = "matched" if listing.product_id else "open"

    @api.depends("sku", "title", "properties")
    def _compute_display_name(self):
        for listing in self:
            listing.display_name = " ".join(
                filter(None, (f"[{listing.sku or listing.platform_sku}]", listing.title, listing.properties))
            )

    def _compute_suggestion_ids(self):
        for company, listings in self.filtered(lambda listing: not listing.product_id).grouped("company_id").items():
            candidates = self._candidates(company)
            for listing in listings:
                text = f"{listing.title or ''} {listing.properties or ''}"
                listing.suggestion_ids = matching.suggest(listing.sku or listing.platform_sku, text, candidates)
        self.filtered("product_id").suggestion_ids = False

    def _compute_waiting_count(self):
        waiting = self.env["merchant.inbox"]._waiting_for(self)
        for listing in self:
            listing.waiting_count = len(waiting.get(listing, ()))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["platform_sku"] = vals.get("platform_sku") or vals.get("sku")
            if vals.get("product_id"):
                vals.setdefault("matched_by", "hand")
        listings = super().create(vals_list)
        listings.filtered("product_id")._retry_waiting()
        return listings

    def write(self, vals):
        if "product_id" in vals and "matched_by" not in vals:
            vals = {**vals, "matched_by": "hand" if vals["product_id"] else False}
        result = super().write(vals)
        if vals.get("product_id"):
            self._retry_waiting()
        return result

    def action_match(self):
        """Match by code; what stays open is left for a person."""
        before = self.filtered(lambda listing: not listing.product_id)
        before._match()
        done = before.filtered("product_id")
        message = self.env._(
            "%(done)s of %(all)s listings were matched by their codes.", done=len(done), all=len(before)
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success" if done == before else "warning",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_accept_suggestion(self):
        """Take the best suggestion."""
        for listing in self.filtered(lambda listing: not listing.product_id):
            if not listing.suggestion_ids:
                raise UserError(
                    self.env._("No product resembles %(listing)s: choose one by hand.", listing=listing.display_name)
                )
            listing.product_id = listing.suggestion_ids[0]
        return True

    def action_create_product(self):
        """Make a product for each listing that has none."""
        self.filtered(lambda listing: not listing.product_id)._create_products()
        return True

    def action_view_waiting(self):
        rows = self.env["merchant.inbox"].union(*self.env["merchant.inbox"]._waiting_for(self).values())
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("merchant_channel.merchant_inbox_action"),
            "domain": [("id", "in", rows.ids)],
            "context": {},
        }

    def _match(self):
        """Match open listings by code, a few queries for any number of them."""
        for company, listings in self.filtered(lambda listing: not listing.product_id).grouped("company_id").items():
            matches = self._matches(company, {listing.sku or listing.platform_sku for listing in listings})
            by_match = defaultdict(self.browse)
            for listing in listings:
                by_match[matches.get(listing.sku or listing.platform_sku)] |= listing
            by_match.pop(None, None)
            for match, matched in by_match.items():
                matched.write(dict(match))

    def _matches(self, company, codes):
        """``{code: items of the values}`` for the codes that name one product."""
        by_code = self._products_by_code(company, codes)
        by_normalised = self._products_by_normalised_code(company) if codes - set(by_code) else {}
        found = {code: matching.match(code, by_code, by_normalised) for code in codes}
        return {
            code: (("product_id", product), ("matched_by", how)) for code, (product, how) in found.items() if product
        }

    def _product_domain(self, company):
        return Domain("company_id", "in", [company.id, False])

    def _products_by_code(self, company, codes):
        """``{code or barcode: {product ids}}`` for the given codes."""
        codes = list(codes)
        domain = self._product_domain(company) & (Domain("default_code", "in", codes) | Domain("barcode", "in", codes))
        found = defaultdict(set)
        for product in self.env["product.product"].search_fetch(domain, ["default_code", "barcode"]):
            for code in (product.default_code, product.barcode):
                if code:
                    found[code].add(product.id)
        return found

    def _products_by_normalised_code(self, company):
        found = defaultdict(set)
        domain = self._product_domain(company) & Domain("default_code", "!=", False)
        for product in self.env["product.product"].search_fetch(domain, ["default_code"]):
            found[matching.normalise(product.default_code)].add(product.id)
        return found

    def _candidates(self, company):
        """``[(product id, code, name)]`` to suggest from."""
        domain = self._product_domain(company) & Domain("sale_ok", "=", True) & Domain("id", "not in", self._charges())
        products = self.env["product.product"].search_fetch(domain, ["default_code", "name"], limit=5000)
        return [(product.id, product.default_code or "", product.name or "") for product in products]

    def _charges(self):
        """Ids of what stands for postage, fees and lines that were not shipped: nobody sells these."""
        names = ("product_postage", "product_other_fee", "product_dropped", "product_courier")
        find = self.env["ir.model.data"]._xmlid_to_res_id
        return [found for name in names if (found := find(f"merchant_channel.{name}"))]

    def _create_products(self):
        products = self.env["product.product"].create([listing._prepare_product() for listing in self])
        for listing, product in zip(self, products, strict=True):
            listing.write({"product_id": product.id, "matched_by": "created"})

    def _prepare_product(self):
        name = " ".join(filter(None, (self.title, self.properties))) or self.sku or self.platform_sku
        return {
            "name": name,
            "default_code": self.sku or self.platform_sku,
            "is_storable": True,
            "list_price": self.price,
            "company_id": self.company_id.id,
        }

    @api.model
    def _forget(self, products):
        """These products are about to be deleted."""
        # sudo: who may delete a product need not see the shops that sell it
        listings = self.sudo().with_context(active_test=False).search([("product_id", "in", products.ids)])
        listings.product_id = False

    def _retry_waiting(self):
        rows = self.env["merchant.inbox"].union(*self.env["merchant.inbox"]._waiting_for(self).values())
        # sudo: who may match a listing lets the orders go on that wait for it
        rows.sudo()._requeue()

    def _get_or_create(self, shop, wanted):
        """Listings of a shop for lines, in one search and one create.

        :param wanted: ``{platform sku: values}``
        :return: ``{platform sku: listing}``
        """
        known = self.with_context(active_test=False).search(
            [("shop_id", "=", shop.id), ("platform_sku", "in", list(wanted))]
        )
        found = {listing.platform_sku: listing for listing in known}
        self.union(*found.values())._match()
        new = {key: values for key, values in wanted.items() if key not in found}
        # matched before they are made: one create is cheaper than a write for each product
        matches = self._matches(shop.company_id, {values["sku"] or key for key, values in new.items()}) if new else {}
        made = self.create(
            [
                {**values, "shop_id": shop.id, "platform_sku": key, **dict(matches.get(values["sku"] or key, ()))}
                for key, values in new.items()
            ]
        )
        found.update((listing.platform_sku, listing) for listing in made)
        still_open = self.union(*found.values()).filtered(lambda listing: not listing.product_id)
        if shop.unknown_sku == "create":
            still_open.filtered(lambda listing: not listing.product_id)._create_products()
        return found

    @api.constrains("product_id")
    def _check_product(self):
        for listing in self:
            if listing.product_id.type == "combo":
                raise UserError(
                    self.env._(
                        "%(product)s is a combo and cannot be shipped as one product: choose a kit instead.",
                        product=listing.product_id.display_name,
                    )
                )
