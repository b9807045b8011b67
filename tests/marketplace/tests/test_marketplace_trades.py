import json
import random
from datetime import timedelta
from decimal import Decimal

from tests.marketplace import Refusal
from tests.marketplace.money import fen, shares, yuan
from tests.marketplace.scenarios import DEMO_LISTINGS, random_order
from tests.marketplace.tests.caller import FIELDS, MarketTest


def tids(body):
    return [row["tid"] for row in body.get("trades", {}).get("trade", [])]


class PagingTest(MarketTest):
    def _trades(self, count):
        start = self.market.clock.now() - timedelta(hours=1)
        return [
            self.market.add_trade(["TEA-001"], created=start + timedelta(seconds=60 * n), stock=False).tid
            for n in range(count)
        ]

    def test_an_empty_list_has_no_key(self):
        body = self.call.window(self.market, use_has_next="true")
        self.assertEqual(sorted(body), ["has_next", "request_id"])
        self.assertEqual(
            sorted(self.call.body("taobao.trades.sold.get", fields="tid")), ["request_id", "total_results"]
        )

    def test_newest_modified_first_in_pages(self):
        made = self._trades(5)
        first = self.call.window(self.market, page_size=2, use_has_next="true", fields="tid")
        last = self.call.window(self.market, page_size=2, page_no=3, use_has_next="true", fields="tid")
        self.assertEqual((tids(first), first["has_next"]), (made[:2:-1], True))
        self.assertEqual((tids(last), last["has_next"]), (made[:1], False))
        self.assertNotIn("total_results", first)
        counted = self.call.window(self.market, page_size=2, fields="tid")
        self.assertEqual((counted["total_results"], "has_next" in counted), (5, False))

    def test_a_change_moves_an_order_to_the_front(self):
        made = self._trades(3)
        self.market.change_remark(made[0], memo="x")
        self.assertEqual(tids(self.call.window(self.market, fields="tid")), [made[0], made[2], made[1]])

    def test_only_the_requested_fields_come_back(self):
        self._trades(1)
        (row,) = self.call.window(self.market, fields="tid,orders.oid,orders.num")["trades"]["trade"]
        self.assertEqual(row, {"tid": row["tid"], "orders": {"order": [{"oid": row["tid"], "num": 1}]}})
        self.assertGreater(row["tid"], 2**53)

    def test_simplify_drops_the_wrappers(self):
        self._trades(1)
        (row,) = self.call.window(self.market, simplify="true")["trades"]
        self.assertEqual(len(row["orders"]), 1)

    def test_filters(self):
        paid, unpaid = self.market.add_trade(["TEA-001"]), self.market.add_trade(["TEA-001"], paid=False)
        self.market.add_trade(["TEA-001"], kind="fenxiao")
        self.assertEqual(tids(self.call.window(self.market, status="WAIT_SELLER_SEND_GOODS")), [paid.tid])
        self.assertEqual(tids(self.call.window(self.market, status="ALL_WAIT_PAY")), [unpaid.tid])
        self.assertEqual(len(tids(self.call.window(self.market, type="fenxiao"))), 1)

    def test_a_late_order_arrives_with_an_old_time(self):
        order = self.market.add_trade(["TEA-001"], late=300)
        self.assertEqual(tids(self.call.window(self.market)), [])
        self.market.clock.advance(301)
        self.assertEqual(tids(self.call.window(self.market)), [order.tid])
        now = self.market.clock.now()
        body = self.call.body(
            "taobao.trades.sold.incrementv.get",
            fields="tid,modified",
            start_create=now - timedelta(seconds=10),
            end_create=now,
        )
        self.assertEqual(body["trades"]["trade"][0]["async_modified"], str(order.arrived))


class AmountTest(MarketTest):
    def test_the_sample_of_the_notes(self):
        self.assertEqual(shares(3000, [17500, 5990, 0]), [2235, 765, 0])
        self.assertEqual((fen("212.90"), yuan(-5), yuan(0)), (21290, "-0.05", "0.00"))

    def test_shares_add_up_and_stay_within_the_line(self):
        rng = random.Random(7)
        for _case in range(2000):
            weights = [rng.randint(0, 500) for _line in range(rng.randint(1, 12))]
            total = rng.randint(0, sum(weights))
            parts = shares(total, weights)
            self.assertEqual(sum(parts), total)
            self.assertTrue(all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True)))

    def test_random_trades_add_up_as_printed(self):
        rng = random.Random(11)
        for _case in range(150):
            lines = [
                {
                    "code": f"C{n}",
                    "quantity": rng.randint(1, 9),
                    "price": Decimal(rng.randint(500, 90000)) / 100,
                    "discount": Decimal(rng.randint(0, 400)) / 100,
                    "adjust": Decimal(rng.randint(-90, 90)) / 100,
                }
                for n in range(rng.randint(1, 6))
            ]
            lines += [{"code": "GIFT", "price": "9.90", "gift_of": 0}] * rng.randint(0, 1)
            cod = rng.random() < 0.1
            self.market.add_trade(
                lines,
                discount=Decimal(rng.randint(0, 99)) / 100,
                cod=cod,
                cod_fee="1.50" if cod else 0,
                postage=rng.choice(("0", "8.00")),
            )
        rows = [
            row
            for page in (1, 2)
            for row in self.call.window(self.market, page_size=100, page_no=page, fields=FIELDS + ",buyer_cod_fee")[
                "trades"
            ]["trade"]
        ]
        self.assertEqual(len(rows), 150)
        for row in rows:
            self._check(row, row["orders"]["order"])

    def _check(self, row, lines):
        def total(name):
            return sum(Decimal(line[name]) for line in lines)

        gross = sum(Decimal(line["price"]) * line["num"] for line in lines)
        for line in lines:
            price = Decimal(line["price"]) * line["num"] + Decimal(line["adjust_fee"]) - Decimal(line["discount_fee"])
            self.assertEqual(Decimal(line["total_fee"]), price)
            self.assertEqual(Decimal(line["divide_order_fee"]), price - Decimal(line["part_mjz_discount"]))
        self.assertEqual(Decimal(row["total_fee"]), gross)
        self.assertEqual(Decimal(row["discount_fee"]), total("part_mjz_discount"))
        extra = Decimal(row["post_fee"]) + (Decimal(row["buyer_cod_fee"]) if "buyer_cod_fee" in row else 0)
        self.assertEqual(Decimal(row["payment"]), total("divide_order_fee") + extra)
        if len(lines) == 1:
            self.assertEqual((lines[0]["payment"], lines[0]["oid"]), (row["payment"], row["tid"]))

    def test_a_drift_shows_in_the_header_only(self):
        order = self.market.add_trade([("TEA-001", 1), ("TEA-002", 1)], drift="0.01")
        (row,) = self.call.window(self.market)["trades"]["trade"]
        self.assertEqual(row["payment"], "406.01")
        self.assertEqual(sum(line.revenue for line in order.lines), 40600)

    def test_floats_are_refused(self):
        with self.assertRaises(TypeError):
            self.market.add_trade([{"code": "X", "price": 0.1}])


class ShippingTest(MarketTest):
    def _send(self, order, waybill="SF0000000001", api="taobao.logistics.offline.send", **params):
        return self.call.error(api, **{"tid": order.tid, "company_code": "SF", "out_sid": waybill, **params})

    def _status(self, order):
        trade = self.call.body("taobao.trade.fullinfo.get", tid=order.tid, fields="status,orders")["trade"]
        return trade["status"], [line["status"] for line in trade["orders"]["order"]]

    def assert_suffix(self, error, suffix):
        self.assertEqual(error[0], 15)
        self.assertEqual(error[1].rpartition(":")[2], suffix)

    def test_parts_and_then_all(self):
        order = self.market.add_trade(["TEA-001", "TEA-002"])
        first, second = (line.oid for line in order.lines)
        self.assertIsNone(self._send(order, sub_tid=first, is_split=1))
        self.assertEqual(self._status(order)[0], "SELLER_CONSIGNED_PART")
        self.assert_suffix(self._send(order, "SF0000000002", sub_tid=first, is_split=1), "AT0112")
        self.assertIsNone(self._send(order, "SF0000000002", sub_tid=second, is_split=1))
        self.assertEqual(self._status(order), ("WAIT_BUYER_CONFIRM_GOODS", ["WAIT_BUYER_CONFIRM_GOODS"] * 2))
        self.assert_suffix(self._send(order), "AT0112")
        self.assertEqual([sent.oids for sent in self.market.shipments], [(first,), (second,)])
        line = self.call.body("taobao.trade.get", tid=order.tid, fields="orders")["trade"]["orders"]["order"][0]
        self.assertEqual((line["invoice_no"], line["logistics_company"]), ("SF0000000001", "顺丰速运"))
        self.assertIn("consign_time", line)

    def test_what_may_not_be_shipped(self):
        add = self.market.add_trade
        closed = add(["TEA-001"])
        self.market.refund(closed.tid)
        asked = add(["TEA-001"])
        self.market.ask_refund(asked.tid)
        for order in (
            add(["TEA-001"], paid=False),
            add(["TEA-001"], frozen=True),
            closed,
            asked,
            add(["TEA-001"], cod=True),
            add(["TEA-001"], deposit="9"),
        ):
            self.assert_suffix(self._send(order), "AT0011")
        self.assertEqual(self.market.shipments, [])

    def test_a_refunded_line_stays_behind(self):
        order = self.market.add_trade(["TEA-001", "TEA-002"])
        self.market.refund(order.tid, order.lines[1].oid)
        self.assertEqual(self._status(order), ("WAIT_SELLER_SEND_GOODS", ["WAIT_SELLER_SEND_GOODS", "TRADE_CLOSED"]))
        self.assert_suffix(self._send(order, sub_tid=order.lines[1].oid, is_split=1), "AT0011")
        self.assertIsNone(self._send(order))
        self.assertEqual(self._status(order)[0], "WAIT_BUYER_CONFIRM_GOODS")
        self.assertEqual(self.market.shipments[0].oids, (order.lines[0].oid,))

    def test_wrong_carrier_waybill_order_and_contradictions(self):
        order, other = self.market.add_trade(["TEA-001"]), self.market.add_trade(["TEA-001"])
        self.assertEqual(self._send(order, company_code="PIGEON"), (41, "isv.invalid-parameter:company_code"))
        self.assertEqual(self._send(order, sub_tid=order.tid)[0], 41)
        self.assertEqual(self._send(order, is_split=1)[0], 40)
        self.assert_suffix(self._send(order, "no!"), "CD06")
        self.assert_suffix(self._send(order, tid=4711), "ORDER_NOT_FOUND_ERROR")
        self.assertIsNone(self._send(other))
        self.assert_suffix(self._send(order), "CD07")

    def test_cash_on_delivery_is_booked_and_confirmed(self):
        order = self.market.add_trade(["TEA-001"], cod=True)
        online = "taobao.logistics.online."
        self.assertIsNone(self.call.error(online + "send", tid=order.tid, company_code="SF"))
        self.assertEqual(self._status(order)[0], "WAIT_SELLER_SEND_GOODS")
        self.assertIsNone(self.call.error(online + "confirm", tid=order.tid, out_sid="SF0000000009"))
        self.assertEqual(self._status(order)[0], "WAIT_BUYER_CONFIRM_GOODS")
        self.market.act("sign", order.tid)
        self.assertEqual(self._status(order)[0], "TRADE_BUYER_SIGNED")

    def _packages(self, order, mode, *parcels):
        packages = [
            {"company_code": "ZTO", "out_sid": waybill, "goods": [{"sub_tid": str(oid), "num": number}]}
            for waybill, oid, number in parcels
        ]
        return self.call.error(
            "alibaba.ascp.logistics.offline.send", tid=order.tid, consign_type=mode, consign_pkgs=json.dumps(packages)
        )

    def test_packages_by_quantity(self):
        order = self.market.add_trade([("TEA-001", 5)])
        self.assertIsNone(self._packages(order, 1, ("ZTO0000001", order.tid, 2)))
        self.assertEqual(self._status(order)[0], "SELLER_CONSIGNED_PART")
        self.assertEqual(self._packages(order, 1, ("ZTO0000002", order.tid, 4))[0], 41)
        self.assertIsNone(self._packages(order, 2, ("ZTO0000003", order.tid, None)))
        self.assertEqual(self._status(order)[0], "WAIT_BUYER_CONFIRM_GOODS")
        self.assertEqual([sent.goods for sent in self.market.shipments], [((order.tid, 2),), ((order.tid, 3),)])

    def test_packages_are_accepted_together_or_not_at_all(self):
        order = self.market.add_trade(["TEA-001", "TEA-002"])
        one, two = (line.oid for line in order.lines)
        self.assert_suffix(self._packages(order, 0, ("ZTO0000001", one, 1), ("!", two, 1)), "CD06")
        self.assertEqual(self.market.shipments, [])

    def test_the_carriers(self):
        found = self.call.body("taobao.logistics.companies.get", fields="id,code,name,reg_mail_no")
        codes = {company["code"] for company in found["logistics_companies"]["logistics_company"]}
        self.assertTrue({"SF", "ZTO", "JTSD"} <= codes)


class LifeTest(MarketTest):
    def _detail(self, order, fields="status,payment,step_trade_status,step_paid_fee,oaid,modified," + FIELDS):
        return self.call.body("taobao.trade.fullinfo.get", tid=order.tid, fields=fields)["trade"]

    def test_a_presale_stays_unpaid_until_its_final_part(self):
        order = self.market.add_trade(["TEA-001"], deposit="50.00")
        words = []
        for _step in range(3):
            detail = self._detail(order)
            words.append((detail["status"], detail["step_trade_status"], detail["step_paid_fee"]))
            if len(words) < 3:
                self.market.pay(order.tid)
        self.assertEqual(
            words,
            [
                ("WAIT_BUYER_PAY", "FRONT_NOPAID_FINAL_NOPAID", "0.00"),
                ("WAIT_BUYER_PAY", "FRONT_PAID_FINAL_NOPAID", "50.00"),
                ("WAIT_SELLER_SEND_GOODS", "FRONT_PAID_FINAL_PAID", "168.00"),
            ],
        )

    def test_a_new_address_has_a_new_handle_and_a_new_time(self):
        order = self.market.add_trade(["TEA-001"], created="2026-01-05 08:00:00", late=0)
        before = self._detail(order)
        self.market.change_address(order.tid)
        after = self._detail(order)
        self.assertNotEqual(before["oaid"], after["oaid"])
        self.assertGreater(after["modified"], before["modified"])

    def test_a_refund_of_every_line_closes_and_keeps_the_payment(self):
        order = self.market.add_trade(["TEA-001", {"code": "TEA-007", "gift_of": 0}], postage="8.00")
        refund = self.market.refund(order.tid)
        detail = self._detail(order)
        self.assertEqual((detail["status"], detail["payment"]), ("TRADE_CLOSED", "176.00"))
        self.assertEqual(yuan(refund.amount), "176.00")
        main, gift = detail["orders"]["order"]
        self.assertEqual(
            (main["payment"], main["refund_status"], main["gift_mids"]), ("0.00", "SUCCESS", str(gift["oid"]))
        )
        self.assertEqual((gift["is_free_gift"], gift["total_fee"]), (True, "0.00"))
        listed = self.call.body("taobao.refunds.receive.get", fields="refund_id,status,refund_fee,tid")["refunds"]
        self.assertEqual(
            listed["refund"],
            [{"refund_id": str(refund.refund_id), "status": "SUCCESS", "refund_fee": "176.00", "tid": order.tid}],
        )
        one = self.call.body("taobao.refund.get", refund_id=refund.refund_id, fields="refund_version,oid")["refund"]
        self.assertGreater(one["refund_version"], 10**12)

    def test_a_return_goes_through_its_steps(self):
        order = self.market.add_trade(["TEA-001", "TEA-002"])
        shop = self.market.shop()
        refund = self.market.ask_refund(order.tid, goods_return=True)
        self.assertEqual(refund.state, "asked")
        steps = (shop.agree_refund, shop.return_goods, shop.receive_goods)
        self.assertEqual([step(refund.refund_id).state for step in steps], ["goods_due", "goods_sent", "done"])

    def test_refunds_in_parts_never_exceed_the_line(self):
        order = self.market.add_trade([("TEA-001", 2)])
        self.market.refund(order.tid, amount="100.00")
        self.assertEqual(self._detail(order)["status"], "WAIT_SELLER_SEND_GOODS")
        with self.assertRaises(Refusal):
            self.market.refund(order.tid, amount="236.01")
        self.market.refund(order.tid)
        self.assertEqual((self._detail(order)["status"], order.lines[0].refunded), ("TRADE_CLOSED", 33600))

    def test_a_refund_after_completion_leaves_the_order_finished(self):
        order = self.market.add_trade(["TEA-001"])
        self.market.act("ship", order.tid)
        self.market.finish(order.tid)
        refund = self.market.refund(order.tid)
        self.assertTrue(refund.aftersale)
        detail = self._detail(order)
        self.assertEqual(
            (detail["status"], detail["orders"]["order"][0]["refund_status"]), ("TRADE_FINISHED", "SUCCESS")
        )
        with self.assertRaises(Refusal):
            self.market.ask_refund(order.tid)

    def test_memo(self):
        order = self.market.add_trade(["TEA-001"])
        self.assertIsNone(self.call.error("taobao.trade.memo.update", tid=order.tid, memo="小心轻放", flag=3))
        self.assertEqual((order.memo, order.flag), ("小心轻放", 3))
        self.assertEqual(self.call.error("taobao.trade.memo.update", tid=order.tid, memo="长" * 400)[0], 41)


class QuantityTest(MarketTest):
    def test_listings_and_skus(self):
        body = self.call.body("taobao.items.onsale.get", fields="num_iid,outer_id,num", page_size=200)
        self.assertEqual(body["total_results"], len(DEMO_LISTINGS))
        pot = next(item for item in body["items"]["item"] if item["outer_id"] == "TEA-POT")
        skus = self.call.body("taobao.item.skus.get", num_iids=pot["num_iid"], fields="sku_id,outer_id,quantity")
        self.assertEqual([sku["outer_id"] for sku in skus["skus"]["sku"]], ["TEA-POT-RED", "TEA-POT-WHT"])
        found = self.call.body("taobao.skus.custom.get", outer_id="TEA-POT-RED", fields="num_iid")["skus"]["sku"]
        self.assertEqual(found, [{"num_iid": pot["num_iid"]}])
        self.assertNotIn("items", self.call.body("taobao.items.custom.get", outer_id="NONE", fields="num_iid"))
        detail = self.call.body("taobao.item.seller.get", num_iid=pot["num_iid"], fields="title,skus")["item"]
        self.assertEqual(len(detail["skus"]["sku"]), 2)

    def test_an_item_leaves_the_shelf_and_comes_back_with_stock(self):
        item, _cell = self.market.shop().find("TEA-001")
        self.assertIsNone(self._update("taobao.item.update.delisting", num_iid=item.item_id))
        self.assertIsNone(self.market.sell("TEA-001"))
        refused = self._update("taobao.item.update.listing", num_iid=item.item_id, num=0)
        self.assertEqual(refused, (15, "isv.item-quantity-zero"))
        self.assertIsNone(self._update("taobao.item.update.listing", num_iid=item.item_id, num=5))
        self.assertTrue(self.market.sell("TEA-001", 5))
        self.assertIsNone(self.market.sell("TEA-001"))

    def test_the_quantity_service_may_be_busy(self):
        item, cell = self.market.shop().find("TEA-001")
        before = cell.quantity
        self.market.faults.set("stock_busy", times=1)
        refused = self._update(num_iid=item.item_id, quantity=3)
        self.assertEqual(refused, (15, "isp.item-update-service-error:GENERIC_FAILURE"))
        self.assertEqual(cell.quantity, before)
        self.assertIsNone(self._update(num_iid=item.item_id, quantity=3))

    def _update(self, api="taobao.item.quantity.update", **params):
        return self.call.error(api, **params)

    def test_absolute_and_difference(self):
        item, _cell = self.market.shop().find("TEA-001")
        self.assertIsNone(self._update(num_iid=item.item_id, quantity=7))
        self.assertIsNone(self._update(num_iid=item.item_id, quantity=-3, type=2))
        self.assertEqual(self._update(num_iid=item.item_id, quantity=-5, type=2)[0], 41)
        self.assertEqual(self._update(num_iid=item.item_id, quantity=-1)[0], 41)
        self.assertEqual(self.market.quantities()["TEA-001"], 4)
        self.assertEqual(
            [(one.before, one.after, one.delta) for one in self.market.quantity_updates],
            [(120, 7, False), (7, 4, True)],
        )

    def test_skus_together(self):
        item, _cell = self.market.shop().find("TEA-POT-RED")
        red, white = (cell.sku_id for cell in item.cells)
        many = "taobao.skus.quantity.update"
        self.assertIsNone(self._update(many, num_iid=item.item_id, skuid_quantities=f"{red}:5;{white}:6"))
        self.assertIsNone(self._update(many, num_iid=item.item_id, outerid_quantities="TEA-POT-RED:-9", type=2))
        self.assertEqual([cell.quantity for cell in item.cells], [0, 6])
        self.assertEqual(self._update(num_iid=item.item_id, quantity=1), (15, "isv.sku-not-exist"))

    def test_a_key_makes_a_repeat_harmless(self):
        item, cell = self.market.shop().find("TEA-001")
        for _try in range(2):
            self.assertIsNone(
                self._update(
                    "tmall.item.quantity.update",
                    item_id=item.item_id,
                    item_quantity=5,
                    options=json.dumps({"type": 2, "outer_biz_key": "K1"}),
                )
            )
        self.assertEqual(cell.quantity, 125)

    def test_buyers_only_get_what_is_published(self):
        item, cell = self.market.shop().find("TEA-001")
        self._update(num_iid=item.item_id, quantity=2)
        sold = [self.market.sell("TEA-001") for _buyer in range(3)]
        self.assertEqual([bool(order) for order in sold], [True, True, False])
        self.assertEqual((cell.quantity, self.market.shop().refused_sales), (0, 1))

    def test_deduction_at_payment_holds_first(self):
        self.market.add_listing("HOLD", "预扣", "1.00", 5, deduct="payment")
        order = self.market.sell("HOLD", 2, paid=False)
        _item, cell = self.market.shop().find("HOLD")
        self.assertEqual((cell.quantity, cell.held, cell.saleable), (5, 2, 3))
        self.market.pay(order.tid)
        self.assertEqual((cell.quantity, cell.held), (3, 0))
        self.market.cancel(self.market.sell("HOLD", 3, paid=False).tid)
        self.assertEqual((cell.quantity, cell.held), (3, 0))


class ScaleTest(MarketTest):
    def test_ids_are_unique_across_shops(self):
        other = self.market.add_shop("二店", "2", "s", "t")
        for listing in DEMO_LISTINGS:
            other.add_listing(*listing)
        made = [random_order(shop) for shop in self.market.shops.values() for _order in range(200)]
        oids = [line.oid for order in made for line in order.lines]
        self.assertEqual((len({order.tid for order in made}), len(set(oids))), (400, len(oids)))
