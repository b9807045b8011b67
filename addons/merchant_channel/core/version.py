"""One payload of one order, and which of several is the newest."""

import hashlib
import json


def canonical(payload):
    """The same text for the same content, whatever the order of its keys."""
    return whole(json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str))


def whole(text):
    """The text with half characters replaced: platforms cut names inside an emoji, and no database holds that."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def digest(text):
    """Hex SHA-256 of a canonical payload."""
    return hashlib.sha256(text.encode()).hexdigest()


def newest(rows):
    """The row that counts: latest modified, and of equals the one that arrived last.

    :param rows: iterable of ``(arrival number, modified or None, …)``
    """
    return max(rows, key=lambda row: (row[1] is not None, row[1] or 0, row[0]))
