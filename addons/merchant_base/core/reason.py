"""A reason in a few words, where many are listed side by side."""

import re

_FIGURE = re.compile(r"%\(\w+\)s")
_ASIDE = re.compile(r"\s*[(（][^()（）]*…[^()（）]*[)）]")
_END = re.compile(r"[:：;；。]|\.(?=\s|$)")


def title(sentence):
    """The first clause of a sentence that says something, figures left out.

    >>> title("%(sku)s: the quantity is %(quantity)s. Correct it.")
    'The quantity is …'
    """
    words = _ASIDE.sub("", _FIGURE.sub("…", sentence))
    clauses = [clause.strip() for clause in _END.split(words)]
    told = next((clause for clause in clauses if re.search(r"\w", clause)), words)
    return told[:1].upper() + told[1:]
