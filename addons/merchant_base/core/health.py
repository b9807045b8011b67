"""What an outside monitor reads: measures with limits, as JSON and in Prometheus' text format."""

import math
import re
from dataclasses import dataclass, field

PREFIX = "hankou_"
_NAME = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(frozen=True)
class Measure:
    """One figure.

    :ivar name: words of ``[a-z_]`` with the unit last (``pull_age_seconds``)
    :ivar help: what it means, in English, for the monitor's own page
    :ivar value: a number, or None when there is none yet
    :ivar labels: ``{name: text}`` of what it belongs to
    :ivar limit: above it something is wrong; None for a figure that is only told
    :ivar vital: True when over the limit means that the whole service is down, and not one part of it
    """

    name: str
    help: str
    value: float | None
    labels: dict = field(default_factory=dict)
    limit: float | None = None
    vital: bool = False

    @property
    def state(self):
        if self.limit is None or self.value is None or self.value <= self.limit:
            return "pass"
        return "fail" if self.vital else "warn"


def status(measures):
    """The worst state of all: ``pass``, ``warn`` or ``fail``."""
    states = {measure.state for measure in measures}
    return next((state for state in ("fail", "warn") if state in states), "pass")


def to_json(measures):
    """``{"status": …, "checks": {name: [{observedValue, status, …labels}]}}``, as the health+json draft has it."""
    checks = {}
    for measure in measures:
        row = {"observedValue": measure.value, "status": measure.state, **measure.labels}
        checks.setdefault(measure.name, []).append(row if measure.limit is None else {**row, "limit": measure.limit})
    return {"status": status(measures), "checks": checks}


def to_prometheus(measures):
    """Prometheus' text format 0.0.4: one HELP and TYPE for each name, then its samples."""
    lines, groups = [], {}
    for measure in measures:
        groups.setdefault(PREFIX + _NAME.sub("_", measure.name), []).append(measure)
    for name, group in groups.items():
        lines += [f"# HELP {name} {_line(group[0].help)}", f"# TYPE {name} gauge"]
        lines += [f"{name}{_labels(each.labels)} {_number(each.value)}" for each in group]
    ok = {"pass": 1, "warn": 1, "fail": 0}[status(measures)]
    lines += [f"# HELP {PREFIX}up Whether the service works.", f"# TYPE {PREFIX}up gauge", f"{PREFIX}up {ok}"]
    return "\n".join(lines) + "\n"


def _labels(labels):
    inner = ",".join(f'{_NAME.sub("_", name)}="{_text(value)}"' for name, value in sorted(labels.items()))
    return f"{{{inner}}}" if inner else ""


def _text(value):
    return _line(str(value)).replace('"', '\\"')


def _line(text):
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _number(value):
    if value is None:
        return "NaN"
    return str(int(value)) if float(value).is_integer() and math.isfinite(value) else repr(float(value))
