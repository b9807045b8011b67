"""Authorisation: OAuth pages, token methods, address decryption, server time."""

import json
import secrets
from urllib.parse import quote, urlencode, urlsplit

from ...clock import FORMAT, epoch_ms, wall
from ...server import Response
from .wire import business, invalid, rows


def authorize(platform, request):
    """``GET /authorize``; with several shops under one application, ``shop`` names the one that agrees."""
    asked = request.arguments()
    target = asked.get("redirect_uri", "")
    if urlsplit(target).scheme not in ("http", "https"):
        return Response("缺少或错误的 redirect_uri / bad redirect_uri".encode(), 400, "text/plain;charset=utf-8")
    shops = [shop for shop in platform.shops(asked.get("client_id", "")) if asked.get("shop") in (None, shop.name)]
    if not shops or asked.get("response_type") != "code":
        answer = {"error": "invalid_client", "error_description": "client_id or response_type"}
    else:
        answer = {"code": secrets.token_urlsafe(12)}
        shops[0].codes.add(answer["code"])
    if "state" in asked:
        answer["state"] = asked["state"]
    glue = "&" if urlsplit(target).query else "?"
    return Response(status=302, headers={"Location": f"{target}{glue}{urlencode(answer)}"})


def token(platform, request):
    """``POST /token``: a code or a refresh token for a token object."""
    form = request.form() if request.verb == "POST" else {}
    shops = [shop for shop in platform.shops(form.get("client_id", "")) if shop.app_secret == form.get("client_secret")]
    if not shops:
        return _oauth_error("invalid_client")
    kind = form.get("grant_type")
    if kind == "authorization_code":
        granted = _redeem(shops, form.get("code"))
    elif kind == "refresh_token":
        granted = _refresh(shops, form.get("refresh_token"))
    else:
        return _oauth_error("unsupported_grant_type")
    return Response(json.dumps(granted).encode()) if granted else _oauth_error("invalid_grant")


def _oauth_error(name):
    return Response(json.dumps({"error": name, "error_description": name}).encode(), 400)


def _redeem(shops, code):
    for shop in shops:
        if code in shop.codes:
            shop.codes.remove(code)  # good for one use
            shop.new_session()
            return token_object(shop)
    return None


def _refresh(shops, refresh_token):
    for shop in shops:
        if shop.refreshable and shop.refresh_token == refresh_token:
            shop.new_session()
            return token_object(shop)
    return None


def token_object(shop):
    """The token as the platform prints it; the nick is percent-encoded."""
    life = int(shop.lifetime.total_seconds())
    again = life if shop.refreshable else 0
    return {
        "access_token": shop.session,
        "token_type": "Bearer",
        "expires_in": life,
        "refresh_token": shop.refresh_token,
        "re_expires_in": again,
        "r1_expires_in": life,
        "r2_expires_in": life,
        "w1_expires_in": life,
        "w2_expires_in": life,
        "expire_time": epoch_ms(shop.session_ends),
        "refresh_token_valid_time": epoch_ms(shop.session_ends if again else wall()),
        "taobao_user_id": str(shop.user_id),
        "taobao_user_nick": quote(shop.name),
        "taobao_open_uid": f"AAH{shop.user_id}",
    }


def token_create(call):
    granted = _redeem(call.shops, call.args.need("code"))
    return _token_result(call, granted, "code")


def token_refresh(call):
    granted = _refresh(call.shops, call.args.need("refresh_token"))
    return _token_result(call, granted, "refresh_token")


def _token_result(call, granted, name):
    if not granted:
        raise invalid(name)
    call.effect = True
    return {"token_result": json.dumps(granted)}


def server_time(call):
    return {"time": wall().strftime(FORMAT)}


def decrypt(call):
    """Receivers in clear, counted; a handle that no longer fits its trade does not match."""
    wanted = call.args.json("query_list", list)
    if not 0 < len(wanted) <= 20 or not all(isinstance(query, dict) for query in wanted):
        raise invalid("query_list", "query_list 1-20")
    if any(str(query.get("scene")) not in SCENES for query in wanted):
        raise invalid("scene")
    call.shop.decryptions += len(wanted)
    return rows("receiver_list", "receiver", [_receiver(call.shop, query) for query in wanted])


SCENES = {"1001", "1002", "1003", "1004", "1005", "1006", "1007", "2001", "2002"}


def _receiver(shop, query):
    tid, oaid = str(query.get("tid", "")), query.get("oaid")
    order = shop.trades.get(int(tid)) if tid.isdigit() else None
    if not order:
        raise business("isv.invalid-parameter:tid", f"订单不存在 {tid}")
    if order.oaid != oaid:
        return {"tid": tid, "oaid": oaid, "matched": False}
    who = order.receiver
    return {
        "tid": tid,
        "oaid": oaid,
        "matched": True,
        "name": who.name,
        "phone": "",
        "state": who.state,
        "mobile": f"18877771111-{order.tid // 10_000 % 1000:03d}",
        "city": who.city,
        "district": who.district,
        "town": who.town,
        "address_detail": who.address,
        "country": "中国",
        "privacy_protection": True,
    }


METHODS = {
    "taobao.top.auth.token.create": token_create,
    "taobao.top.auth.token.refresh": token_refresh,
    "taobao.top.oaid.decrypt": decrypt,
    "taobao.time.get": server_time,
}
APP_METHODS = ("taobao.top.auth.token.create", "taobao.top.auth.token.refresh", "taobao.time.get")
