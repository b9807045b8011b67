"""HTTP to group robots and outside warehouses. Tests hand in a function of their own, or a server on this machine."""

import requests

LARGEST_REPLY = 64 * 1024


def post_json(url, body, timeout=10, headers=None):
    """POST bytes of JSON; return ``(status, body bytes)``.

    :param headers: further ones, by name
    :raises OSError: no connection, no answer in time, or one that was cut off
    """
    headers = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    with requests.post(
        url, data=body, headers=headers, timeout=(5, timeout), stream=True, allow_redirects=False
    ) as reply:
        body = bytearray()
        for chunk in reply.iter_content(LARGEST_REPLY):
            body += chunk
            if len(body) >= LARGEST_REPLY:
                break
        return reply.status_code, bytes(body[:LARGEST_REPLY])
