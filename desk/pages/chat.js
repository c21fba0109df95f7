// The chat page: sends over REST, and learns everything else by asking the desk, so that it outlives any restart.

import { api, claims } from "./api.js";
import { el } from "./dom.js";
import { NO_ENTRY, NO_SHOP, chooser, enterAnonymously, forget, remembered, tokenFromAddress } from "./entry.js";
import { freshId, lasting } from "./memory.js";
import { View } from "./view.js";

const POLL = 3000;
const POLL_HIDDEN = 20000;
const PAGE = 200;
const STATES = { bot: "智能客服为您服务", queued: "正在为您转接人工客服", human: "人工客服为您服务", closed: "本次会话已结束" };

const query = new URLSearchParams(location.search);
const $ = (id) => document.getElementById(id);
const [log, form, input, sendButton, file] = ["log", "form", "text", "send", "file"].map($);

const state = { token: null, merchant: null, shop: "", sender: null, last: null, status: "bot", product: query.get("product"), order: query.get("order"), sending: 0, demo: false, round: 0 };
const view = new View(log, {
  tap: (button) => send({ text: button.payload, title: button.title }),
  say: (text) => send({ text }),
  pickFile: () => file.click(),
  file: (id) => api.file(state.token, id),
});

function notice(text) {
  $("notice").textContent = text ?? "";
  $("notice").hidden = !text;
}

function stop(text) {
  state.token = null;
  $("compose").hidden = true;
  $("banner").hidden = true;
  $("state").textContent = "";
  view.clear(el("p", { className: "empty", text }));
}

// --- entering -------------------------------------------------------------------------------------------------------

async function begin() {
  notice();
  const given = tokenFromAddress();
  state.merchant = query.get("merchant") ?? claims(given ?? "").tenant ?? null;
  try {
    const merchants = await api.demoMerchants();
    state.demo = merchants !== null;
    const token = state.merchant && (given ?? remembered(state.merchant));
    if (token) await enter(token);
    else if (merchants) choose(merchants);
    else if (!state.merchant) stop(NO_SHOP);
    else await enterWithoutAccount();
  } catch (error) {
    if (error.status === 404) stop("没有找到这家店铺，请检查链接。");
    else {
      stop(error.message);
      if (error.again) setTimeout(begin, POLL);
    }
  }
}

function choose(merchants) {
  const here = merchants.filter((each) => each.id === state.merchant);
  stop("");
  $("shop").textContent = "演示商城";
  $("switch").hidden = true;
  view.clear(chooser(here.length ? here : merchants, {
    entered: (token) => enter(token).catch((error) => notice(error.message)),
    failed: (error) => notice(error.message),
  }));
  view.stuck = false;
  log.scrollTop = 0;
}

async function enterWithoutAccount() {
  const shop = await api.merchant(state.merchant);
  if (shop.anonymous_allowed) await enter(await enterAnonymously(state.merchant));
  else stop(NO_ENTRY);
}

async function enter(token) {
  const { sub, tenant, role } = claims(token);
  const shop = await api.merchant(tenant ?? state.merchant);
  notice();
  const name = `sender.${shop.id}.${role ?? "consumer"}.${sub}`;
  const sender = lasting.get(name) ?? freshId();
  lasting.set(name, sender);
  Object.assign(state, { token, merchant: shop.id, shop: shop.name, sender, last: null, round: state.round + 1 });
  document.title = `${shop.name} · 在线客服`;
  $("shop").textContent = shop.name;
  $("switch").hidden = !state.demo;
  $("compose").hidden = false;
  view.greet(shop.name);
  showView();
  keepAsking(state.round);
  if (matchMedia("(hover: hover)").matches) input.focus();
}

async function leave(error) {
  const anonymous = claims(state.token ?? "").role === "anonymous";
  forget(state.merchant);
  if (state.demo || anonymous) {
    await begin();
    return;
  }
  state.token = null;
  $("compose").hidden = true;
  notice(error.message);
}

// --- asking the desk ------------------------------------------------------------------------------------------------

let wake = () => {};

async function keepAsking(round) {
  while (round === state.round && state.token) {
    try {
      await ask();
      notice();
    } catch (error) {
      if (round !== state.round) return;
      if (error.status === 401) {
        await leave(error);
        return;
      }
      notice("连接不稳定，正在重新连接…");
    }
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, document.hidden ? POLL_HIDDEN : POLL);
      wake = () => { clearTimeout(timer); resolve(); };
    });
  }
}

let asking = Promise.resolve();

// One question at a time: two answers to the same question would show every message twice.
function ask() {
  const next = asking.catch(() => {}).then(askOnce);
  asking = next;
  return next;
}

async function askOnce() {
  const { token, sender, round } = state;
  for (;;) {
    const answer = await api.conversation(token, sender, state.last);
    if (round !== state.round) return;
    const started = state.last !== null;
    for (const message of answer.messages) {
      view.add(message);
      state.last = Math.max(state.last ?? 0, message.id);
    }
    state.last ??= 0;
    show(answer.conversation);
    if (!started) view.toEnd();
    if (!started || answer.messages.length < PAGE) return;
  }
}

function show(conversation) {
  state.status = conversation?.status ?? "bot";
  $("state").textContent = STATES[state.status] ?? "";
  const banner = $("banner");
  const position = conversation?.queue_position;
  const words = state.status === "queued"
    ? `已为您转接人工客服，${position > 1 ? `前面还有 ${position - 1} 位，您排在第 ${position} 位` : "下一位就是您"}`
    : state.status === "human" ? "人工客服正在为您服务" : "";
  banner.hidden = !words;
  banner.classList.toggle("human", state.status === "human");
  if (words === banner.dataset.words) return;
  banner.dataset.words = words;
  const back = el("button", { text: state.status === "queued" ? "不等了" : "返回机器人", attrs: { type: "button" }, on: { click: () => send({ text: "返回机器人" }) } });
  banner.replaceChildren(el("span", { text: words }), back);
}

// --- sending --------------------------------------------------------------------------------------------------------

async function send({ text = "", title, upload, preview, id = freshId(), attachments }) {
  const shown = { text: title ?? text, preview };
  const again = () => send({ text, title, upload, preview, id, attachments });
  const { token, sender, round } = state;
  view.pending(id, shown);
  state.sending += 1;
  view.typing(state.status === "bot" || state.status === "closed");
  try {
    if (upload && !attachments) {
      const kept = await api.upload(token, upload);
      attachments = [{ type: kept.type, upload_id: kept.upload_id }];
    }
    const metadata = { message_id: id };
    if (attachments) metadata.attachments = attachments;
    if (state.product) metadata.product_id = state.product;
    if (state.order) metadata.order_no = state.order;
    await api.send(token, { sender, message: text, metadata });
    await ask();
  } catch (error) {
    if (round !== state.round) return;
    if (error.status === 401) await leave(error);
    else view.pending(id, { ...shown, error: error.message, retry: error.again ? again : undefined });
  } finally {
    state.sending -= 1;
    if (!state.sending) view.typing(false);
  }
}

function sendTyped() {
  const text = input.value.trim();
  if (!text || !state.token) return;
  input.value = "";
  fit();
  send({ text });
}

function fit() {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight + 2, 132)}px`;
  sendButton.disabled = !input.value.trim();
}

function preview(picked) {
  const kind = picked.type.split("/")[0];
  if (kind === "image") return el("img", { attrs: { src: URL.createObjectURL(picked), alt: "待发送的图片" } });
  return el("span", { className: "file", text: kind === "video" ? "🎬 视频" : `📄 ${picked.name}` });
}

function showView() {
  const words = state.order ? `正在咨询订单 ${state.order}` : state.product ? "正在咨询当前商品" : "";
  $("view").hidden = !words;
  const close = el("button", { text: "✕", attrs: { type: "button", "aria-label": "不再针对它咨询" }, on: { click: () => { state.order = state.product = null; showView(); } } });
  $("view").replaceChildren(el("span", { text: words }), close);
}

form.addEventListener("submit", (event) => { event.preventDefault(); sendTyped(); });
input.addEventListener("input", fit);
input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); sendTyped(); }
});
file.addEventListener("change", () => {
  for (const picked of file.files) send({ upload: picked, preview: preview(picked) });
  file.value = "";
});
$("switch").addEventListener("click", () => { forget(state.merchant); state.round += 1; begin(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
window.addEventListener("online", () => wake());
begin();
