"""Misbehaviour on demand: each fault is switched alone, by probability or by count, repeatable by seed."""

import random
import threading
from dataclasses import dataclass, field

# name: (Chinese, English, options with their defaults)
FAULTS = {
    "throttle": ("限流", "call limit (code 7)", {"seconds": 1, "hold": False}),
    "isp_error": ("平台服务错误", "service error (isp.*) before the effect", {"sub_code": None}),
    "isp_after_effect": ("生效后报平台错误", "service error after the effect", {"sub_code": None}),
    "http_error": ("HTTP 5xx", "HTTP 5xx", {"status": 503}),
    "slow": ("响应缓慢", "slow answer", {"seconds": 2}),
    "cut": ("中途断开", "connection cut within the body", {}),
    "malformed": ("返回内容损坏", "malformed JSON", {}),
    "duplicate_rows": ("同页重复", "rows twice on a page", {}),
    "duplicate_across_pages": ("跨页重复", "rows again on the next page", {}),
    "reorder": ("顺序打乱", "rows out of order", {}),
    "change_between_pages": ("翻页间变更", "an order changes between two pages", {}),
    "session_expired": ("授权过期", "session expired (code 27)", {}),
    "clock_skew": ("平台时钟偏差", "the platform's clock is off", {"seconds": 1200}),
    "answer_lost": ("生效后回包丢失", "answer lost after the effect", {}),
    "send_busy": ("发货暂不可用", "shipping answers B150", {}),
    "stock_busy": ("库存更新暂不可用", "quantity updates answer GENERIC_FAILURE", {}),
    "network_down": ("网络中断", "network down", {}),
    "string_ids": ("编号为字符串", "ids as text instead of numbers", {}),
}


@dataclass
class Fault:
    """One switch. ``times`` counts down to nothing; ``shop`` and ``method`` narrow it (None = all)."""

    name: str
    probability: float = 1.0
    times: int | None = None
    shop: str | None = None
    method: str | None = None
    options: dict = field(default_factory=dict)

    def covers(self, shop, method):
        return self.times != 0 and self.shop in (None, shop) and self.method in (None, method)


class Faults:
    def __init__(self, seed=1):
        self._seed = seed
        self._lock = threading.Lock()
        self._dice = {}
        self._rules = []
        self.fired = dict.fromkeys(FAULTS, 0)

    def set(self, name, probability=1.0, times=None, shop=None, method=None, **options):
        """Switch a fault on (probability 0 or times 0: off); the same name, shop and method replaces."""
        if unknown := options.keys() - FAULTS[name][2].keys():
            raise TypeError(f"{name} has no option {', '.join(sorted(unknown))}.")
        if not 0 <= probability <= 1:
            raise ValueError("A probability lies between 0 and 1.")
        rule = Fault(name, probability, times, shop, method, {**FAULTS[name][2], **options})
        with self._lock:
            self._drop(lambda old: (old.name, old.shop, old.method) == (name, shop, method))
            if probability and times != 0:
                self._rules.append(rule)

    def clear(self, name=None, shop=None):
        """Switch off everything, one fault, or what was set for one shop."""
        with self._lock:
            self._drop(lambda old: name in (None, old.name) and shop in (None, old.shop))

    def fires(self, name, shop=None, method=None):
        """The switched fault if it happens to this call, otherwise None; its ``options`` say how."""
        with self._lock:
            for rule in self._rules:
                if rule.name == name and rule.covers(shop, method) and self._roll(rule):
                    return rule
        return None

    def active(self):
        """The switches as plain dicts, for the page."""
        with self._lock:
            return [dict(vars(rule)) for rule in self._rules if rule.times != 0]

    def _drop(self, condition):
        self._rules = [rule for rule in self._rules if not condition(rule)]

    def _roll(self, rule):
        dice = self._dice.setdefault(rule.name, random.Random(f"{self._seed}:{rule.name}"))
        if dice.random() >= rule.probability:
            return False
        if rule.times is not None:
            rule.times -= 1
        self.fired[rule.name] += 1
        return True
