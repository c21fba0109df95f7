// The desk's HTTP interface, as this page uses it.

export class Refused extends Error {
  constructor(status, code, message, retryAfter) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }
  get again() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const OFFLINE = "网络不太稳定，请检查网络后重试。";

async function call(path, { token, body, method, seconds = 45 } = {}) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  const form = body instanceof FormData;
  if (body && !form) headers["Content-Type"] = "application/json";
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  try {
    const response = await fetch(path, {
      method: method ?? (body ? "POST" : "GET"),
      headers,
      body: body && !form ? JSON.stringify(body) : body,
      signal: stop.signal,
    });
    if (response.ok) return response;
    const error = await response.json().then((data) => data.error, () => null);
    const wait = Number(response.headers.get("Retry-After")) || undefined;
    throw new Refused(response.status, error?.code ?? "unknown", error?.message ?? "服务暂时不可用，请稍后再试。", wait);
  } catch (error) {
    throw error instanceof Refused ? error : new Refused(0, "offline", OFFLINE);
  } finally {
    clearTimeout(timer);
  }
}

const json = async (path, options) => (await call(path, options)).json();

export const api = {
  merchant: (id) => json(`/api/v1/visitor/merchants/${encodeURIComponent(id)}`),
  anonymousToken: async (merchant) => (await json("/api/v1/visitor/token", { body: { merchant } })).token,
  demoMerchants: async () => {
    try {
      return (await json("/demo/customers")).merchants;
    } catch (error) {
      if (error.status === 404) return null;
      throw error;
    }
  },
  demoToken: async (customer_id, merchant_id) => (await json("/demo/token", { body: { customer_id, merchant_id } })).token,
  send: (token, body) => json("/webhooks/rest/webhook", { token, body }),
  conversation: (token, sender, after) => {
    const query = after === null ? "" : `?after=${after}`;
    return json(`/api/v1/visitor/conversations/${encodeURIComponent(sender)}${query}`, { token, seconds: 15 });
  },
  upload: (token, file) => {
    const body = new FormData();
    body.append("file", file);
    return json("/uploads", { token, body, seconds: 120 });
  },
  file: async (token, id) => (await call(`/uploads/${encodeURIComponent(id)}`, { token })).blob(),
};

export function claims(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (character) => character.charCodeAt(0))));
  } catch {
    return {};
  }
}
