"""What a sheet's columns mean: which header holds which field, and how its values are written.

A template is data; the built-in ones differ from a user's in nothing but their origin.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

# Our fields and how our own sheet heads them (as well as by their names). Those of the order are repeated on each of
# its lines, or given on the first alone; what our sheet does not have is without a header.
_ORDER = {
    "order_id": "订单号|Order No.",
    "status": "订单状态|Status",
    "created_at": "下单时间|Ordered At",
    "paid_at": "付款时间|Paid At",
    "buyer_id": "买家编号|Buyer ID",
    "buyer_nick": "买家|Buyer",
    "name": "收货人|Receiver",
    "mobile": "手机|Mobile",
    "phone": "电话|Phone",
    "country": "国家|Country",
    "province": "省|Province",
    "city": "市|City",
    "district": "区|District",
    "town": "街道|Town",
    "address": "地址|Address",
    "full_address": "",
    "zip": "邮编|Zip",
    "postage": "邮费|Postage",
    "other_fees": "其他费用|Other Fees",
    "total": "订单实付|Order Paid",
    "currency": "币种|Currency",
    "buyer_remark": "买家留言|Buyer Remark",
    "seller_remark": "备注|Seller Remark",
}
_LINE = {
    "line_id": "行编号|Line No.",
    "sku": "商品编码|Code|SKU",
    "platform_sku": "",
    "title": "商品名称|Product",
    "properties": "规格|Variant",
    "quantity": "数量|Quantity",
    "price": "单价|Unit Price",
    "paid_amount": "实付金额|Line Paid",
    "is_gift": "是否赠品|Gift",
    "refund": "",
}
ORDER_FIELDS, LINE_FIELDS = tuple(_ORDER), tuple(_LINE)
FIELDS = ORDER_FIELDS + LINE_FIELDS
MONEY_FIELDS = ("postage", "other_fees", "total")
MOMENT_FIELDS = ("created_at", "paid_at")
ID_FIELDS = ("order_id", "line_id", "sku", "platform_sku", "buyer_id")
RECEIVER_FIELDS = ("name", "mobile", "phone", "country", "province", "city", "district", "town", "address", "zip")


@dataclass(frozen=True)
class Template:
    """How to read one kind of sheet.

    :ivar columns: ``((field, header), …)``; a field may have several headers, the first that the sheet has counts
    :ivar required: fields without which the sheet is not of this kind
    :ivar timezone: of the moments in the sheet
    :ivar date_format: ``strptime`` format that is tried before the usual ones
    :ivar currency: of the amounts, where no column says it
    :ivar amount_is: ``"line"`` or ``"unit"``: what the column of the paid amount holds
    :ivar fill_down: True when an order's fields stand on its first line alone
    :ivar upper_codes: True when codes that differ in case alone mean one thing
    :ivar cancel_prefix: order numbers that start with it (and a digit) cancel; their quantities are negative
    :ivar refused: prefixes of order numbers that are no orders (bad debts and the like)
    :ivar services: patterns of codes that are no goods, e.g. ``("POST", "gift_*")``, whatever their case
    :ivar words: ``{field: {the sheet's word: ours}}``
    """

    key: str
    columns: tuple
    required: tuple = ("order_id",)
    timezone: str = "Asia/Shanghai"
    date_format: str = ""
    currency: str = "CNY"
    amount_is: str = "line"
    fill_down: bool = False
    upper_codes: bool = False
    cancel_prefix: str = ""
    refused: tuple = ()
    services: tuple = ()
    words: dict = field(default_factory=dict)

    def bind(self, headers):
        """``{field: header}`` for a sheet with these headers."""
        present, bound = set(headers), {}
        for name, header in self.columns:
            if header in present and header:
                bound.setdefault(name, header)
        return bound

    def score(self, headers):
        """How well the headers fit: the number of columns understood, 0 where a required one is missing."""
        bound = self.bind(headers)
        return 0 if any(name not in bound for name in self.required) else len(bound)

    def is_service(self, code):
        return any(fnmatchcase(code.upper(), pattern.upper()) for pattern in self.services)

    def cancels(self, order_id):
        rest = order_id.removeprefix(self.cancel_prefix)
        return bool(self.cancel_prefix) and rest != order_id and rest[:1].isdigit()

    def refuses(self, order_id):
        return any(order_id.startswith(prefix) and order_id[len(prefix) :][:1].isdigit() for prefix in self.refused)


def recognise(headers, templates):
    """The template that understands most of the headers, or None; of equals the first."""
    best = max(templates, key=lambda template: template.score(headers), default=None)
    return best if best and best.score(headers) else None


# Headers seen in sheets of other systems and of people's own, for a new template only; a person looks it over.
_ALSO = {
    "order_id": "单号|订单编号|平台单号|原始单号|网店订单号|交易号|系统单号|order id|order number|order no",
    "status": "状态|交易状态",
    "created_at": "下单日期|创建时间|拍单时间|order date",
    "paid_at": "支付时间|付款日期|payment date",
    "buyer_id": "会员名|买家会员名|客户编号|客户账号",
    "buyer_nick": "买家昵称|网名|旺旺",
    "name": "姓名|客户姓名|收货人姓名|收件人|收件人姓名|客户|recipient|name",
    "mobile": "手机号|手机号码|联系手机|收件人手机|收件人电话|收货人手机|收货人电话|电话号码|phone number",
    "province": "省份|收货省|所在省",
    "city": "城市|收货市|所在市",
    "district": "区县|区/县|县区|收货区",
    "town": "乡镇|街道/镇",
    "address": "详细地址|街道地址|street",
    "full_address": "收货地址|收件地址|收件人地址|收货人地址|完整地址|配送地址",
    "zip": "邮政编码|postcode",
    "postage": "运费|快递费|应付邮费|shipping",
    "total": "订单金额|订单总额|实付|实收金额|买家实付|总金额|order total",
    "buyer_remark": "买家备注|客户留言|留言|顾客备注",
    "seller_remark": "卖家备注|商家备注|客服备注|订单备注",
    "line_id": "子订单号|子单号|明细编号",
    "sku": "货号|商家编码|商品编号|规格编码|SKU编码|商品货号|款号|item code|product code",
    "title": "品名|商品|商品标题|货品名称|产品名称|名称|product name|item",
    "properties": "规格名称|颜色规格|商品规格|销售属性",
    "quantity": "件数|购买数量|商品数量|个数|qty",
    "price": "成交价|销售价|商品单价|价格|成交单价|unit price",
    "paid_amount": "金额|小计|成交金额|应付金额|商品金额|amount|line total",
    "is_gift": "赠品",
}
_GUESSES = {header.lower(): name for name, text in _ALSO.items() for header in text.split("|")}


def guess(header):
    """The field that a header most likely holds, or an empty text: for a new template of a user's."""
    header = header.strip().lower()
    for template in BUILT_IN:
        for name, known in template.columns:
            if known.lower() == header:
                return name
    return _GUESSES.get(header, "")


def _columns(**headers):
    return tuple((name, header) for name, text in headers.items() for header in text.split("|"))


_STATUS = {
    "已付款": "paid",
    "待发货": "paid",
    "paid": "paid",
    "未付款": "unpaid",
    "待付款": "unpaid",
    "unpaid": "unpaid",
    "已发货": "shipped",
    "shipped": "shipped",
    "已完成": "finished",
    "finished": "finished",
    "已取消": "closed",
    "已关闭": "closed",
    "closed": "closed",
    "cancelled": "closed",
    "部分发货": "part_shipped",
}

OURS = Template(
    key="ours",
    columns=_columns(**{name: f"{headers}|{name}" for name, headers in {**_ORDER, **_LINE}.items() if headers}),
    required=("order_id", "quantity", "sku"),
    words={"status": _STATUS},
)

_TAOBAO_STATUS = {
    "等待买家付款": "unpaid",
    "买家已付款，等待卖家发货": "paid",
    "买家已付款,等待卖家发货": "paid",
    "卖家部分发货": "part_shipped",
    "卖家已发货，等待买家确认": "shipped",
    "卖家已发货,等待买家确认": "shipped",
    "交易成功": "finished",
    "交易关闭": "closed",
    "付款以后用户退款成功，交易自动关闭": "closed",
    "付款以前，卖家或买家主动关闭交易": "closed",
}
_TAOBAO_REFUND = {
    "没有申请退款": "none",
    "没有退款": "none",
    "买家已经申请退款，等待卖家同意": "requested",
    "卖家已经同意退款，等待买家退货": "returning",
    "买家已经退货，等待卖家确认收货": "returning",
    "卖家拒绝退款": "refused",
    "退款关闭": "withdrawn",
    "退款成功": "refunded",
}
# Headers as sellers' exports are believed to write them; platforms rename them now and then, and then a copy is mended.
_TAOBAO_ORDER = {
    "order_id": "订单编号|主订单编号",
    "status": "订单状态|交易状态",
    "created_at": "订单创建时间|创建时间",
    "paid_at": "订单付款时间|付款时间",
    "buyer_id": "买家会员名|买家昵称",
    "name": "收货人姓名",
    "mobile": "联系手机|手机",
    "phone": "联系电话",
    "full_address": "收货地址",
    "postage": "买家应付邮费|邮费",
    "buyer_remark": "买家留言",
    "seller_remark": "订单备注|商家备注|卖家备注",
}

TAOBAO_ORDERS = Template(
    key="taobao_orders",
    columns=_columns(
        **_TAOBAO_ORDER,
        total="买家实际支付金额|总金额",
        sku="商家编码|外部系统编号",
        title="宝贝标题|商品标题",
        quantity="宝贝总数量|购买数量",
    ),
    required=("order_id", "total", "title"),
    words={"status": _TAOBAO_STATUS},
)
TAOBAO_ITEMS = Template(
    key="taobao_items",
    columns=_columns(
        **{**_TAOBAO_ORDER, "order_id": "主订单编号|订单编号", "seller_remark": "订单备注|商家备注|卖家备注|备注"},
        line_id="子订单编号",
        sku="商家编码|外部系统编号",
        title="标题|宝贝标题|商品标题",
        properties="商品属性",
        price="价格|商品价格",
        quantity="购买数量",
        paid_amount="买家实际支付金额|买家应付货款",
        refund="退款状态",
    ),
    required=("order_id", "title", "quantity", "price"),
    words={"status": _TAOBAO_STATUS, "refund": _TAOBAO_REFUND},
)
ONLINE_RETAIL = Template(
    key="online_retail",
    columns=_columns(
        order_id="InvoiceNo",
        sku="StockCode",
        title="Description",
        quantity="Quantity",
        created_at="InvoiceDate",
        price="UnitPrice",
        buyer_id="CustomerID",
        country="Country",
    ),
    required=("order_id", "sku", "quantity", "created_at", "price", "buyer_id", "country"),
    timezone="Europe/London",
    currency="GBP",
    upper_codes=True,
    cancel_prefix="C",
    refused=("A",),
    services=("POST", "DOT", "M", "C2", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS", "gift_*"),
    words={"country": {"EIRE": "IE", "RSA": "ZA", "USA": "US", "Channel Islands": "JE", "Hong Kong": "HK"}},
)
BUILT_IN = (OURS, TAOBAO_ITEMS, TAOBAO_ORDERS, ONLINE_RETAIL)
