"""HTTP to group robots. Tests hand in a function of their own, or a server on this machine."""

import requests

LARGEST_REPLY = 64 * 1024


def post_json(url, body, timeout=10):
    """POST bytes of JSON; return ``(status, body bytes)``.

    :raises OSError: no connection, or no answer in time
    """
    headers = {"Content-Type": "application/json; charset=utf-8"}
    with requests.post(
        url, data=body, headers=headers, timeout=(5, timeout), stream=True, allow_redirects=False
    ) as reply:
        return reply.status_code, reply.raw.read(LARGEST_REPLY, decode_content=True)
