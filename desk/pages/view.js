// The log: messages in the order of the desk, the customer's own ones already before the desk has confirmed them.

import { choices, drawCard } from "./cards.js";
import { el, isWebAddress, moment } from "./dom.js";

const GAP = 5 * 60 * 1000;
const NAMES = { agent: "人工客服" };
// The desk takes a payload for one only if it was offered in the last ten messages of the assistant.
const OFFERS = 10;

export class View {
  // hooks: tap(button), say(text), pickFile(), file(uploadId) -> Promise<Blob>
  constructor(log, hooks) {
    this.frame = log;
    this.log = el("div");
    log.append(this.log);
    this.hooks = hooks;
    this.waiting = new Map();
    this.confirmed = new Set();
    this.lastAt = 0;
    this.dots = el("div", { className: "row bot" },
      el("div", { className: "bubble typing", attrs: { "aria-label": "对方正在输入" } }, el("i"), el("i"), el("i")));
    this.keepAtEnd();
  }

  // Pictures get their height late: whoever reads the end keeps reading the end.
  keepAtEnd() {
    let before = 0;
    this.stuck = true;
    this.frame.addEventListener("scroll", () => {
      if (this.atEnd()) this.stuck = true;
      else if (this.frame.scrollTop < before) this.stuck = false;
      before = this.frame.scrollTop;
    }, { passive: true });
    new ResizeObserver(() => { if (this.stuck) this.toEnd(); }).observe(this.log);
  }

  clear(...nodes) {
    this.waiting.clear();
    this.lastAt = 0;
    this.log.replaceChildren(...nodes);
  }

  greet(shop) {
    const words = `您好，这里是${shop}的智能客服小二。订单、物流、售后、商品和优惠的问题都可以直接问我。`;
    this.clear(el("div", { className: "row bot" }, el("div", { className: "bubble", text: words })));
  }

  add(message) {
    if (message.message_id) this.confirmed.add(message.message_id);
    const mine = message.message_id ? this.waiting.get(message.message_id) : undefined;
    if (mine) {
      mine.remove();
      this.waiting.delete(message.message_id);
    }
    const nodes = [];
    const at = new Date(message.at).getTime();
    if (at - this.lastAt > GAP) nodes.push(el("div", { className: "time", text: moment(message.at) }));
    this.lastAt = at;
    nodes.push(this.row(message));
    this.insert(nodes);
    this.age();
    if (this.stuck || mine) this.toEnd();
  }

  // Shows a message that is on its way, or replaces what is shown of it.
  pending(id, { text, preview, error, retry }) {
    if (this.confirmed.has(id)) return;
    const row = el("div", { className: "row customer" },
      preview ? el("div", { className: "media" }, preview) : null,
      text ? el("div", { className: "bubble", text }) : null);
    if (!error) row.classList.add("pending");
    else {
      const again = retry ? el("button", { text: "重试", attrs: { type: "button" }, on: { click: retry } }) : null;
      row.append(el("div", { className: "failed", attrs: { role: "alert" } }, el("span", { text: error }), again));
    }
    const before = this.waiting.get(id);
    if (before?.isConnected) before.replaceWith(row);
    else this.log.append(row);
    this.waiting.set(id, row);
    this.toEnd();
  }

  typing(on) {
    if (!on) this.dots.remove();
    else if (!this.dots.isConnected) {
      this.log.append(this.dots);
      this.toEnd();
    }
  }

  insert(nodes) {
    const first = [...this.waiting.values()].find((row) => row.isConnected) ?? (this.dots.isConnected ? this.dots : null);
    for (const node of nodes) this.log.insertBefore(node, first);
  }

  row(message) {
    const row = el("div", { className: `row ${message.author}`, attrs: { "data-id": message.id } });
    const context = { message, tap: this.hooks.tap, say: this.hooks.say, pickFile: this.hooks.pickFile };
    if (NAMES[message.author]) row.append(el("span", { className: "label", text: NAMES[message.author] }));
    const media = (message.attachments ?? []).map((each) => this.attachment(each));
    if (media.length) row.append(el("div", { className: "media" }, ...media));
    if (message.text) row.append(el("div", { className: "bubble", text: message.text }));
    if (message.image && isWebAddress(message.image)) row.append(this.picture(message.image));
    const card = drawCard(message.custom, context);
    if (card) row.append(card);
    const buttons = choices(message.buttons ?? [], context);
    if (buttons) row.append(buttons);
    return row;
  }

  attachment(each) {
    if (each.upload_id) {
      const holder = each.type === "file" ? el("a", { className: "file", text: "📄 文件", attrs: { download: "附件.pdf" } })
        : each.type === "video" ? el("video", { attrs: { controls: "", playsinline: "" } })
          : el("img", { attrs: { alt: "您发送的图片" } });
      this.hooks.file(each.upload_id).then((blob) => {
        const address = URL.createObjectURL(blob);
        if (each.type === "file") holder.href = address;
        else holder.src = address;
      }, () => holder.replaceWith(el("span", { className: "file", text: "文件暂时无法显示" })));
      return holder;
    }
    if (!isWebAddress(each.url)) return el("span", { className: "file", text: "附件" });
    if (each.type === "image") return this.picture(each.url);
    return el("a", { className: "file", text: each.type === "video" ? "🎬 视频" : "📄 文件", attrs: { href: each.url, target: "_blank", rel: "noopener noreferrer" } });
  }

  picture(address) {
    const picture = el("img", { attrs: { src: address, alt: "图片", referrerpolicy: "no-referrer" } });
    picture.addEventListener("error", () => picture.replaceWith(el("span", { className: "file", text: "图片暂时无法显示" })));
    return picture;
  }

  age() {
    const rows = [...this.log.querySelectorAll(".row.bot[data-id]")];
    for (const row of rows.slice(0, -OFFERS)) for (const button of row.querySelectorAll(".choices button")) button.disabled = true;
  }

  atEnd() {
    return this.frame.scrollHeight - this.frame.scrollTop - this.frame.clientHeight < 40;
  }

  toEnd() {
    this.stuck = true;
    this.frame.scrollTop = this.frame.scrollHeight;
  }
}
