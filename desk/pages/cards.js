// Cards: one function per type of the contract. Every field may be missing, and the text of the message stands alone.

import { el, isWebAddress, moment, yuan } from "./dom.js";

const text = (value) => (value === undefined || value === null ? "" : String(value));
const list = (value) => (Array.isArray(value) ? value.filter((each) => each && typeof each === "object") : []);
const card = (name, ...children) => el("section", { className: `card ${name}` }, ...children);
const split = (left, right, name = "tag") =>
  el("div", { className: "split" }, el("span", { text: left }), right ? el("span", { className: name, text: right }) : null);
const line = (value, name) => (value ? el("p", { className: name, text: value }) : null);

function pairs(value) {
  const entries = Array.isArray(value)
    ? list(value).map((each) => [each.label ?? each.name ?? each.title, each.value ?? each.text])
    : Object.entries(value && typeof value === "object" ? value : {});
  return entries.filter(([name, each]) => name !== undefined && each !== null && each !== undefined && typeof each !== "object");
}

function table(entries) {
  if (!entries.length) return null;
  return el("dl", {}, ...entries.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]));
}

function orderCard(data) {
  const lines = list(data.lines).map((each) => {
    const name = [each.product_name, each.variant].filter(Boolean).join(" · ");
    const price = [yuan(each.unit_price), each.quantity ? `×${each.quantity}` : ""].filter(Boolean).join(" ");
    return el("li", {}, split(text(name), price, "muted"));
  });
  return card("order",
    split(text(data.merchant_name) || "订单", text(data.state_text)),
    line(data.order_no && `订单号 ${data.order_no}`, "muted"),
    lines.length ? el("ul", { className: "lines" }, ...lines) : null,
    el("div", { className: "split" },
      el("span", { className: "muted", text: data.created_at ? `下单 ${moment(data.created_at)}` : "" }),
      el("span", { className: "price", text: yuan(data.amount) })));
}

const SHOWN_EVENTS = 3;

function trackCard(data) {
  const events = list(data.events).map((each, index) =>
    el("li", { attrs: index >= SHOWN_EVENTS ? { hidden: "" } : {} }, el("time", { text: moment(each.at) }), el("span", { text: text(each.text) })));
  const trace = el("ol", { className: "track" }, ...events);
  const more = el("button", {
    className: "more", text: `展开全部 ${events.length} 条`, attrs: { type: "button" },
    on: { click: () => { for (const event of events) event.hidden = false; more.remove(); } },
  });
  return card("logistics",
    split([data.carrier_name, data.waybill_no].filter(Boolean).join(" ") || "物流信息", text(data.state_text)),
    line(data.order_no && `订单号 ${data.order_no}`, "muted"),
    events.length ? trace : line("暂无物流轨迹", "muted"),
    events.length > SHOWN_EVENTS ? more : null);
}

function productCard(data) {
  return card("product",
    el("h2", { text: text(data.name) || "商品" }),
    el("div", { className: "split" },
      el("span", { className: "price", text: yuan(data.price) }),
      el("span", { className: "muted", text: text(data.stock_text) })),
    data.payable ? split(data.pieces > 1 ? `到手价（${data.pieces} 件）` : "到手价", yuan(data.payable), "price") : null,
    table(pairs(data.attributes)),
    link(data.url, "去下单"));
}

// A link that leads out of the conversation; only to the web, whatever the card says.
function link(address, title) {
  if (!address || !isWebAddress(address)) return null;
  return el("a", { className: "more", text: title, attrs: { href: address, target: "_blank", rel: "noopener noreferrer" } });
}

function couponCard(data) {
  const coupons = list(data.coupons);
  if (!coupons.length) return null;
  return card("coupons", el("ul", { className: "lines" }, ...coupons.map((each) => el("li", {},
    split(text(each.name), text(each.state_text)),
    line([Number(each.threshold) ? `满 ${yuan(each.threshold)} 减 ${yuan(each.discount)}` : `减 ${yuan(each.discount)}`,
      each.ends_at && `${moment(each.ends_at)} 到期`].filter(Boolean).join(" · "), "muted"),
    line(each.note, "muted")))));
}

function comparisonCard(data) {
  const products = list(data.products ?? data.items);
  if (!products.length) return null;
  const attributes = products.map((each) => Object.fromEntries(pairs(each.attributes)));
  const names = [...new Set(attributes.flatMap(Object.keys))];
  const row = (name, cells) => el("tr", {}, el("th", { text: name, attrs: { scope: "row" } }), ...cells.map((cell) => el("td", { text: text(cell) })));
  return card("comparison", el("div", { className: "scroll" }, el("table", {},
    row("商品", products.map((each) => each.name)),
    row("价格", products.map((each) => yuan(each.price))),
    ...(products.some((each) => each.stock_text) ? [row("库存", products.map((each) => each.stock_text))] : []),
    ...names.map((name) => row(name, attributes.map((each) => each[name]))))));
}

function knowledgeCard(data, context) {
  const source = data.source && typeof data.source === "object" ? data.source.name ?? data.source.title : data.source;
  const answer = text(data.answer);
  if (answer && (context.message.text ?? "").includes(answer)) return null; // the words say it all already
  return card("knowledge",
    line(text(data.question), "muted"),
    line(answer),
    line(source && `来自${source}`, "muted"));
}

function afterSaleCard(data) {
  return card("after-sale",
    split(text(data.kind_text) || "售后", text(data.state_text)),
    line(data.after_sale_no && `售后单号 ${data.after_sale_no}`, "muted"),
    line(data.order_no && `订单号 ${data.order_no}`, "muted"),
    el("div", { className: "split" },
      el("span", { className: "muted", text: data.created_at ? `申请 ${moment(data.created_at)}` : "" }),
      Number(data.amount) ? el("span", { className: "price", text: yuan(data.amount) }) : null));
}

function invoiceCard(data) {
  return card("invoice",
    split("发票", text(data.state_text)),
    line(text(data.title)),
    line(data.order_no && `订单号 ${data.order_no}`, "muted"));
}

function ticketCard(data) {
  return card("ticket",
    split(text(data.title) || "工单", text(data.state_text)),
    line(data.ticket_no && `工单号 ${data.ticket_no}`, "muted"),
    line(data.order_no && `订单号 ${data.order_no}`, "muted"));
}

function summaryCard(data, context) {
  const fields = list(data.fields);
  const words = context.message.text ?? "";
  if (fields.length && fields.every((each) => words.includes(text(each.value)))) return null; // the words show it all already
  const known = data.fields ?? data.items ?? data.rows ?? data.slots ?? data.values;
  const rest = Object.fromEntries(Object.entries(data).filter(([name]) => !["type", "title", "form", "note"].includes(name)));
  return card("summary", el("h2", { text: text(data.title) || "请核对" }), table(pairs(known ?? rest)), line(text(data.note), "muted"));
}

function ratingCard(data, context) {
  if (context.message.buttons?.length) return null;
  if (Array.isArray(data.options)) return questionCard(data, context);
  const stars = [1, 2, 3, 4, 5].map((count) => el("button", {
    text: "★", attrs: { type: "button", "aria-label": `${count} 星` },
    on: { click: () => { for (const each of stars) each.disabled = true; context.say(`${count}星`); } },
  }));
  return el("div", { className: "card rating" }, line("请为本次服务打分", "muted"), el("div", { className: "stars" }, ...stars));
}

function questionCard(data, context) {
  if (context.message.buttons?.length) return null;
  const options = (Array.isArray(data.options) ? data.options : []).map((each) =>
    typeof each === "object" && each ? { title: text(each.title ?? each.label ?? each.value), payload: text(each.payload ?? each.value ?? each.title) } : { title: text(each), payload: text(each) });
  const shown = choices(options.filter((each) => each.title), context);
  if (data.slot !== "photo") return shown;
  const button = el("button", { text: "上传图片", attrs: { type: "button" }, on: { click: context.pickFile } });
  return el("div", { className: "choices" }, button, ...(shown ? [...shown.children] : []));
}

export function choices(buttons, context) {
  if (!buttons.length) return null;
  return el("div", { className: "choices" }, ...buttons.map((button) => el("button", {
    text: button.title, attrs: { type: "button" },
    on: { click: () => context.tap(button) },
  })));
}

const CARDS = {
  order_card: orderCard, logistics_track: trackCard, product_card: productCard, product_comparison: comparisonCard,
  coupon_card: couponCard, after_sale_card: afterSaleCard, invoice_card: invoiceCard, ticket_card: ticketCard,
  knowledge_answer: knowledgeCard, form_summary: summaryCard, rating: ratingCard, form_question: questionCard,
  handoff: () => null, // the banner shows it, with the position of this moment
};

// Returns the element of a message's card, or null: a broken card must not take the text with it.
export function drawCard(custom, context) {
  const draw = custom && typeof custom === "object" && Object.hasOwn(CARDS, custom.type) ? CARDS[custom.type] : null;
  if (!draw) return null;
  try {
    return draw(custom, context);
  } catch (error) {
    console.error("card", custom.type, error);
    return null;
  }
}
