// What the browser remembers; where it may remember nothing, the page does until it is closed.

class Memory {
  constructor(pick) {
    this.values = new Map();
    try {
      this.store = pick();
    } catch {
      this.store = null;
    }
  }

  get(name) {
    try {
      return this.store?.getItem(`xiaoer.${name}`) ?? this.values.get(name) ?? null;
    } catch {
      return this.values.get(name) ?? null;
    }
  }

  set(name, value) {
    this.values.set(name, value);
    try {
      this.store?.setItem(`xiaoer.${name}`, value);
    } catch {
      // full or forbidden: the copy above serves until the page is closed
    }
  }

  drop(name) {
    this.values.delete(name);
    try {
      this.store?.removeItem(`xiaoer.${name}`);
    } catch {
      // forbidden: there is nothing to remove
    }
  }
}

export const lasting = new Memory(() => window.localStorage);
export const tab = new Memory(() => window.sessionStorage);

export function freshId() {
  // crypto.randomUUID exists in secure contexts only; shops try the page on plain addresses of their own network.
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
