#!/usr/bin/env python3
"""What a sale in the moment of a push costs: a rehearsal of a divided stock, with absolute and with relative numbers.

Buyers come to three shops that divide 40 pieces until everything is sold; orders are learnt of late, numbers take a
while to arrive, and a greater part waits for the others to let go, as in docs/stock-sync.md. No shield. Printed: pieces
sold beyond the 40, a run, and pushes.

    python3 tools/push_race.py
"""

import random

PIECES, SHOPS, RUNS, STEP = 40, 3, 200, 0.5
LATENCY = (1, 3)  # seconds from a number's decision to its arrival
# name: (seconds between two looks at the orders, seconds that they stay behind, buyers a second and shop)
DAYS = {
    "messages, a look each 10 s": (10, 2, 0.03),
    "a look each minute": (60, 5, 0.03),
    "pulls, two minutes behind": (60, 120, 0.03),
    "pulls, a slow seller": (60, 120, 0.005),
}


def absolute(wanted, told, _left, _own):
    """The number itself, always."""
    return "set", wanted, wanted != told or _own


def relative_when_quiet(wanted, told, _left, own):
    """Less by so much, where nothing of its own was sold since the last number; otherwise the number itself."""
    if not own and 0 < wanted < told:
        return "add", wanted - told, True
    return "set", wanted, wanted != told or own


def always_relative(wanted, _told, left, _own):
    """More or less by so much than is left of what was told, as far as sales are known."""
    return "add", wanted - left, wanted != left


class Shop:
    def __init__(self, part):
        self.on_sale = self.told = self.left = self.exposed = part
        self.sold, self.known, self.own, self.coming, self.next_look = [], 0, False, None, 0


def divide(pieces):
    whole, rest = divmod(max(0, pieces), SHOPS)
    return [whole + (number < rest) for number in range(SHOPS)]


def rehearse(policy, every, behind, speed, seed):
    """``(pieces sold too many, pushes)`` of one run."""
    dice, now, pushes, quiet = random.Random(seed), 0.0, 0, 0.0
    shops = [Shop(part) for part in divide(PIECES)]
    for shop in shops:
        shop.next_look = dice.uniform(0, every)
    while quiet < 10 * (every + behind) / STEP:
        quiet = 0 if any(shop.on_sale for shop in shops) else quiet + 1
        for shop in shops:
            if shop.on_sale and dice.random() < speed * STEP:
                shop.on_sale -= 1
                shop.sold.append(now)
            look(shop, now, every, behind)
        wanted = divide(PIECES - sum(shop.known for shop in shops))
        for number, shop in enumerate(shops):
            arrive(shop, now)
            pushes += decide(policy, shops, number, wanted, now + dice.uniform(*LATENCY))
        now += STEP
    return max(0, sum(len(shop.sold) for shop in shops) - PIECES), pushes


def look(shop, now, every, behind):
    if now < shop.next_look:
        return
    shop.next_look += every
    known = sum(moment <= now - behind for moment in shop.sold)
    shop.own |= known > shop.known
    shop.left = max(0, shop.left - (known - shop.known))
    shop.known = known


def arrive(shop, now):
    if not shop.coming or now < shop.coming[0]:
        return
    _moment, kind, pieces, told = shop.coming
    # a platform goes no lower than zero: what was sold meanwhile is not taken back
    shop.on_sale = pieces if kind == "set" else max(0, shop.on_sale + pieces)
    shop.left = pieces if kind == "set" else max(0, shop.left + pieces)
    shop.told = shop.exposed = told
    shop.coming = None


def decide(policy, shops, number, wanted, arrives):
    shop = shops[number]
    if shop.coming:
        return 0
    others = sum(max(0, other.exposed - wanted[at]) for at, other in enumerate(shops) if at != number)
    promise = max(0, wanted[number] - others)
    kind, pieces, due = policy(promise, shop.told, shop.left, shop.own)
    if due:
        shop.coming, shop.own = (arrives, kind, pieces, promise), False
        shop.exposed = max(shop.exposed, promise)
    return int(due)


def main():
    print(f"{'':28}" + "".join(f"{policy.__name__:>28}" for policy in (absolute, relative_when_quiet, always_relative)))
    for name, (every, behind, speed) in DAYS.items():
        figures = []
        for policy in (absolute, relative_when_quiet, always_relative):
            runs = [rehearse(policy, every, behind, speed, seed) for seed in range(RUNS)]
            figures.append("{:.2f} in {:.0f} pushes".format(*(sum(each) / RUNS for each in zip(*runs, strict=True))))
        print(f"{name:28}" + "".join(f"{figure:>28}" for figure in figures))


if __name__ == "__main__":
    main()
