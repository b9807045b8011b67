"""Field types of the suite."""

from odoo import fields
from odoo.exceptions import UserError

from . import cipher

MASK = "••••••••"


class Secret(fields.Char):
    """A text that is encrypted at rest and that no client ever reads back.

    Clients see :data:`MASK` where there is a value and write a new one over it; server code asks :func:`reveal`. The
    cache and the column hold the encrypted text, so nothing that dumps a record's values shows the secret.
    """

    type = "char"
    falsy_value = None  # no empty text is ever stored; searches must not look for one among encrypted ones

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("copy", False)
        super().__init__(*args, **kwargs)

    def write(self, records, value):
        # sent back as it was shown: each record keeps its own
        return None if value == MASK else super().write(records, value)

    def convert_to_cache(self, value, record, validate=True):
        value = str(value or "").strip()  # copied from a web page, a secret brings blanks and line ends along
        if not value:
            return None
        if value == MASK:  # a form sent back what it was shown: keep what is stored
            return self._stored(record)
        return value if value.startswith(cipher.PREFIX) else self._encrypt(value, record)

    def convert_to_column(self, value, record, values=None, validate=True):
        return self.convert_to_cache(value, record, validate)

    def convert_to_read(self, value, record, use_display_name=True):
        return MASK if value else False

    def convert_to_export(self, value, record):
        return MASK if value else ""

    def convert_to_display_name(self, value, record):
        return MASK if value else ""

    def _stored(self, record):
        record = record._origin
        return record[self.name] or None if len(record) == 1 else None

    def _encrypt(self, text, record):
        try:
            return cipher.encrypt_text(text)
        except cipher.KeyMissing:
            raise UserError(missing_key(record.env)) from None


class ReasonCode(fields.Selection):
    """The code of a reason (see ``merchant.reason``): stored as such, shown in a few words of the reader's language."""

    type = "selection"

    def __init__(self, string=None, **kwargs):
        if string:
            kwargs["string"] = string
        super().__init__(lambda model: model.env["merchant.reason"]._titles(), **kwargs)


def reveal(record, name):
    """The plain text of a secret field, or ``""``.

    :raises UserError: the server has no key, or another one than the value was encrypted with
    """
    value = record[name]
    if not value:
        return ""
    try:
        return cipher.decrypt_text(value)
    except cipher.KeyMissing:
        raise UserError(missing_key(record.env)) from None
    except cipher.KeyWrong:
        raise UserError(
            record.env._(
                "%(field)s of %(record)s was stored with another key than the server has now: enter it again, "
                "or start the server with the former key added to MERCHANT_SECRET_KEYS.",
                field=record._fields[name].get_description(record.env, ["string"])["string"],
                record=record.display_name,
            )
        ) from None


def missing_key(env):
    """The sentence for a server without a key."""
    return env._(
        "The server has no key for secrets: ask its administrator to set MERCHANT_SECRET_KEYS to a random text "
        "of at least %(length)s characters, then try again.",
        length=cipher.SHORTEST_KEY,
    )
