"""The web page at ``/``: three static files; everything that moves comes from the control API."""

from pathlib import Path

from .control import foreign
from .server import Response

WEB = Path(__file__).with_name("web")
FILES = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class Pages:
    def __init__(self, _market):
        pass

    def routes(self):
        return dict.fromkeys(FILES, self._serve)

    def _serve(self, request):
        if request.verb != "GET" or foreign(request) not in ("", "cross-site request"):  # a link from elsewhere is fine
            return Response(b"Forbidden", 403, "text/plain")
        name, kind = FILES[request.path]
        return Response((WEB / name).read_bytes(), content_type=f"{kind};charset=utf-8", headers=HEADERS)
