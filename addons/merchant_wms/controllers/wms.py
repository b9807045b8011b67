from odoo import http

from odoo.addons.merchant_base.controllers.webhook import ROUTE, answer


class OutsideWarehouse(http.Controller):
    """Signed results of outside warehouse systems."""

    @http.route("/merchant/wms/<string:key>", **ROUTE)
    def call(self, key):
        """Answers JSON: 200 ``{"accepted": n, "messages": [{"id", "state"}]}``, or ``{"error": code, "message"}``."""
        return answer("merchant.wms", key)
