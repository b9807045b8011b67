"""What a shop holds, without any platform's words: listings, trades with their lines, refunds. Money is in fen."""

import random
from dataclasses import dataclass, field
from datetime import datetime

# Trade and line states; a platform module spells them its own way.
UNPAID, FROZEN, PAID, PART_SHIPPED, SHIPPED = "unpaid", "frozen", "paid", "part_shipped", "shipped"
SIGNED, FINISHED, CLOSED, CANCELLED = "signed", "finished", "closed", "cancelled"
STATES = (UNPAID, FROZEN, PAID, PART_SHIPPED, SHIPPED, SIGNED, FINISHED, CLOSED, CANCELLED)
OVER = (FINISHED, CLOSED, CANCELLED)
# Refund states: asked -> [goods_due -> goods_sent] -> done, or refused, or withdrawn.
ASKED, GOODS_DUE, GOODS_SENT, REFUSED, WITHDRAWN, DONE = (
    "asked",
    "goods_due",
    "goods_sent",
    "refused",
    "withdrawn",
    "done",
)
REFUND_OPEN = (ASKED, GOODS_DUE, GOODS_SENT)
# Presale steps.
DEPOSIT_DUE, FINAL_DUE, FINAL_PAID, FORFEITED = "deposit_due", "final_due", "final_paid", "forfeited"


@dataclass
class Cell:
    """One saleable thing: an SKU, or the item itself when it has none (``sku_id`` None)."""

    sku_id: int | None
    code: str
    properties: str
    price: int
    quantity: int
    held: int = 0
    garbled: object = ...  # what lists tell instead of the quantity

    @property
    def told(self):
        return self.quantity if self.garbled is ... else self.garbled

    @property
    def saleable(self):
        return self.quantity - self.held


@dataclass
class Listing:
    """``deduct`` says when a sale lowers the quantity: ``"order"`` or ``"payment"`` (until then it is held)."""

    item_id: int
    code: str
    title: str
    cells: list[Cell]
    created: datetime
    modified: datetime
    deduct: str = "order"
    on_shelf: bool = True

    @property
    def has_skus(self):
        return self.cells[0].sku_id is not None

    @property
    def price(self):
        return min(cell.price for cell in self.cells)


@dataclass(frozen=True)
class Receiver:
    name: str
    mobile: str
    state: str
    city: str
    district: str
    address: str
    town: str = ""
    zip: str = ""

    def masked(self):
        """The same receiver as an application without special permission sees it."""
        stars = f"{self.address[:1]}***{self.address[-1:]}"
        return Receiver(
            self.name[:1] + "**",
            "*" * 7 + self.mobile[-4:],
            self.state,
            self.city,
            self.district,
            stars,
            self.town,
            self.zip,
        )


PLACES = [
    ("湖北省", "武汉市", "江汉区"),
    ("浙江省", "杭州市", "余杭区"),
    ("广东省", "深圳市", "南山区"),
    ("四川省", "成都市", "武侯区"),
    ("上海", "上海市", "徐汇区"),
    ("北京", "北京市", "海淀区"),
    ("江苏省", "苏州市", "姑苏区"),
    ("福建省", "泉州市", "安溪县"),
    ("河南省", "", "济源市"),
    ("陕西省", "西安市", "雁塔区"),
    ("新疆维吾尔自治区", "乌鲁木齐市", "天山区"),
]
FAMILY, GIVEN = "王李张刘陈杨黄赵吴周徐孙", ["梓涵", "建国", "晓梅", "思远", "雨桐", "志强", "若兰", "海波"]
STREETS = ["中山大道", "解放路", "文一西路", "科技园南路", "人民南路", "茶港新村", "花楼街", "江汉路"]


def someone(rng: random.Random):
    """A made-up receiver; the mobile's prefix is not in use for people."""
    state, city, district = rng.choice(PLACES)
    street = f"{rng.choice(STREETS)}{rng.randint(1, 400)}号{rng.randint(1, 20)}栋{rng.randint(101, 2808)}室"
    return Receiver(
        rng.choice(FAMILY) + rng.choice(GIVEN),
        f"1000000{rng.randint(0, 9999):04d}",
        state,
        city,
        district,
        street,
        town="",
        zip="000000",
    )


@dataclass
class Refund:
    refund_id: int
    tid: int
    oid: int
    amount: int
    quantity: int
    state: str
    reason: str
    goods_return: bool
    aftersale: bool
    created: datetime
    modified: datetime
    carrier: str = ""
    waybill: str = ""


@dataclass
class Line:
    """``code`` is the item's merchant code, ``sku_code`` the SKU's (empty when the item has no SKU)."""

    oid: int
    item_id: int
    sku_id: int | None
    code: str
    sku_code: str
    title: str
    properties: str
    quantity: int
    price: int
    discount: int = 0
    adjust: int = 0
    share: int = 0
    gift_of: int | None = None
    state: str = UNPAID
    shipped: int = 0
    refunded: int = 0
    carrier: str = ""
    waybill: str = ""
    shipped_at: datetime | None = None
    ended_at: datetime | None = None
    refund: Refund | None = None

    @property
    def gross(self):
        return self.price * self.quantity

    @property
    def total(self):
        return self.gross + self.adjust - self.discount

    @property
    def revenue(self):
        return self.total - self.share

    @property
    def refund_open(self):
        return self.refund is not None and self.refund.state in REFUND_OPEN


@dataclass
class Trade:
    """``arrived`` is when lists begin to show the latest change; ``raw_status`` overrides the platform's word."""

    tid: int
    buyer: str
    receiver: Receiver
    oaid: str
    lines: list[Line]
    created: datetime
    modified: datetime
    arrived: datetime
    state: str = UNPAID
    kind: str = "fixed"
    postage: int = 0
    cod_fee: int = 0
    drift: int = 0
    deposit: int = 0
    step: str | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    ended_at: datetime | None = None
    message: str = ""
    memo: str = ""
    flag: int = 0
    late: int = 0
    raw_status: str | None = None
    booked_carrier: str = ""
    reserved: list[tuple[Cell, int, str]] = field(default_factory=list)

    @property
    def total(self):
        return sum(line.gross for line in self.lines)

    @property
    def discount(self):
        return sum(line.share for line in self.lines)

    @property
    def payment(self):
        return sum(line.revenue for line in self.lines) + self.postage + self.cod_fee + self.drift

    @property
    def cod(self):
        return self.kind == "cod"

    @property
    def waybills(self):
        return sorted({line.waybill for line in self.lines if line.waybill})
