from odoo import models

from ..core.reason import title


class MerchantReason(models.AbstractModel):
    """The sentences behind reason codes: stored as code and figures, read in the reader's language."""

    _name = "merchant.reason"
    _description = "Reasons in Words"

    def _sentence(self, code, params=None, known=None):
        """One sentence that says what is wrong and what to do; an unknown code is shown as it is.

        :param known: `_sentences`, by a caller who words many
        """
        if not code:
            return ""
        template = (known or self._sentences()).get(code)
        if template is None:
            return code
        try:
            return template % (params or {})
        except KeyError:  # stored by an older version with other figures
            return template

    def _titles(self):
        """``[(code, its sentence in a few words)]``: what lists are grouped by and histories show."""
        return [(code, title(sentence)) for code, sentence in self._sentences().items()]

    def _sentences(self):
        """``{code: sentence with named parts}``; addons add their own."""
        return {
            "crashed": self.env._(
                "Something unexpected went wrong (reference %(reference)s). Retry; if it stays, give this reference to your administrator."
            ),
        }
