"""HTTP/1.1 with keep-alive on the standard library, able to answer badly when told to."""

import socket
import sys
import threading
import traceback
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

LONGEST_BODY = 8 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """``client`` is the caller's IP address; header names are looked up case-insensitively."""

    verb: str
    path: str
    query: str
    headers: object
    body: bytes
    client: str

    def form(self):
        """The form fields of the body, the last one winning when a name repeats."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def arguments(self):
        """The fields of the query string."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    """``broken`` is None, ``"drop"`` (hang up without a word) or ``"cut"`` (hang up within the body)."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json;charset=utf-8"
    headers: dict = field(default_factory=dict)
    broken: str | None = None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Marketplace", ""
    disable_nagle_algorithm = True  # header and body are two writes; together with delayed ACK that costs 40 ms
    timeout = 120

    def do_GET(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def log_message(self, format, *args):
        pass  # the marketplace keeps its own log, without query strings

    def _serve(self):
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit() or int(length) > LONGEST_BODY or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            return self._send(Response(b"Content-Length required, at most 8 MB", 413, "text/plain"))
        url = urlsplit(self.path)
        request = Request(
            self.command, url.path, url.query, self.headers, self.rfile.read(int(length)), self.client_address[0]
        )
        return self._send(self._answer(request))

    def _answer(self, request):
        try:
            return self.server.answer(request) or Response(b"Not found", 404, "text/plain")
        except Exception:  # a mistake of the marketplace itself must not look like rehearsed misbehaviour
            traceback.print_exc()
            return Response(b"The marketplace itself failed; see its output", 500, "text/plain")

    def _send(self, response):
        if response.broken == "drop":
            return self._hang_up()
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body[: len(response.body) // 2] if response.broken else response.body)
        return self._hang_up() if response.broken else None

    def _hang_up(self):
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # kept-alive connections would hold up the end of a test
    request_queue_size = 128

    def __init__(self, *args):
        super().__init__(*args)
        self._open = set()

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self):
        """End the kept-alive connections: who is stopped does not answer any more."""
        for connection in list(self._open):
            self.shutdown_request(connection)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # those are clients that hung up first
            super().handle_error(request, client_address)


class Server:
    """``answer(request)`` gives a Response or None (not found)."""

    def __init__(self, host, port, answer):
        self._listener = Listener((host, port), Handler)
        self._listener.answer = answer
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self):
        host, port = self._listener.server_address[:2]
        return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"

    def start(self):
        self._thread.start()

    def stop(self):
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
        self._listener.server_close()
        self._listener.hang_up()
