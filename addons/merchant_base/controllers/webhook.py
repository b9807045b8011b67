import json
import logging
import time

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.http import request

from ..core.webhook import LARGEST, Refused

_logger = logging.getLogger(__name__)
# What every route for signed calls is declared with.
ROUTE = {
    "type": "http",
    "auth": "public",
    "methods": ["POST"],
    "csrf": False,
    "save_session": False,
    "max_content_length": LARGEST,
}


def answer(model, key):
    """Hand the request's signed call to the record of ``model`` at this address.

    Answers JSON: 200 and what the record answers, or ``{"error": code, "message": sentence}``.
    """
    # the sender has no user: the signature says who it is, and what a call may do is fixed by `_accept_call`
    receiver = request.env(user=SUPERUSER_ID)[model].search([("webhook_key", "=", key)], limit=1)
    try:
        if not receiver:
            raise Refused(404, "unknown", "Nobody takes calls at this address.")
        return _reply(receiver._take_call(request.httprequest.headers, _body(), time.time()))
    except Refused as problem:
        return _reply({"error": problem.code, "message": str(problem)}, problem.status)
    except UserError as problem:  # the server lacks the key to its secrets
        _logger.warning("A call from outside could not be taken: %s", problem)
        request.env.cr.rollback()  # the sender repeats the call as it is
        return _reply({"error": "server", "message": "The server can't take calls now."}, 503)


def _body():
    """What was sent, None when it is too large to be read."""
    try:
        return request.httprequest.get_data()
    except (RequestEntityTooLarge, ClientDisconnected):
        return None


def _reply(value, status=200):
    headers = [("Content-Type", "application/json; charset=utf-8"), ("Cache-Control", "no-store")]
    return request.make_response(json.dumps(value, ensure_ascii=False), headers, status=status)
