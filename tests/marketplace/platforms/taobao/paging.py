"""Lists cut into pages, newest first, and what can go wrong while someone pages through them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """The ids of one page and ``total_results`` or ``has_next``."""

    ids: list[int]
    counts: dict


def cut(call, ids, most=100, default=40):
    """The page that ``page_no``, ``page_size`` and ``use_has_next`` ask for, of ids already in order."""
    number, size = call.args.number("page_no", 1, 1), call.args.number("page_size", default, 1, most)
    first, end = (number - 1) * size, number * size
    counts = {"has_next": len(ids) > end} if call.args.flag("use_has_next") else {"total_results": len(ids)}
    return Page(_doubled(call, _reordered(call, ids), first, end), counts)


def _reordered(call, ids):
    """Out of order, the same way on every page: nothing is lost, only the order is not what it should be."""
    return sorted(ids, key=lambda number: number // 7 * 7919 % 1009) if call.fires("reorder") else ids


def _doubled(call, ids, first, end):
    page = ids[first:end]
    if page and call.fires("duplicate_rows"):
        page = [*page, page[0]]
    if page and first and call.fires("duplicate_across_pages"):
        page = [ids[first - 1], *page]
    return page


def disturb(call, ids, page):
    """Change an order the caller has not been given, so that it jumps to the front of the list."""
    others = sorted(set(ids).difference(page.ids))
    if others and call.fires("change_between_pages"):
        order = call.shop.get(others[len(others) // 2])
        call.shop.change_remark(order.tid, memo="翻页间变更")
