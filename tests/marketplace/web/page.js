"use strict";
// Everything shown comes from /control/state and is written as text, never as markup.

const STATES = {
  unpaid: ["待付款", "unpaid", "grey"], frozen: ["已付款·禁止发货", "frozen", "warm"], paid: ["待发货", "paid", ""],
  part_shipped: ["部分发货", "part shipped", ""], shipped: ["已发货", "shipped", ""], signed: ["已签收", "signed", ""],
  finished: ["交易成功", "finished", "grey"], closed: ["退款关闭", "closed", "grey"], cancelled: ["已取消", "cancelled", "grey"],
};
const REFUNDS = {
  asked: "申请退款", goods_due: "待退货", goods_sent: "退货中", refused: "拒绝退款", withdrawn: "撤销退款", done: "已退款",
};
const ACTIONS = {
  pay: ["付款", "pay", ["unpaid"]],
  ask_refund: ["申请退款", "ask refund", ["paid", "frozen", "part_shipped", "shipped", "finished"]],
  agree: ["同意退款", "agree", ["refund"]],
  change_address: ["改地址", "address", ["unpaid", "paid", "frozen", "part_shipped"]],
  release: ["解除禁止", "release", ["frozen"]],
  finish: ["确认收货", "finish", ["shipped", "signed"]],
  close: ["关闭", "close", ["unpaid", "paid", "frozen", "part_shipped"]],
};
const byId = (id) => document.getElementById(id);
let shopName = null;
let state = null;

function element(tag, content, options = {}) {
  const node = document.createElement(tag);
  Object.assign(node, options);
  for (const part of [content].flat()) {
    if (part !== null && part !== undefined) node.append(part);
  }
  return node;
}

const twice = (zh, en) => [zh + " ", element("small", en)];
const chip = (zh, en, look = "") => element("span", twice(zh, en), { className: `chip ${look}` });

function table(id, heads, rows) {
  const body = rows.length ? rows
    : [element("tr", element("td", "暂无 none yet", { colSpan: heads.length, className: "empty" }))];
  byId(id).replaceChildren(
    element("thead", element("tr", heads.map(([zh, en]) => element("th", twice(zh, en))))), element("tbody", body));
}

const row = (...cells) => element("tr", cells.map((cell) => cell instanceof Node && cell.tagName === "TD" ? cell
  : element("td", cell)));
const number = (value) => element("td", String(value), { className: "num" });
const code = (value) => element("td", String(value), { className: "code" });

async function act(action, values = {}) {
  const answer = await fetch(`/control/${action}`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(values),
  });
  const body = await answer.json();
  tell(answer.ok ? "" : `操作被拒绝 refused: ${body.error}`);
  await refresh();
}

function tell(text) {
  byId("notice").textContent = text;
  byId("notice").hidden = !text;
}

function button(zh, en, run, look = "quiet") {
  return element("button", twice(zh, en), { className: look, onclick: () => run().catch((error) => tell(String(error))) });
}

function tradeButtons(trade) {
  const refunding = trade.lines.some((line) => ["asked", "refused"].includes(line.refund));
  return Object.entries(ACTIONS)
    .filter(([, [, , states]]) => states.includes(trade.state) || (refunding && states.includes("refund")))
    .map(([name, [zh, en]]) => button(zh, en, () => name === "agree"
      ? act("turn_refund", { tid: trade.tid, step: "agree" }) : act(name, { tid: trade.tid })));
}

function showTrades(shop) {
  byId("counts").replaceChildren(...Object.entries(shop.counts).map(([name, count]) => {
    const [zh, en, look] = STATES[name];
    return chip(`${zh} ${count}`, en, look);
  }));
  table("trades", [["订单号", "tid"], ["买家", "buyer"], ["商品", "lines"], ["金额", "amount"], ["状态", "status"],
    ["运单号", "waybill"], ["操作", "actions"]], shop.trades.map((trade) => {
    const lines = trade.lines.map((line) => element("div", [`${line.code} × ${line.quantity}`, line.gift ? " 赠" : "",
      line.refund ? ` · ${REFUNDS[line.refund]}` : ""], { title: line.title }));
    const [zh, en, look] = STATES[trade.state];
    return row(code(trade.tid), trade.buyer, lines, number(`¥${trade.payment}`),
      [chip(zh, en, look), trade.kind === "fixed" ? "" : ` ${trade.kind} ${trade.step || ""}`],
      code(trade.waybills.join(" ")), tradeButtons(trade));
  }));
}

function showKeys(shop) {
  const keys = [["接口地址", "gateway", location.origin + shop.gateway], ["AppKey", "", shop.app_key],
    ["AppSecret、授权令牌", "secret, session", "tests/marketplace/README.md"]];
  byId("keys").replaceChildren(...keys.flatMap(([zh, en, value]) =>
    [element("dt", twice(zh, en)), element("dd", element("code", value))]));
}

function showShop(shop) {
  showKeys(shop);
  showTrades(shop);
  byId("shipment-count").textContent = shop.shipment_count;
  table("shipments", [["时间", "at"], ["订单号", "tid"], ["承运", "carrier"], ["运单号", "waybill"], ["件", "pieces"]],
    shop.shipments.map((sent) => row(code(sent.at.slice(5)), code(sent.tid), sent.carrier, code(sent.waybill),
      number(sent.goods.reduce((sum, [, count]) => sum + count, 0)))));
  byId("sales").replaceChildren(chip(`库存更新 ${shop.update_count}`, "updates"),
    chip(`无货未成交 ${shop.refused_sales}`, "refused sales", "grey"), chip(`超卖 ${shop.oversold}`, "oversold",
      shop.oversold ? "warm" : "grey"));
  table("listings", [["编码", "code"], ["商品", "title"], ["价格", "price"], ["库存", "quantity"], ["预扣", "held"]],
    shop.listings.map((listing) => row(code(listing.code), [listing.title, " ", element("small", listing.properties)],
      number(listing.price), number(listing.quantity), number(listing.held))));
}

function showFaults(faults) {
  table("faults", [["故障", "fault"], ["次数", "fired"], ["开关", "switch"]], faults.map((fault) => {
    const on = fault.active.length > 0;
    const how = fault.active.map((rule) => [rule.times === null ? `${Math.round(rule.probability * 100)}%`
      : `剩 ${rule.times}`, rule.shop, rule.method].filter(Boolean).join(" ")).join("; ");
    const set = (values) => () => act("fault", { name: fault.name, ...values });
    const all = button("全部", "always", on ? () => act("clear_faults", { name: fault.name }) : set({}));
    all.setAttribute("aria-pressed", String(on));
    return row(twice(fault.zh, `${fault.en} ${how}`), number(fault.fired),
      [button("一次", "once", set({ times: 1 })), button("20%", "", set({ probability: 0.2 })), all]);
  }));
}

function showShops(shops) {
  if (!shops.some((shop) => shop.name === shopName)) shopName = shops[0].name;
  byId("shops").replaceChildren(...shops.map((shop) => {
    const tab = button(shop.name, shop.platform, async () => { shopName = shop.name; show(); },
      shop.name === shopName ? "" : "quiet");
    return tab;
  }));
  showShop(shops.find((shop) => shop.name === shopName));
}

function show() {
  byId("now").textContent = state.now;
  if (document.activeElement !== byId("speed")) byId("speed").value = state.speed;
  if (state.shops.length) showShops(state.shops);
  showFaults(state.faults);
  byId("call-count").textContent = state.call_count;
  table("calls", [["时间", "at"], ["方法", "method"], ["结果", "outcome"], ["毫秒", "ms"]],
    state.calls.map((call) => row(code(call.at.slice(11)), call.method, call.outcome, number(call.ms))));
}

let shown = "";
async function refresh() {
  const text = await (await fetch("/control/state")).text();
  const next = JSON.parse(text);
  const same = JSON.stringify({ ...next, now: 0 });
  state = next;
  if (same === shown) byId("now").textContent = next.now;  // keep focus and scrolling while nothing happens
  else show();
  shown = same;
}

const COMMANDS = {
  orders: (node) => act("orders", { shop: shopName,
    count: Number(node.dataset.count === "many" ? byId("many").value : node.dataset.count) }),
  session: () => act("session", { shop: shopName, expired: true }),
  renew: () => act("session", { shop: shopName, expired: false }),
  calm: () => act("clear_faults"),
};
for (const node of document.querySelectorAll("[data-do]")) {
  node.onclick = () => COMMANDS[node.dataset.do](node).catch((error) => tell(String(error)));
}
byId("speed").onchange = () => act("speed", { per_minute: Number(byId("speed").value) });

async function watch() {
  try {
    await refresh();
    if (byId("notice").textContent.startsWith("连接中断")) tell("");
  } catch (error) {
    tell(`连接中断，正在重试 connection lost, retrying (${error.message})`);
  }
  setTimeout(watch, 2000);
}
watch();
