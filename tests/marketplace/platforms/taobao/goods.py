"""Listings and their published quantities."""

from ...money import yuan
from ...shop import Refusal
from . import render
from .paging import cut
from .wire import business, invalid, missing, pick, rows


def on_sale(call):
    return _page(call, lambda listing: listing.on_shelf)


def in_stock(call):
    """Off the shelf; ``banner`` may ask for the sold out ones only."""
    banner = call.args.text("banner")
    return _page(
        call,
        lambda listing: (
            not listing.on_shelf and (banner != "sold_out" or not any(cell.quantity for cell in listing.cells))
        ),
    )


def item(call):
    fields, listing = call.args.fields(), _listing(call, call.args.number("num_iid"))
    return {"item": pick(_item(call, listing, with_skus=True), fields)}


def skus(call):
    fields = call.args.fields()
    call.args.need("num_iids")
    found = [
        _sku(listing, cell)
        for number in call.args.numbers("num_iids", 40)
        for listing in [_listing(call, number)]
        if listing.has_skus
        for cell in listing.cells
    ]
    return rows("skus", "sku", [pick(sku, fields) for sku in found])


def skus_by_code(call):
    fields, code = call.args.fields(), call.args.need("outer_id")
    found = [
        _sku(listing, cell)
        for listing in call.shop.listings.values()
        if listing.has_skus
        for cell in listing.cells
        if cell.code == code
    ]
    return rows("skus", "sku", [pick(sku, fields) for sku in found])


def items_by_code(call):
    fields, codes = call.args.fields(), call.args.need("outer_id").split(",")
    if len(codes) > 40:
        raise invalid("outer_id")
    found = [_item(call, listing) for listing in call.shop.listings.values() if listing.code in codes]
    return rows("items", "item", [pick(record, fields) for record in found])


def update_quantity(call):
    """One item or SKU, absolute or by a difference that may not lead below zero."""
    listing = _listing(call, call.args.number("num_iid"))
    quantity = call.args.number("quantity", low=None)
    delta = call.args.number("type", 1, 1, 2) == 2
    _publish(call, listing, [(_cell(call, listing), quantity)], delta, floor=False)
    return {"item": _changed(listing)}


def update_sku_quantities(call):
    """Up to twenty SKUs of an item; a difference beyond the stock leaves zero."""
    listing = _listing(call, call.args.number("num_iid"))
    delta = call.args.number("type", 1, 1, 2) == 2
    by_id, by_code = call.args.text("skuid_quantities"), call.args.text("outerid_quantities")
    if not by_id and not by_code:
        raise missing("skuid_quantities")
    pairs = [part.rpartition(":") for part in (by_id or by_code).split(";") if part]
    if len(pairs) > 20:
        raise invalid("skuid_quantities", "最多20个SKU")
    changes = [
        (_find_cell(listing, name, None) if by_id else _find_cell(listing, None, name), _integer(number))
        for name, _colon, number in pairs
    ]
    _publish(call, listing, changes, delta, floor=True)
    return {"item": _changed(listing)}


def update_tmall_quantity(call):
    """``options.outer_biz_key`` makes a repeat harmless: it gets the first answer and changes nothing."""
    options = call.args.json("options", dict, {})
    key = options.get("outer_biz_key")
    if key and (call.method, key) in call.shop.answered_keys:
        return call.shop.answered_keys[call.method, key]
    listing = _listing(call, call.args.number("item_id"))
    wanted = call.args.json("sku_quantities", list, [])
    if wanted:
        changes = [_wanted_cell(listing, row) for row in wanted]
    else:
        changes = [(_find_cell(listing, None, None), call.args.number("item_quantity"))]
    _publish(call, listing, changes, str(options.get("type", 1)) == "2", floor=False)
    answer = {"quantity_update_result": str(listing.item_id)}
    if key:
        call.shop.answered_keys[call.method, key] = answer
    return answer


def put_on_shelf(call):
    """``num`` becomes the quantity of an item without SKUs; one without stock is not put on the shelf."""
    listing, pieces = _listing(call, call.args.number("num_iid")), call.args.number("num", low=0)
    if not listing.has_skus:
        _publish(call, listing, [(listing.cells[0], pieces)], False, floor=False)
    if not any(cell.quantity for cell in listing.cells):
        raise business("isv.item-quantity-zero", "宝贝库存为0，不能上架")
    return _shelve(call, listing, True)


def take_off_shelf(call):
    return _shelve(call, _listing(call, call.args.number("num_iid")), False)


# -- steps ----------------------------------------------------------------------------------------------------------


def _page(call, condition):
    fields = call.args.fields()
    start, end = call.args.moment("start_modified"), call.args.moment("end_modified")
    search = call.args.text("q", "")
    found = [
        listing
        for listing in call.shop.listings.values()
        if condition(listing)
        and search in listing.title
        and (not start or listing.modified >= start)
        and (not end or listing.modified <= end)
    ]
    found.sort(key=lambda listing: (listing.modified, listing.item_id), reverse=True)
    if call.args.number("page_no", 1, 1) > 100:
        raise invalid("page_no", "最多查询100页")
    page = cut(call, [listing.item_id for listing in found], most=200)
    records = [pick(_item(call, call.shop.listings[number]), fields) for number in page.ids]
    return {**rows("items", "item", records), **page.counts}


def _listing(call, item_id):
    try:
        return call.shop.listings[item_id]
    except KeyError:
        raise business("isv.item-not-exist", f"商品不存在：{item_id}") from None


def _cell(call, listing):
    sku_id, code = call.args.text("sku_id"), call.args.text("outer_id")
    return _find_cell(listing, sku_id, code)


def _find_cell(listing, sku_id, code):
    """The SKU by id or code; the item itself when it has no SKUs."""
    if not listing.has_skus and not sku_id and code in (None, listing.code):
        return listing.cells[0]
    for cell in listing.cells:
        if (sku_id and str(cell.sku_id) == str(sku_id)) or (not sku_id and code == cell.code):
            return cell
    raise business("isv.sku-not-exist", f"SKU不存在：{sku_id or code or ''}")


def _wanted_cell(listing, row):
    if not isinstance(row, dict) or "quantity" not in row:
        raise invalid("sku_quantities")
    by_text = next((cell.code for cell in listing.cells if row.get("properties") == cell.properties), None)
    return _find_cell(listing, row.get("sku_id"), row.get("outer_id") or by_text), _integer(row["quantity"])


def _integer(text):
    try:
        return int(text)
    except (TypeError, ValueError):
        raise invalid("quantity") from None


def _publish(call, listing, changes, delta, floor):
    """All changes or none."""
    if call.fires("stock_busy"):
        raise business("isp.item-update-service-error:GENERIC_FAILURE", "商品更新服务暂时不可用")
    for cell, value in changes:
        if (value < 0 and not delta) or (delta and not floor and cell.quantity + value < 0):
            raise invalid("quantity", "库存数量不能小于0")
    try:
        for cell, value in changes:
            call.shop.set_quantity(listing, cell, value, delta, call.method, floor)
    except Refusal as refusal:
        raise invalid("quantity", "库存数量不能小于0") from refusal
    call.effect = True


def _shelve(call, listing, on_shelf):
    call.shop.shelve(listing, on_shelf)
    call.effect = True
    return {"item": _changed(listing)}


def _changed(listing):
    record = {
        "num_iid": listing.item_id,
        "modified": render.time(listing.modified),
        "num": sum(cell.quantity for cell in listing.cells),
    }
    if listing.has_skus:
        record["skus"] = {"sku": [{"sku_id": cell.sku_id, "quantity": cell.quantity} for cell in listing.cells]}
    return record


def _item(call, listing, with_skus=False):
    record = {
        "num_iid": listing.item_id,
        "outer_id": listing.code,
        "title": listing.title,
        "nick": call.shop.name,
        "price": yuan(listing.price),
        "num": sum(cell.quantity for cell in listing.cells) if listing.has_skus else listing.cells[0].told,
        "with_hold_quantity": sum(cell.held for cell in listing.cells),
        "approve_status": "onsale" if listing.on_shelf else "instock",
        "sub_stock": 1 if listing.deduct == "order" else 2,
        "list_time": render.time(listing.created),
        "created": render.time(listing.created),
        "modified": render.time(listing.modified),
        "type": "fixed",
    }
    if with_skus and listing.has_skus:
        record["skus"] = {"sku": [_sku(listing, cell) for cell in listing.cells]}
    return record


def _sku(listing, cell):
    return {
        "sku_id": cell.sku_id,
        "num_iid": listing.item_id,
        "outer_id": cell.code,
        "quantity": cell.told,
        "with_hold_quantity": cell.held,
        "price": yuan(cell.price),
        "properties": cell.properties,
        "properties_name": cell.properties,
        "status": "normal",
        "created": render.time(listing.created),
        "modified": render.time(listing.modified),
    }


METHODS = {
    "taobao.items.onsale.get": on_sale,
    "taobao.items.inventory.get": in_stock,
    "taobao.item.seller.get": item,
    "taobao.item.skus.get": skus,
    "taobao.skus.custom.get": skus_by_code,
    "taobao.items.custom.get": items_by_code,
    "taobao.item.quantity.update": update_quantity,
    "taobao.skus.quantity.update": update_sku_quantities,
    "tmall.item.quantity.update": update_tmall_quantity,
    "taobao.item.update.listing": put_on_shelf,
    "taobao.item.update.delisting": take_off_shelf,
}
