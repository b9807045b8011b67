"""From a shop's SKU code to one of our products: exact code, then normalised code, then a person with suggestions."""

import unicodedata
from difflib import SequenceMatcher

SUGGESTIONS = 3
_WORTH_SHOWING = 0.45


def normalise(code):
    """A code as people mean it: full-width and half-width, case, spaces and punctuation do not matter.

    >>> normalise("ＴＥＡ－００１ ") == normalise("tea 001") == "TEA001"
    True
    """
    return "".join(letter for letter in unicodedata.normalize("NFKC", code or "").upper() if letter.isalnum())


def match(sku, by_code, by_normalised):
    """The one product for a code, or None when there is none or more than one.

    :param by_code: ``{code or barcode: {product ids}}``
    :param by_normalised: ``{normalised code: {product ids}}``
    :return: ``(product id or None, "exact" | "normalised" | "")``
    """
    if len(exact := by_code.get(sku, ())) == 1:
        return next(iter(exact)), "exact"
    if not exact and (code := normalise(sku)) and len(near := by_normalised.get(code, ())) == 1:
        return next(iter(near)), "normalised"
    return None, ""


def suggest(sku, title, candidates):
    """Candidates a person would look at first.

    :param candidates: ``[(product id, code, name)]``
    :return: at most ``SUGGESTIONS`` product ids, best first
    """
    wanted = normalise(sku)
    scored = [
        (max(_likeness(wanted, normalise(code)), _likeness(title, name)), product) for product, code, name in candidates
    ]
    scored = sorted((pair for pair in scored if pair[0] >= _WORTH_SHOWING), key=lambda pair: (-pair[0], pair[1]))
    return [product for _score, product in scored[:SUGGESTIONS]]


def _likeness(one, other):
    return SequenceMatcher(None, one, other).ratio() if one and other else 0.0
