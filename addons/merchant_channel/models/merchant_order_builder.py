import hashlib
from collections import defaultdict
from contextlib import contextmanager
from datetime import timezone

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL, float_round

from ..core import change, check
from ..core.order import CLOSED, FINISHED, SHIPPED, UNPAID

# Set while many orders are made: their history is the inbox's, not one chatter message for each field.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "mail_create_nosubscribe": True,
    "sale_no_log_for_new_lines": True,
    "mail_auto_subscribe_no_notify": True,
}
ANONYMOUS = "anonymous"
BATCH = "merchant_batch"
CHINA = ("CN", "China", "中国")
_SUFFIXES = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市")


class MerchantOrderBuilder(models.AbstractModel):
    """From understood orders to confirmed, reserved sales orders: every step takes a whole batch."""

    _name = "merchant.order.builder"
    _description = "Order Builder"

    @api.model
    def _take(self, shop, pairs):
        """Make or change the sales orders of one shop.

        :param pairs: ``[(inbox row, ChannelOrder)]``; each row is finished as done or held
        """
        if not pairs:
            return
        for row, order in pairs:
            row.write(self._prepare_summary(order))
        known = self._known_orders(shop, [order.order_id for _row, order in pairs])
        accepted = self._accepted(self.env["merchant.inbox"].union(*(row for row, _order in pairs)))
        changed = [(row, order, known[order.order_id]) for row, order in pairs if order.order_id in known]
        self._create_orders(shop, [(row, order) for row, order in pairs if order.order_id not in known], accepted)
        self._change_orders(shop, changed, accepted)

    @api.model
    def _needs(self, shop, orders):
        """Names of what only one batch at a time may be at: the goods of these orders, and the buyers it may make.

        :return: set of str
        """
        skus = {line.platform_sku or line.sku for order in orders for line in order.lines}
        listings = self.env["merchant.listing"].search_fetch(
            [("shop_id", "=", shop.id), ("platform_sku", "in", list(skus)), ("product_id", "!=", False)],
            ["platform_sku", "product_id"],
        )
        company = shop.company_id.id
        return {
            *(f"product {product}" for product in self._stocked(listings.product_id).ids),
            # a product may be made for it, or matched by its code
            *(f"sku {company} {sku}" for sku in skus - set(listings.mapped("platform_sku"))),
            *(f"buyer {company} {shop.platform} {self._buyer_ref(order)}" for order in orders),
        }

    def _stocked(self, products):
        """What is taken from the shelves for these products; where there are kits, their parts."""
        return products

    def _known_orders(self, shop, refs):
        orders = (
            self.env["sale.order"]
            .with_context(**QUIET)
            .search([("merchant_shop_id", "=", shop.id), ("platform_order_ref", "in", refs)])
        )
        return {order.platform_order_ref: order for order in orders}

    def _known_elsewhere(self, shop, refs):
        """``{order id: our order}`` that another shop of the platform brought: one seller connected twice would have
        everything shipped twice. A cancelled order is no obstacle."""
        if not shop._has_client() or not refs:
            return {}
        self.env["sale.order"].flush_model(["state"])
        # the inbox has an index for it; shops that the reader may not see count as well
        found = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT inbox.order_ref, so.name
                  FROM merchant_inbox inbox
                  JOIN merchant_shop other ON other.id = inbox.shop_id
                  JOIN sale_order so ON so.id = inbox.sale_order_id
                 WHERE inbox.order_ref IN %s AND inbox.shop_id != %s AND other.platform = %s
                   AND COALESCE(other.gateway, '') = %s AND so.state != 'cancel'
                """,
                tuple(refs),
                shop.id,
                shop.platform,
                shop.gateway or "",
                to_flush=[self.env["merchant.inbox"]._fields["sale_order_id"], shop._fields["gateway"]],
            )
        )
        return dict(found)

    def _prepare_summary(self, order):
        lines = [f"{line.sku or line.title} × {line.quantity.normalize():f}" for line in order.lines[:4]]
        if len(order.lines) > 4:
            lines.append("…")
        return {
            "platform_status": order.platform_status or order.status,
            "buyer": order.buyer_nick or order.receiver.name,
            "province": order.receiver.province,
            "total": float(order.total),
            "line_summary": ", ".join(lines),
        }

    # -- new orders -------------------------------------------------------------------------------------------------

    def _create_orders(self, shop, pairs, accepted):
        wanted, elsewhere = [], self._known_elsewhere(shop, [order.order_id for _row, order in pairs])
        for row, order in pairs:
            if note := self._nothing_to_do(order):
                row._finish("done", [{"code": note}])
            elif order.order_id in elsewhere:
                row._finish("held", [{"code": "known_elsewhere", "params": {"order": elsewhere[order.order_id]}}])
            elif problems := self._problems(shop, order, accepted[row.order_ref]):
                row._finish("held", problems)
            else:
                wanted.append((row, order))
        products = self._products(shop, wanted)
        ready = [(row, order) for row, order in wanted if self._has_products(shop, row, order, products)]
        if ready:
            self._build(shop, ready, products)

    def _nothing_to_do(self, order):
        """The code of why an unknown order makes none, or None."""
        if order.status == UNPAID and not order.presale:
            return "unpaid"
        if order.status == UNPAID:
            return "presale_deposit"
        if order.status == CLOSED or (order.lines and all(line.dropped for line in order.lines)):
            return "closed_before_payment"
        return "shipped_before" if order.status in (SHIPPED, FINISHED) else None

    def _problems(self, shop, order, accepted):
        """``[{code, params}]`` that a person has not accepted."""
        found = self._worded(
            check.problems(order, address=shop.address_check, known_provinces=self._known_provinces(order.receiver))
        )
        if order.currency != shop.currency_id.name:
            params = {"currency": order.currency, "expected": shop.currency_id.name}
            found.append({"code": "wrong_currency", "params": params})
        return [problem for problem in found if problem not in accepted]

    def _address_problems(self, shop, order, accepted):
        """What is wrong with the address alone, as far as a person has not accepted it."""
        provinces = self._known_provinces(order.receiver)
        found = self._worded(check.receiver_problems(order.receiver, shop.address_check, provinces))
        return [problem for problem in found if problem not in accepted]

    def _worded(self, problems):
        return [{"code": problem.code, "params": problem.params} for problem in problems]

    def _known_provinces(self, receiver):
        """The names a Chinese address may carry; None for other countries."""
        return None if receiver.country and receiver.country not in CHINA else self._provinces()

    def _accepted(self, rows):
        """``{order id: problems}`` that a person accepted for these orders, in whatever version it was."""
        accepted = defaultdict(list)
        known = self.env["merchant.inbox"].search_fetch(
            [
                ("shop_id", "in", rows.shop_id.ids),
                ("order_ref", "in", rows.mapped("order_ref")),
                ("accepted", "!=", False),
            ],
            ["shop_id", "order_ref", "accepted"],
        )
        for row in known:
            accepted[row.order_ref] += row.accepted
        return accepted

    def _products(self, shop, pairs):
        """``{platform sku: listing}`` of everything the orders need."""
        wanted = {}
        for _row, order in pairs:
            for line in order.lines:
                key = line.platform_sku or line.sku
                if key and key not in wanted:
                    wanted[key] = {
                        "sku": line.sku,
                        "item_id": line.item_id,
                        "title": line.title,
                        "price": float(line.list_price),
                        "company_id": shop.company_id.id,
                    }
        return self.env["merchant.listing"]._get_or_create(shop, wanted) if wanted else {}

    def _has_products(self, shop, row, order, listings):
        """Hold an order that needs a listing without a product."""
        lines = [line for line in order.lines if not line.dropped]
        found = {line: listings.get(line.platform_sku or line.sku) for line in lines}
        missing = [line for line in lines if not found[line] or not found[line].product_id]
        if not missing:
            return True
        skus = ", ".join(sorted({line.sku or line.platform_sku or line.title or line.line_id for line in missing}))
        waits_for = [found[line].id for line in missing if found[line]]
        row._finish("held", [{"code": "unknown_sku", "params": {"skus": skus}}], listing_ids=[Command.set(waits_for)])
        return False

    def _build(self, shop, pairs, listings):
        partners = self._partners(shop, [order for _row, order in pairs])
        prices = _Prices(self.env, shop.company_id)
        SaleOrder = self.env["sale.order"].with_context(**QUIET)
        vals_list = [
            self._prepare_order(shop, row, order, *partners[order.order_id], listings, prices) for row, order in pairs
        ]
        names = self.env["ir.sequence"]._merchant_names("sale.order", shop.company_id, len(pairs))
        vals_list = [{"name": name, **vals} for vals, name in zip(vals_list, names, strict=False)] or vals_list
        sale_orders = SaleOrder.create(self._with_defaults(SaleOrder, vals_list))
        built = []
        for (row, order), sale_order in zip(pairs, sale_orders, strict=True):
            if self._total_agrees(shop, row, order, sale_order):
                built.append((row, order, sale_order))
        to_confirm = (
            self.env["sale.order"]
            .union(
                *(sale_order for _row, order, sale_order in built if shop.auto_confirm and not change.first_hold(order))
            )
            .with_context(**QUIET)
        )
        if to_confirm:
            to_confirm._merchant_confirm()
        for _row, order, sale_order in built:
            if hold := change.first_hold(order):
                sale_order._merchant_hold(hold)
        self._finish_built(built)

    def _finish_built(self, built):
        """The rows of these orders are done."""
        rows = self.env["merchant.inbox"].union(*(row for row, _order, _sale_order in built))
        waited = rows.filtered("listing_ids")
        waited.listing_ids = [Command.clear()]
        for row, _order, sale_order in built:
            row._finish("done", sale_order_id=sale_order.id)

    def _total_agrees(self, shop, row, order, sale_order):
        """Hold an order whose total here would not be the platform's, to the fen; nothing is adjusted in silence."""
        expected = order.expected - check.refunds_that_lower_the_order(order)
        if shop.currency_id.compare_amounts(sale_order.amount_total, float(expected)) == 0:
            return True
        params = {"ours": f"{sale_order.amount_total:.2f}", "theirs": f"{expected:.2f}"}
        sale_order.unlink()
        row._finish("held", [{"code": "order_total", "params": params}])
        return False

    def _prepare_order(self, shop, row, order, buyer, address, listings, prices):
        fiscal_position = prices.fiscal_position(buyer, address)
        return {
            "partner_id": buyer.id,
            "partner_invoice_id": buyer.id,
            "partner_shipping_id": address.id,
            "company_id": shop.company_id.id,
            "warehouse_id": shop.warehouse_id.id,
            "pricelist_id": shop.pricelist_id.id,
            "team_id": shop.team_id.id,
            "user_id": False,
            "payment_term_id": False,
            "fiscal_position_id": fiscal_position.id,
            "client_order_ref": order.order_id,
            "date_order": _utc(order.paid_at or order.created_at) or fields.Datetime.now(),
            "merchant_shop_id": shop.id,
            "merchant_origin": row.origin,
            **self._prepare_platform_state(order),
            "platform_order_ref": order.order_id,
            "merchant_buyer_remark": order.buyer_remark,
            "merchant_seller_remark": order.seller_remark,
            "merchant_seller_flag": order.seller_flag,
            "order_line": [
                *(
                    Command.create(self._prepare_line(order, line, listings, prices, fiscal_position))
                    for line in order.lines
                ),
                *(Command.create(line) for line in self._prepare_charges(order, prices, fiscal_position)),
            ],
        }

    def _prepare_platform_state(self, order):
        return {
            "platform_status": order.status,
            "platform_status_text": order.platform_status,
            "platform_total": float(order.expected),
            "platform_paid_total": float(order.paid_total),
            "platform_refunded_total": float(check.refunds_that_lower_the_order(order)),
            "platform_seller_discount": float(order.seller_discount),
            "platform_discount": float(order.platform_discount),
            "platform_rounding": float(order.rounding),
            "platform_created_at": _utc(order.created_at),
            "platform_paid_at": _utc(order.paid_at),
            "platform_modified_at": _utc(order.modified_at),
        }

    def _prepare_line(self, order, line, listings, prices, fiscal_position):
        listing = listings.get(line.platform_sku or line.sku)
        product = (
            listing.product_id if listing and listing.product_id else self.env.ref("merchant_channel.product_dropped")
        )
        taxes = prices.taxes(product, fiscal_position)
        return {
            "product_id": product.id,
            "name": line.title or product.display_name,
            "product_uom_id": product.uom_id.id,
            # a line that is not to be shipped stays visible with quantity 0
            "product_uom_qty": 0.0 if line.dropped else float(line.quantity),
            "price_unit": prices.unit(line.paid_amount, line.quantity),
            "technical_price_unit": 0.0,  # differs from the price: Odoo must not put its own in its place
            "discount": 0.0,
            "tax_ids": [Command.set(taxes.ids)],
            **prices.analytic,
            "platform_line_ref": line.line_id,
            "platform_quantity": float(line.quantity),
            "platform_list_price": float(line.list_price),
            "platform_paid_amount": float(line.paid_amount),
            "platform_seller_discount": float(line.seller_discount),
            "platform_discount": float(line.platform_discount),
            "platform_refund": line.refund,
            "merchant_is_gift": line.is_gift,
        }

    def _prepare_charges(self, order, prices, fiscal_position):
        charges = (
            ("merchant_channel.product_postage", order.postage),
            ("merchant_channel.product_other_fee", order.other_fees),
        )
        for xml_id, amount in charges:
            if amount:
                product = self.env.ref(xml_id)
                taxes = prices.taxes(product, fiscal_position)
                yield {
                    "product_id": product.id,
                    "name": product.name,
                    "product_uom_qty": 1.0,
                    "price_unit": prices.unit(amount, 1),
                    "technical_price_unit": 0.0,
                    "tax_ids": [Command.set(taxes.ids)],
                    "platform_paid_amount": float(amount),
                }

    # -- partners ---------------------------------------------------------------------------------------------------

    def _partners(self, shop, orders):
        """``{order id: (buyer, delivery address)}``, made where missing: two searches and two creates for any
        number."""
        refs = {order.order_id: self._buyer_ref(order) for order in orders}
        buyers = self._buyers(shop, orders, refs)
        return self._addresses(shop, orders, {order.order_id: buyers[refs[order.order_id]] for order in orders})

    def _buyer_ref(self, order):
        """The key by which a buyer is found again: the platform's, else the address itself, else nobody in
        particular."""
        return order.buyer_id or _address_key(order.receiver) or ANONYMOUS

    def _buyers(self, shop, orders, refs):
        Partner = self.env["res.partner"].with_context(**QUIET)
        company = shop.company_id
        known = Partner.with_context(active_test=False).search_fetch(
            [
                ("merchant_platform", "=", shop.platform),
                ("merchant_buyer_ref", "in", list(set(refs.values()))),
                ("company_id", "=", company.id),
            ],
            ["merchant_buyer_ref", "merchant_address_key"],
        )
        buyers = {partner.merchant_buyer_ref: partner for partner in known}
        first = {refs[order.order_id]: order for order in reversed(orders) if refs[order.order_id] not in buyers}
        first = dict(sorted(first.items()))  # two batches that make the same buyers never wait in a circle
        vals_list = [self._prepare_buyer(shop, ref, order) for ref, order in first.items()]
        if vals_list:
            buyers.update(zip(first, Partner.create(self._with_defaults(Partner, vals_list)), strict=True))
        return buyers

    def _prepare_buyer(self, shop, ref, order):
        values = self._prepare_address(order.receiver) if ref != ANONYMOUS else {}
        name = order.receiver.name or order.buyer_nick
        return {
            **values,
            "name": name if ref != ANONYMOUS and name else self.env._("Buyer of %(shop)s", shop=shop.name),
            "company_id": shop.company_id.id,
            "merchant_platform": shop.platform,
            "merchant_buyer_ref": ref,
            "customer_rank": 1,
        }

    def _addresses(self, shop, orders, buyers):
        """Reuse the address a buyer has; another receiver becomes a delivery address of the buyer."""
        Partner = self.env["res.partner"].with_context(**QUIET)
        keys = {order.order_id: _address_key(order.receiver) for order in orders}
        known = Partner.search_fetch(
            [
                ("parent_id", "in", list({buyer.id for buyer in buyers.values()})),
                ("merchant_address_key", "in", list(set(keys.values()))),
            ],
            ["parent_id", "merchant_address_key"],
        )
        found = {(partner.parent_id.id, partner.merchant_address_key): partner for partner in known}
        for buyer in buyers.values():
            if buyer.merchant_address_key:
                found[buyer.id, buyer.merchant_address_key] = buyer
        missing = {}
        for order in orders:
            place = buyers[order.order_id].id, keys[order.order_id]
            if place[1] and place not in found:
                missing[place] = order
        vals_list = [
            {**self._prepare_address(order.receiver), "type": "delivery", "parent_id": buyer}
            for (buyer, _key), order in missing.items()
        ]
        if vals_list:
            found.update(zip(missing, Partner.create(self._with_defaults(Partner, vals_list)), strict=True))
        return {
            order.order_id: (
                buyers[order.order_id],
                found.get((buyers[order.order_id].id, keys[order.order_id]), buyers[order.order_id]),
            )
            for order in orders
        }

    def _prepare_address(self, receiver):
        state_id, country_id = self._place(receiver)
        return {
            "name": receiver.name or receiver.mobile or self.env._("Receiver"),
            "phone": receiver.mobile or receiver.phone,
            "street": receiver.address,
            "street2": " ".join(filter(None, (receiver.district, receiver.town))),
            "city": receiver.city,
            "zip": receiver.zip,
            "state_id": state_id,
            "country_id": country_id,
            "lang": self.env.context.get("merchant_buyer_lang")
            or ("zh_CN" if self._speaks_chinese() and self._is_china(country_id) else False),
            "merchant_district": receiver.district,
            "merchant_town": receiver.town,
            "merchant_masked": bool(receiver.masked),
            "merchant_address_handle": receiver.handle,
            "merchant_address_key": _address_key(receiver),
        }

    def _place(self, receiver):
        """``(state id, country id)`` by name."""
        if receiver.country and receiver.country not in CHINA:
            return False, self._countries().get(receiver.country, False)
        return self._provinces().get(receiver.province, False), self._china()

    def _is_china(self, country_id):
        return country_id == self._china()

    def _china(self):
        return self.env["ir.model.data"]._xmlid_to_res_id("base.cn", raise_if_not_found=True)

    def _speaks_chinese(self):
        return any(code == "zh_CN" for code, _name in self.env["res.lang"].get_installed())

    def _once(self, name, read):
        """What ``read`` returns, read once in a transaction."""
        cache = self.env.cr.cache
        if name not in cache:
            cache[name] = read()
        return cache[name]

    @api.model
    def _with_defaults(self, records, vals_list, without=()):
        """The values with the defaults of what none of them gives, asked once instead of for each record."""
        given = set(without).union(*vals_list)
        defaults = records._add_missing_default_values(dict.fromkeys(given))
        defaults = {name: value for name, value in defaults.items() if name not in given}
        return [{**defaults, **vals} for vals in vals_list]

    # -- what one batch asks once -----------------------------------------------------------------------------------

    @api.model
    @contextmanager
    def _batch(self):
        """For the length of the block, what :meth:`_in_batch` was asked is remembered."""
        cache = self.env.cr.cache
        cache[BATCH] = {}
        try:
            yield
        finally:
            del cache[BATCH]

    @api.model
    def _in_batch(self, question, answer):
        """``answer()``, asked once for each question in a batch."""
        known = self.env.cr.cache.get(BATCH)
        if known is None:
            return answer()
        if question not in known:
            known[question] = answer()
        return known[question]

    def _provinces(self):
        return self._once("merchant_provinces", self._read_provinces)

    def _read_provinces(self):
        """``{name: state id}`` with every usual form of a province's name."""
        names = {}
        for state in self.env["res.country.state"].search_fetch([("country_id", "=", self._china())], ["name"]):
            names[state.name] = state.id
            for suffix in _SUFFIXES:
                if state.name.endswith(suffix):
                    names.setdefault(state.name.removesuffix(suffix), state.id)
                    break
        if "内蒙古自治区" in names:
            names["内蒙古"] = names["内蒙古自治区"]
        return names

    def _countries(self):
        return self._once("merchant_countries", self._read_countries)

    def _read_countries(self):
        names = {}
        for lang in (None, "en_US", "zh_CN"):
            if lang and lang not in dict(self.env["res.lang"].get_installed()):
                continue
            for country in self.env["res.country"].with_context(lang=lang).search_fetch([], ["name", "code"]):
                names[country.name] = names[country.code] = country.id
        return names

    # -- changed orders ---------------------------------------------------------------------------------------------

    def _change_orders(self, shop, triples, accepted):
        """Carry out what the platform's newer word means for orders that exist."""
        addresses = self._new_addresses(shop, triples)
        sale_orders = self.env["sale.order"].union(*(sale_order for _row, _order, sale_order in triples))
        before = sale_orders._merchant_states()
        for row, order, sale_order in triples:
            problems = self._change_order(shop, order, sale_order, addresses, accepted[row.order_ref])
            problems = [problem for problem in problems if problem not in accepted[row.order_ref]]
            row._finish(
                "held" if problems else "done", problems, sale_order_id=sale_order.id, listing_ids=[Command.clear()]
            )
        sale_orders._merchant_log_states(before)

    def _change_order(self, shop, order, sale_order, addresses, accepted):
        """Carry out the steps for one order; return the problems that a person has to decide about."""
        steps = change.plan(order, sale_order._merchant_ours(), _address_key(order.receiver))
        sale_order.write(self._prepare_platform_state(order))
        problems = []
        if any(step == change.READDRESS for step, _params in steps):
            problems += self._address_problems(shop, order, accepted)
            if problems:  # the parcel must go neither to the old place nor to half a new one
                steps = [step for step in steps if step[0] not in (change.READDRESS, change.RELEASE)]
                steps.append((change.HOLD, {"reason": "bad_new_address"}))
        for step, params in steps:
            problems += getattr(sale_order, f"_merchant_{step}")(order, addresses.get(order.order_id), **params) or []
        sale_order._merchant_note_refunds(order)
        return problems or self._changed_total(shop, order, sale_order)

    def _changed_total(self, shop, order, sale_order):
        """A person adjusts an order whose worth the platform changed without taking a line out."""
        expected = order.expected - check.refunds_that_lower_the_order(order)
        if (
            sale_order.state == "cancel"
            or shop.currency_id.compare_amounts(sale_order.amount_total, float(expected)) == 0
        ):
            return []
        return [
            {"code": "total_changed", "params": {"ours": f"{sale_order.amount_total:.2f}", "theirs": f"{expected:.2f}"}}
        ]

    def _new_addresses(self, shop, triples):
        moved = {
            order.order_id: (order, sale_order)
            for _row, order, sale_order in triples
            if _address_key(order.receiver) not in ("", sale_order.partner_shipping_id.merchant_address_key)
        }
        buyers = {order_id: sale_order.partner_id for order_id, (_order, sale_order) in moved.items()}
        places = self._addresses(shop, [order for order, _sale_order in moved.values()], buyers) if moved else {}
        return {order_id: address for order_id, (_buyer, address) in places.items()}


class _Prices:
    """Taxes and unit prices of one company, worked out once for each product and place of a batch."""

    def __init__(self, env, company):
        self._env, self._company = env, company
        self._taxes, self._positions = {}, {}
        # without a distribution model there is nothing to look for, line by line
        models = env["account.analytic.distribution.model"].search_count([], limit=1)
        self.analytic = {} if models else {"analytic_distribution": False}
        position = env["account.fiscal.position"]
        self._has_positions = bool(
            position.search_count([("company_id", "in", company.parent_ids.ids), ("auto_apply", "=", True)], limit=1)
        )

    def fiscal_position(self, buyer, address):
        position = self._env["account.fiscal.position"].with_company(self._company)
        if not self._has_positions and not buyer.property_account_position_id:
            return position
        key = (buyer.property_account_position_id, buyer.vat, address.country_id, address.state_id, address.zip)
        if key not in self._positions:
            self._positions[key] = position._get_fiscal_position(buyer, delivery=address)
        return self._positions[key]

    def taxes(self, product, fiscal_position):
        key = (product, fiscal_position)
        if key not in self._taxes:
            taxes = product.taxes_id._filter_taxes_by_company(self._company)
            self._taxes[key] = fiscal_position.map_tax(taxes)._merchant_gross()
        return self._taxes[key]

    def unit(self, amount, quantity):
        """The unit price, taxes included, at which ``quantity`` pieces cost ``amount``; Odoo keeps its full
        precision."""
        return float_round(float(amount) / (float(quantity) or 1.0), precision_digits=12)


def _address_key(receiver):
    """Digest of an address; the platform's handle changes with the address, so it is enough where there is one."""
    parts = (
        [receiver.handle]
        if receiver.handle
        else [
            receiver.name,
            receiver.mobile,
            receiver.phone,
            receiver.country,
            receiver.province,
            receiver.city,
            receiver.district,
            receiver.town,
            receiver.address,
            receiver.zip,
        ]
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32] if any(parts) else ""


def _utc(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0) if moment else False
