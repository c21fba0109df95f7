// Building elements. Everything that comes from outside becomes text, never markup.

export function el(tag, options = {}, ...children) {
  const { className, text, attrs = {}, on = {} } = options;
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined && text !== null) node.textContent = String(text);
  for (const [name, value] of Object.entries(attrs)) if (value !== undefined) node.setAttribute(name, value);
  for (const [name, handler] of Object.entries(on)) node.addEventListener(name, handler);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function isWebAddress(value) {
  try {
    return ["http:", "https:"].includes(new URL(String(value), location.href).protocol);
  } catch {
    return false;
  }
}

const clock = new Intl.DateTimeFormat("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
const day = new Intl.DateTimeFormat("zh-CN", { month: "long", day: "numeric", timeZone: "Asia/Shanghai" });

export function moment(value) {
  const at = new Date(value);
  const iso = typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(at.getTime());
  if (!iso) return value ? String(value) : "";
  const text = clock.format(at);
  return day.format(at) === day.format(new Date()) ? text : `${day.format(at)} ${text}`;
}

export function yuan(value) {
  if (value === undefined || value === null || value === "") return "";
  const number = Number(value);
  return Number.isFinite(number) ? `¥${number.toFixed(2)}` : String(value);
}
