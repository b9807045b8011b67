"""The frame of all benchmarks: ``scripts/bench NAME --json FILE``.

A benchmark is a module of this package with ``DATABASES`` (the databases it needs: name -> modules and how to fill
them) and ``CASES`` (case -> database and function). Every case runs several rounds in one call, the cases in
turn, so that a machine whose speed drifts treats all alike; the median counts, and what is compared is the
ratio. A case prints a JSON line for each round: ``{"count": n, "seconds": s}``; one that measures several things in
turn prints one for each, with its own ``"case"``. A module with ``SCALED = True`` has smaller databases too: its fill
functions get the scale.
"""

import argparse
import importlib
import json
import os
import platform
import random
import statistics
import sys
from collections import defaultdict
from pathlib import Path

from hankou import postgres, setup
from hankou.odoo import Instance
from hankou.say import Failure, note, step

HERE = Path(__file__).parent
MARK = "BENCH "


def main():
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("__init__", "run"))
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=names)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="fewer (0.1) or more orders a round, for a quick look")
    parser.add_argument("--fresh", action="store_true", help="make the databases anew")
    options = parser.parse_args()
    bench = importlib.import_module(f"bench.{options.name}")
    setup.ensure(test=True)
    with postgres.using("test", unsafe=True) as server:
        try:
            figures = _measure(bench, options, server)
        finally:
            for name in bench.DATABASES:
                Instance(server, f"run-{name}").drop()
    report = {"bench": options.name, "machine": _machine(), "cases": figures, "ratios": _ratios(figures, bench.RATIOS)}
    _show(report)
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _measure(bench, options, server):
    copies = {name: _prepared(bench, name, server, options).clone_to(f"run-{name}") for name in bench.DATABASES}
    rates = defaultdict(list)
    for round_number in range(options.rounds):
        with step(f"Round {round_number + 1} of {options.rounds}"):
            for case, (database, function, count) in bench.CASES.items():
                wanted = max(1, int(count * options.scale))
                for result in _run(copies[database], bench, function, wanted, round_number):
                    name = result.get("case", case)
                    rates[name].append(result["count"] / result["seconds"])
                    note(f"  {name}: {rates[name][-1]:.1f} /s ({result['count']} in {result['seconds']:.2f} s)")
    return {
        case: {"per_second": round(statistics.median(values), 2), "rounds": [round(value, 2) for value in values]}
        for case, values in rates.items()
    }


def _prepared(bench, name, server, options):
    """The filled database a benchmark starts from; kept until the suite's files change."""
    modules, fill = bench.DATABASES[name]
    scaled = getattr(bench, "SCALED", False) and options.scale != 1
    template = Instance(server, f"{name}-{options.scale:g}".replace(".", "_") if scaled else name)
    if options.fresh:
        template.drop()
    arguments = f"(env, {options.scale})" if scaled else "(env)"
    template.prepare(modules, finish=f"{_call(bench, fill)}{arguments}")
    return template


def _call(bench, function):
    """Source that makes a benchmark's function available in an Odoo shell."""
    return f"import sys\nsys.path.insert(0, {str(HERE.parent)!r})\nfrom {bench.__name__} import {function} as _do\n_do"


def _run(instance, bench, function, count, round_number):
    printed = instance.shell(f"{_call(bench, function)}(env, {count}, {round_number})", what=function)
    lines = [line for line in printed.splitlines() if line.startswith(MARK)]
    if not lines:
        raise Failure(f"{function} printed no figure:\n{printed[-2000:]}")
    return [json.loads(line.removeprefix(MARK)) for line in lines]


def drawn_orders(env, count, lines, round_number):
    """:return: what ``sale.order.create`` takes for ``count`` orders of ``lines`` lines over all warehouses; the same
    ones whenever the same round is drawn"""
    dice = random.Random(1000 + round_number)
    partners = env["res.partner"].search([("name", "like", "买家 ")]).ids
    products = env["product.product"].search([("default_code", "like", "SKU-")]).ids
    warehouses = env["stock.warehouse"].search([]).ids
    env.invalidate_all()
    return [
        {
            "partner_id": dice.choice(partners),
            "warehouse_id": dice.choice(warehouses),
            "order_line": [
                (0, 0, {"product_id": product, "product_uom_qty": dice.randint(1, 3)})
                for product in dice.sample(products, lines)
            ],
        }
        for _number in range(count)
    ]


def report(count, seconds, **more):
    """Called by a case: what it did and how long that took; ``case`` when it measures several."""
    print(MARK + json.dumps({"count": count, "seconds": seconds, **more}), flush=True)


def _ratios(figures, wanted):
    return {
        f"{one} / {other}": round(figures[one]["per_second"] / figures[other]["per_second"], 2)
        for one, other in wanted
        if figures[other]["per_second"]
    }


def _machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GB"
    return f"{machine}, Python {platform.python_version()}, {platform.system()}"


def _show(report):
    note(f"\n{report['bench']} on {report['machine']}")
    for case, figures in report["cases"].items():
        note(f"  {case:<16}{figures['per_second']:>12,.1f} /s   rounds {figures['rounds']}")
    for name, ratio in report["ratios"].items():
        note(f"  {name:<34}{ratio:>8.2f}")
    sys.stdout.flush()
