"""``python -m tests.marketplace``: the marketplace on its own, until Ctrl-C."""

import argparse
import signal
import threading

from . import Marketplace
from .scenarios import SCENARIOS


def arguments(argv=None):
    parser = argparse.ArgumentParser(prog="marketplace", description="A rehearsal of the platforms. 演练平台。")
    parser.add_argument("--port", type=int, default=8970)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: the loopback only)")
    parser.add_argument("--scenario", default="demo", help=f"{', '.join(SCENARIOS)} or a JSON file")
    parser.add_argument("--speed", type=float, default=3, help="new orders per minute, 0 for none (default 3)")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(argv)


def main(argv=None):
    options = arguments(argv)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_caught: stop.set())
    world = (options.scenario, options.speed, options.seed)
    with Marketplace(options.port, options.host, *world, fresh_ids=True) as market:
        print(f"演练平台 Rehearsal marketplace: {market.url}  (gateway {market.url}/router/rest)", flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
