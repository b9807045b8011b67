import json
import logging
import time

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from odoo import SUPERUSER_ID, http
from odoo.exceptions import UserError
from odoo.http import request

from ..core.webhook import LARGEST, Refused

_logger = logging.getLogger(__name__)


class Webhook(http.Controller):
    """Signed calls from outside: orders of own shops, and ids of orders to read again."""

    @http.route(
        "/merchant/webhook/<string:key>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=LARGEST,
    )
    def call(self, key):
        """Answers JSON: 200 ``{"accepted": n}``, or ``{"error": code, "message": sentence}``."""
        # the sender has no user: the signature says who it is, and what a call may do is fixed by `_take_call`
        shop = request.env(user=SUPERUSER_ID)["merchant.shop"].search([("webhook_key", "=", key)], limit=1)
        try:
            if not shop:
                raise Refused(404, "unknown", "There is no shop at this address.")
            return self._reply(shop._take_call(request.httprequest.headers, self._body(), time.time()))
        except Refused as problem:
            return self._reply({"error": problem.code, "message": str(problem)}, problem.status)
        except UserError as problem:  # the server lacks the key to its secrets
            _logger.warning("A call from outside could not be taken: %s", problem)
            request.env.cr.rollback()  # the sender repeats the call as it is
            return self._reply({"error": "server", "message": "The server can't take calls now."}, 503)

    def _body(self):
        """What was sent, None when it is too large to be read."""
        try:
            return request.httprequest.get_data()
        except (RequestEntityTooLarge, ClientDisconnected):
            return None

    def _reply(self, value, status=200):
        headers = [("Content-Type", "application/json; charset=utf-8"), ("Cache-Control", "no-store")]
        return request.make_response(json.dumps(value, ensure_ascii=False), headers, status=status)
