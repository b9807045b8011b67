"""The one place where the suite speaks HTTP to platforms. Tests hand the connectors a function of their own instead."""

import requests

LARGEST_REPLY = 32 * 1024 * 1024
CONNECT_SECONDS = 5


def post(url, fields, timeout=30):
    """POST a form; return ``(status, body bytes)``.

    :raises OSError: no connection, no answer in time, an answer cut off or larger than ``LARGEST_REPLY``
    """
    with requests.post(
        url, data=fields, timeout=(CONNECT_SECONDS, timeout), stream=True, allow_redirects=False
    ) as reply:
        body = bytearray()
        for chunk in reply.iter_content(65536):
            body += chunk
            if len(body) > LARGEST_REPLY:
                raise OSError("the reply is larger than %d bytes" % LARGEST_REPLY)
        return reply.status_code, bytes(body)
