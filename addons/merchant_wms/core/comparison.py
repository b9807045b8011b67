"""How a difference between our stock and the warehouse's is judged, and how a count would be written."""

NEW, LOOKED, SETTLED = "new", "looked", "settled"


def judge(state, before, difference):
    """``(state, whether it begins now)`` of a row whose difference was ``before`` and is ``difference``.

    Another difference than the one that was looked at is a new one; it goes on since the first of them.
    """
    if not difference:
        return SETTLED, False
    return (state if difference == before and state != SETTLED else NEW), not before


def spread(difference, shelves):
    """What a count would say on each shelf so that the whole changes by ``difference``.

    More is put on the fullest shelf; less is taken from the fullest first, and none falls below nothing.

    :param shelves: ``[(id, quantity)]``; with no shelf the answer is empty and the caller makes one
    :return: ``({id: quantity}, rest)`` of the shelves that change; the rest could not be taken from any
    """
    ranked = sorted(shelves, key=lambda shelf: (-shelf[1], shelf[0]))
    if not ranked or difference > 0:
        return ({ranked[0][0]: ranked[0][1] + difference}, 0) if ranked else ({}, difference)
    counted, left = {}, -difference
    for shelf, quantity in ranked:
        if taken := min(left, max(quantity, 0)):
            counted[shelf], left = quantity - taken, left - taken
    return counted, -left
