// SPDX-License-Identifier: Apache-2.0
// What stays on this device: orders, drafts, what waits to be sent, photographs. Each examiner has a database of his own, and
// all in it is encrypted under a key that the house gives at sign-in and that is dropped at sign-out.
"use strict";

const Store = {
  STORES: ["keys", "orders", "drafts", "outbox", "files"],
  database: null,
  key: null,
  owner: null,

  async open(owner) {
    if (Store.owner === owner) return;
    Store.database?.close();
    Store.database = await new Promise((good, bad) => {
      const asked = indexedDB.open(`cocket-pocket-${owner}`, 1);
      asked.onupgradeneeded = () => { for (const name of Store.STORES) asked.result.createObjectStore(name); };
      asked.onsuccess = () => good(asked.result);
      asked.onerror = () => bad(asked.error);
    });
    Store.owner = owner;
    Store.key = (await Store.run("keys", "readonly", (all) => all.get("key"))) ?? null;
  },

  run(name, mode, ask) {
    return new Promise((good, bad) => {
      const turn = Store.database.transaction(name, mode, { durability: "strict" });
      const asked = ask(turn.objectStore(name));
      turn.oncomplete = () => good(asked?.result);
      turn.onabort = turn.onerror = () => bad(turn.error);
    });
  },

  async setKey(hex) {
    const raw = Uint8Array.from(hex.match(/../g), (two) => parseInt(two, 16));
    Store.key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
    await Store.run("keys", "readwrite", (all) => all.put(Store.key, "key"));
  },

  async forgetKey() {
    Store.key = null;
    if (Store.database) await Store.run("keys", "readwrite", (all) => all.delete("key"));
  },

  async putBytes(name, id, bytes) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${name} ${id}`) }, Store.key, bytes);
    await Store.run(name, "readwrite", (all) => all.put({ iv, data }, id));
  },

  // The bytes; null if they are not there, or were changed.
  async getBytes(name, id) {
    const kept = await Store.run(name, "readonly", (all) => all.get(id));
    if (!kept) return null;
    try {
      return await crypto.subtle.decrypt({ name: "AES-GCM", iv: kept.iv, additionalData: new TextEncoder().encode(`${name} ${id}`) }, Store.key, kept.data);
    } catch { return null; }
  },

  put: (name, id, value) => Store.putBytes(name, id, new TextEncoder().encode(JSON.stringify(value))),

  async get(name, id) {
    const bytes = await Store.getBytes(name, id);
    return bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
  },

  async all(name) {
    const ids = await Store.run(name, "readonly", (all) => all.getAllKeys());
    const found = await Promise.all(ids.map((id) => Store.get(name, id)));
    return found.filter((one) => one !== null);
  },

  remove: (name, id) => Store.run(name, "readwrite", (all) => all.delete(id)),
  count: (name) => Store.run(name, "readonly", (all) => all.count()),

  async digest(bytes) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  },
};
