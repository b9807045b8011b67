from odoo import http

from odoo.addons.merchant_base.controllers.webhook import ROUTE, answer


class Webhook(http.Controller):
    """Signed calls from outside: orders of own shops, and ids of orders to read again."""

    @http.route("/merchant/webhook/<string:key>", **ROUTE)
    def call(self, key):
        """Answers JSON: 200 ``{"accepted": n}``, or ``{"error": code, "message": sentence}``."""
        return answer("merchant.shop", key)
