import json
import logging

import psycopg2

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..core import health

_logger = logging.getLogger(__name__)
DOWN = health.Measure("database_down", "1 when the database does not answer.", 1, limit=0, vital=True)


class Health(http.Controller):
    """For monitors outside: is it alive, and with the token, how does everything stand."""

    @http.route("/merchant/health", type="http", auth="none", methods=["GET"], save_session=False, readonly=False)
    def health(self):
        """``{"status": "pass"|"warn"|"fail"}``; with the token each measure too. 503 when it is down."""
        measures, allowed = self._measures()
        found = health.to_json(measures)
        if not allowed:
            found = {"status": "fail" if found["status"] == "fail" else "pass"}
        return self._reply(json.dumps(found), "application/health+json", found["status"])

    @http.route("/merchant/metrics", type="http", auth="none", methods=["GET"], save_session=False, readonly=False)
    def metrics(self):
        """Prometheus' text; only with the token."""
        measures, allowed = self._measures()
        if not allowed:
            return self._reply("A bearer token is needed.\n", "text/plain", status=401)
        return self._reply(health.to_prometheus(measures), "text/plain; version=0.0.4; charset=utf-8")

    def _measures(self):
        """``(measures, whether the asker showed the token)``"""
        if request.db is None:
            return [DOWN], False
        # a monitor has no user: the measures are figures, and details only go to who shows the token
        model = request.env(user=SUPERUSER_ID)["merchant.health"]
        scheme, _space, token = request.httprequest.headers.get("Authorization", "").partition(" ")
        allowed = scheme.lower() == "bearer" and model._is_token(token.strip())
        try:
            return model._measures(), allowed
        except psycopg2.Error:
            _logger.exception("The health of the service can't be read")
            return [DOWN], allowed

    def _reply(self, text, kind, state="pass", status=None):
        headers = [("Content-Type", kind), ("Cache-Control", "no-store")]
        return request.make_response(text, headers, status=status or (503 if state == "fail" else 200))
