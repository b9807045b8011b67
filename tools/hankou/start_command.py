"""``scripts/start``: from a bare machine to the web client, in one command, and back to nothing running with Ctrl-C."""

import argparse
import contextlib
import os
import re
import signal
import time
from pathlib import Path

from . import postgres, setup
from .locks import Held
from .odoo import Instance, end, start
from .paths import PYTHON, ROOT, RUNTIME
from .say import Failure, note, step

MARKET_PORT = 8970
_PREPARE = """
if "merchant.demo" in env:
    env["merchant.demo"]._prepare_company()
"""
_DEMO = """
if "merchant.demo" in env:
    env["merchant.demo"]._create(market_url={url!r})
"""
_CONNECT = """
if "merchant.demo" in env:
    env["merchant.demo"]._connect({url!r})
"""
_READY = """
────────────────────────────────────────────────────────────────────────────
  Hankou runs: {url}      user admin, password admin (until you change it)
  First look: the app "Merchant" → Shops, then Orders. Ctrl-C ends everything.{demo_en}

  汉口已启动：{url}      用户 admin，密码 admin（修改前）
  先看：应用“商户”→“店铺”，再看“订单”。按 Ctrl-C 全部停止。{demo_zh}
────────────────────────────────────────────────────────────────────────────"""
_DEMO_EN = """
  The rehearsal shops' side (make orders, refunds and trouble there): {url}
  Other users, password as the name: clerk, buyer, warehouse, finance, service."""
_DEMO_ZH = """
  演练店铺后台（在那里造订单、退款和故障）：{url}
  其他岗位的用户（密码与用户名相同）：clerk 订单员、buyer 采购、warehouse 仓库、finance 财务、service 客服。"""


def command(arguments):
    options = _parse(arguments)
    held = Held(f"start-{options.database}")
    if not held.take():
        return _already(held.read(), options.database)
    held.write()
    _check_port(options.port)
    setup.ensure()
    with postgres.using("main") as server, contextlib.ExitStack() as running:
        instance = Instance(server, options.database, options.port)
        if options.fresh:
            _drop(instance)
        market_url = _marketplace(running) if _with_demo(instance, options) else None
        _database(instance, market_url)
        process = _serve(instance, running)
        held.write(url=instance.url())
        note(_ready(instance.url(), market_url))
        _until_it_ends(process, instance)
        return 0


def _parse(arguments):
    parser = argparse.ArgumentParser(prog="scripts/start", description="Run Hankou on this machine. 在本机启动汉口。")
    parser.add_argument("--port", type=_port, default=8069, help="the web client's port (default 8069)")
    parser.add_argument("--database", default="hankou", help="its name (default hankou)")
    parser.add_argument("--fresh", action="store_true", help="drop this database first and make it anew")
    parser.add_argument("--no-demo", action="store_true", help="no rehearsal shops and no sample orders")
    return parser.parse_args(arguments)


def _port(text):
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port: use a number from 1024 to 65535")
    return int(text)


def _already(facts, database):
    if not facts.get("url"):
        raise Failure(
            f"Another scripts/start (process {facts.get('pid', '?')}) is preparing {database}: wait for it, or end it."
        )
    raise Failure(
        f"Hankou runs already: {facts['url']} (process {facts['pid']}, database {database}). End that one with Ctrl-C."
    )


def _check_port(port):
    if not postgres.port_is_free(port):
        raise Failure(
            f"Port {port} is taken by another program: end that one, or choose another port, e.g. "
            f"scripts/start --port {port + 1}."
        )


def _drop(instance):
    note(f"• --fresh: dropping the database {instance.database} with its files; nothing else is touched")
    instance.drop()
    _market_file(instance).unlink(missing_ok=True)


def _with_demo(instance, options):
    """A database that was made without the demo never gets one by a forgotten option."""
    return not options.no_demo and (_market_file(instance).exists() or not instance.exists())


def _database(instance, market_url):
    mark = _market_file(instance)
    if not instance.exists():
        mark.unlink(missing_ok=True)
        if market_url:
            mark.write_text(market_url)
    instance.prepare(finish=_PREPARE + (_DEMO.format(url=market_url) if market_url else ""))
    if market_url and mark.read_text() != market_url:
        instance.shell(_CONNECT.format(url=market_url), what="Connecting the rehearsal shops")
        mark.write_text(market_url)


def _market_file(instance):
    """Where the marketplace was when this database last saw it; only a database with the demo has this file."""
    return instance.notes() / f"{instance.database}.market"


def _marketplace(running):
    """Start the rehearsal marketplace; return its address, or None when this copy of the project has none."""
    if not (ROOT / "tests" / "marketplace" / "__main__.py").exists():
        note("• No rehearsal marketplace in this copy of the project: starting without it")
        return None
    port = MARKET_PORT
    for _attempt in range(5):
        port = postgres.free_port(port)
        log = running.enter_context(_log("marketplace"))
        process = start([str(PYTHON), "-m", "tests.marketplace", "--port", str(port)], log=log, cwd=ROOT)
        running.callback(end, process)
        if url := _own_address(process, log.name):
            return url
        port += 1
    raise Failure(f"The rehearsal marketplace did not start: {log.name} says why; without it: scripts/start --no-demo.")


def _own_address(process, log, seconds=20):
    """What the marketplace says it listens on, or None when it ended or said nothing.

    Asking the port would not do: another start's marketplace may have taken it in between, and would answer.
    """
    limit = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < limit:
        if found := re.search(r"http://[\d.]+:\d+", Path(log).read_text(encoding="utf-8")):
            return found[0]
        time.sleep(0.1)
    return None


def _serve(instance, running):
    _check_port(instance.port)
    log = running.enter_context(_log(f"odoo-{instance.database}"))
    with step(f"Odoo (its log: {os.path.relpath(log.name)})"):
        process = instance.serve(log=log)
        running.callback(end, process)
        instance.wait_until_ready(process)
    return process


def _log(name):
    """A new log file; the one before is kept beside it."""
    folder = RUNTIME / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.log"
    if path.exists():
        path.replace(path.with_suffix(".log.1"))
    return open(path, "w", encoding="utf-8")


def _ready(url, market_url):
    return _READY.format(
        url=url,
        demo_en=_DEMO_EN.format(url=market_url) if market_url else "",
        demo_zh=_DEMO_ZH.format(url=market_url) if market_url else "",
    )


def _until_it_ends(process, instance):
    """Wait for Ctrl-C, or for a server that ends by itself."""
    try:
        code = process.wait()
    except KeyboardInterrupt:
        # a second Ctrl-C must not leave something running
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        note("\n• Ending Odoo, the marketplace and PostgreSQL …")
        return
    raise Failure(
        f"Odoo ended by itself (exit code {code}): the end of {RUNTIME / 'logs'}/odoo-{instance.database}.log says why."
    )
