from collections import Counter

from odoo import models

from odoo.addons.merchant_channel.core import mapping, matching
from odoo.addons.merchant_channel.core.errors import ChannelError

PREVIEWED = 10


class MerchantSheetImport(models.Model):
    """What a check tells: the first orders, and what the inbox would make of all of them."""

    _inherit = "merchant.sheet.import"

    def _prepare_outlook(self, result):
        """``{preview, forecast}``: the first orders, and ``[[code or "", count, params of the first]]`` of all."""
        unmatched = self._unmatched_codes(result)
        outcomes = [self._outcome(order, unmatched) for order in result.orders]
        counts = Counter(outcome["code"] for outcome in outcomes)
        first = {outcome["code"]: outcome.get("params") for outcome in reversed(outcomes)}
        forecast = [[code, count, first[code]] for code, count in counts.most_common()]
        if unmatched:
            forecast.append(["codes_unmatched", len(unmatched), {"codes": ", ".join(sorted(unmatched)[:8])}])
        pairs = zip(result.orders[:PREVIEWED], outcomes, strict=False)
        return {"preview": [self._prepare_preview(*pair) for pair in pairs], "forecast": forecast}

    def _prepare_preview(self, order, outcome):
        receiver, lines = order.raw.get("receiver", {}), order.raw["lines"]
        place = filter(None, (receiver.get(name) for name in ("country", "province", "city", "district")))
        return {
            "order": order.order_id,
            "buyer": receiver.get("name") or order.raw.get("buyer_nick") or "",
            "place": " ".join(place),
            "lines": len(lines),
            "goods": ", ".join(
                f"{line.get('sku') or line.get('title', '')} × {line['quantity']}" for line in lines[:3]
            ),
            "units": f"{order.units:f}",
            "amount": f"{order.amount:f}",
            "currency": order.raw["currency"],
            "outcome": outcome,
        }

    def _outcome(self, order, unmatched):
        """``{code, params}`` of why the order would not go straight on; an empty code for a clean one."""
        if order.cancels:
            return {"code": "a_cancellation"}
        Builder = self.env["merchant.order.builder"]
        try:
            channel_order = mapping.to_order(order.raw)
        except ChannelError as problem:
            return {"code": "unreadable", "params": {"error": str(problem)}}
        if code := Builder._nothing_to_do(channel_order):
            return {"code": code}
        if problems := Builder._problems(self.shop_id, channel_order, ()):
            return problems[0]
        missing = {_code(line) for line in order.raw["lines"]} & unmatched
        if missing and self.shop_id.unknown_sku == "hold":
            return {"code": "unknown_sku", "params": {"skus": ", ".join(sorted(missing))}}
        return {"code": ""}

    def _unmatched_codes(self, result):
        """Codes that are neither matched in the shop nor a product's: they wait or become products."""
        services = {sku for order in result.orders for sku in order.services}
        codes = {_code(line) for order in result.orders for line in order.raw["lines"]} - services
        Listing = self.env["merchant.listing"].sudo()
        matched = Listing.search(
            [("shop_id", "=", self.shop_id.id), ("platform_sku", "in", list(codes)), ("product_id", "!=", False)]
        )
        codes -= set(matched.mapped("platform_sku"))
        by_code = Listing._products_by_code(self.company_id, codes)
        by_normalised = Listing._products_by_normalised_code(self.company_id) if codes - set(by_code) else {}
        return {code for code in codes if not matching.match(code, by_code, by_normalised)[0]}


def _code(line):
    """The key by which a payload's line finds its listing."""
    return line.get("platform_sku") or line.get("sku") or ""
