// Who is writing: a token from the address, from before, an anonymous one, or a demo customer whom the visitor picks.

import { api, claims } from "./api.js";
import { el } from "./dom.js";
import { lasting, tab } from "./memory.js";

export const NO_SHOP = "链接里没有店铺信息，请从店铺、商品或订单页面重新进入。";
export const NO_ENTRY = "请先登录，再从店铺、商品或订单页面进入客服。";

// Takes the token out of the address, so that it is neither bookmarked nor shared.
export function tokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return null;
  history.replaceState(null, "", location.pathname + location.search);
  const { tenant } = claims(token);
  if (tenant) tab.set(`token.${tenant}`, token);
  return token;
}

// Whether it is still good, the desk says: the clocks of phones are often wrong.
export function remembered(merchant) {
  return tab.get(`token.${merchant}`) ?? lasting.get(`anonymous.${merchant}`);
}

export function forget(merchant) {
  tab.drop(`token.${merchant}`);
  lasting.drop(`anonymous.${merchant}`);
}

export async function enterAnonymously(merchant) {
  const token = await api.anonymousToken(merchant);
  lasting.set(`anonymous.${merchant}`, token);
  return token;
}

async function enterAs(customer, merchant) {
  const token = await api.demoToken(customer, merchant);
  tab.set(`token.${merchant}`, token);
  return token;
}

// Draws the demo mall's people, of one shop or of all; entered(token) is called with the one that is picked.
export function chooser(merchants, { entered, failed }) {
  const pick = (enter) => async (event) => {
    event.currentTarget.disabled = true;
    try {
      entered(await enter());
    } catch (error) {
      failed(error);
    }
  };
  const person = (merchant, each) => el("button", { attrs: { type: "button" }, on: { click: pick(() => enterAs(each.id, merchant.id)) } },
    el("span", { text: each.name + (each.vip_level ? ` · VIP${each.vip_level}` : "") }),
    el("small", { text: `${each.orders} 个订单` }));
  const nobody = (merchant) => el("button", { attrs: { type: "button" }, on: { click: pick(() => enterAnonymously(merchant.id)) } },
    el("span", { text: "匿名访客" }), el("small", { text: "无需登录" }));
  return el("div", { className: "chooser" },
    el("p", { className: "empty", text: "这是演示商城。请选择一位顾客，以其身份向店铺咨询：" }),
    ...merchants.filter((merchant) => merchant.customers.length || merchant.anonymous_allowed).map((merchant) => el("section", {},
      el("h2", { text: merchant.name }),
      el("div", { className: "people" }, ...merchant.customers.map((each) => person(merchant, each)), merchant.anonymous_allowed ? nobody(merchant) : null))));
}
