// SPDX-License-Identifier: Apache-2.0
// The examiner's pocket: my orders, an order, what was found, photographs, and what waits to be sent. Every tap is kept at once.
"use strict";

const said = JSON.parse(document.getElementById("said").dataset.said);
const entry = JSON.parse(document.getElementById("said").dataset.entry);
const offences = JSON.parse(document.getElementById("said").dataset.offences);
const speech = document.documentElement.lang;
const hasComma = new Intl.NumberFormat(speech).format(1.5).includes(",");
const main = document.getElementById("main");
const net = document.getElementById("net");
const local = {
  get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
  set: (name, value) => { try { if (value === null) localStorage.removeItem(name); else localStorage.setItem(name, value); } catch { /* nothing is kept */ } },
};

const state = { orders: new Map(), drafts: new Map(), outbox: new Map(), csrf: null, name: "", since: null, isIn: false, again: false, problem: "" };

// Words and drawing
const say = (name, places = {}) => said[name].replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
const number = (value) => new Intl.NumberFormat(speech).format(value);
const time = (moment) => new Intl.DateTimeFormat(speech, { hour: "2-digit", minute: "2-digit" }).format(new Date(moment));
const day = (moment) => new Intl.DateTimeFormat(speech, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(moment));

function left(due) {
  const minutes = Math.floor((new Date(due) - Date.now()) / 60000);
  if (minutes < 0) return say("late");
  return minutes < 60 ? say("minutes", { count: minutes }) : minutes < 2880 ? say("hours", { count: Math.floor(minutes / 60) }) : say("days", { count: Math.floor(minutes / 1440) });
}

function h(name, marks = {}, ...inside) {
  const made = document.createElement(name);
  for (const [mark, value] of Object.entries(marks)) {
    if (mark.startsWith("on")) made.addEventListener(mark.slice(2), value);
    else if (value === true) made.setAttribute(mark, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(mark, value);
  }
  made.append(...inside.flat(Infinity).filter((one) => one !== null && one !== undefined && one !== false && one !== "").map((one) => (one instanceof Node ? one : String(one))));
  return made;
}

const card = (...inside) => h("section", { class: "card" }, ...inside);
const act = (text, does, kind = "act") => h("button", { type: "button", class: kind, "data-key": text, onclick: does }, text);
const go = (...where) => { location.hash = where.map(encodeURIComponent).join("/"); };

function field(id, label, input, hint, problem) {
  input.id = id;
  if (problem) { input.setAttribute("aria-invalid", "true"); }
  if (problem || hint) input.setAttribute("aria-describedby", `${id}-said`);
  return h("div", { class: problem ? "field wrong" : "field" }, h("label", { for: id }, label), input, (problem || hint) && h("p", { class: problem ? "problem" : "hint", id: `${id}-said` }, problem || hint));
}

function segments(name, label, options, chosen, choose) {
  return h("span", { class: "seg", role: "radiogroup", "aria-label": label }, options.map(([value, text, isBad]) =>
    h("label", { class: isBad ? "bad" : null }, h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => choose(value) }), h("span", {}, text))));
}

function counter(id, label, value, change) {
  const input = h("input", { id, inputmode: "numeric", "aria-label": label, value: value ?? "", maxlength: 7 });
  const step = (by) => { input.value = Math.max(0, (Number(input.value) || 0) + by); change(input.value); };
  input.addEventListener("change", () => { input.value = /^\d*$/.test(input.value.trim()) ? input.value.trim() : ""; change(input.value); });
  return h("span", { class: "count" }, h("button", { type: "button", "aria-label": say("less", { what: label }), onclick: () => step(-1) }, "−"), input, h("button", { type: "button", "aria-label": say("more", { what: label }), onclick: () => step(1) }, "+"));
}

function select(options, chosen, choose, marks = {}) {
  return h("select", { ...marks, onchange: (event) => choose(event.target.value) }, options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
}

// Drafts: kept at every tap
function draftOf(order) {
  let draft = state.drafts.get(order.id);
  if (!draft) {
    draft = { id: crypto.randomUUID(), order: order.id, basis: order.basis, containers: {}, seals: {}, counted: "", opened: "", items: {}, offence: "", note: "", depth: "full", files: [] };
    state.drafts.set(order.id, draft);
  }
  return draft;
}

async function keep(draft) {
  try {
    await Store.put("drafts", draft.order, draft);
    state.problem = "";
  } catch { state.problem = say("not_kept"); drawNet(); }
}

const waiting = () => [...state.outbox.values()].filter((one) => one.state !== "sent");

function countWaiting() {
  if (!Store.key) return Number(local.get("pocket-waits") ?? 0);
  const files = [...state.drafts.values()].reduce((sum, one) => sum + one.files.filter((file) => file.state === "waits").length, 0);
  const drafts = [...state.drafts.values()].filter(isBegun).length;
  local.set("pocket-waits", waiting().length + files + drafts ? String(waiting().length + files + drafts) : null);
  return waiting().length + files;
}

const isBegun = (draft) => Boolean(draft.files.length || draft.counted !== "" || draft.note || draft.offence || Object.keys(draft.containers).length || Object.keys(draft.seals).length || Object.keys(draft.items).length);

function drawNet() {
  const count = countWaiting();
  const waits = count ? say("waits", { count: number(count) }) : say("nothing_waits");
  net.className = state.since || !state.isIn || state.problem ? "net" : "net ok";
  net.replaceChildren(...(state.problem ? [state.problem] : !state.isIn ? [h("a", { href: "/sign-in?next=%2Fpocket" }, say("sign_in")), ` ${waits}`] : state.since ? [`${say("offline", { time: time(state.since) })} ${waits}`] : [`${say("online")} ${waits}`]));
}

// The house
class AwayError extends Error {}
class SignInError extends Error {}

async function ask(path, how = {}) {
  let answer;
  try { answer = await fetch(path, { ...how, redirect: "manual", cache: "no-store", headers: { ...how.headers, ...(state.csrf ? { "x-csrf-token": state.csrf } : {}) } }); } catch { throw new AwayError(); }
  if (answer.type === "opaqueredirect") throw new SignInError();
  const isJson = answer.headers.get("content-type")?.startsWith("application/json");
  if (answer.status >= 500 || answer.status === 429 || (!isJson && !answer.ok)) throw new AwayError(isJson ? (await answer.json()).said : "");
  return { status: answer.status, told: await answer.json() };
}

async function fetchOrders() {
  const known = [...state.orders.values()].map((one) => one.version).join(",");
  const { status, told } = await ask(`/pocket/orders.json?known=${encodeURIComponent(known)}`);
  if (status !== 200) { state.problem = told.said; return; }
  if (Store.owner !== told.officer.id) { await Store.open(told.officer.id); await load(told.key, known !== ""); if (known) return fetchOrders(); }
  if (!Store.key) await load(told.key, false);
  Object.assign(state, { csrf: told.csrf, name: told.officer.name, isIn: true, since: null, problem: "" });
  local.set("pocket-owner", told.officer.id);
  local.set("pocket-ahead", String(Date.now() - Date.parse(told.now)));
  const stands = new Set(told.versions);
  for (const order of told.orders) { state.orders.set(order.id, order); await Store.put("orders", order.id, order); }
  for (const order of [...state.orders.values()]) {
    if (stands.has(order.version) || told.orders.includes(order)) continue;
    const draft = state.drafts.get(order.id);
    if ((draft && isBegun(draft)) || waiting().some((one) => one.order === order.id)) { order.gone = true; continue; }
    state.orders.delete(order.id);
    await Store.remove("orders", order.id);
  }
}

// Open what an examiner has on this device, with the key that the house gave or that is still here.
async function load(key, forget) {
  if (key) await Store.setKey(key);
  if (forget) { state.orders.clear(); }
  if (!Store.key) return;
  const [orders, drafts, outbox] = [await Store.all("orders"), await Store.all("drafts"), await Store.all("outbox")];
  // All at once: an order that is opened before its draft is there would begin an empty one, and write it over this.
  state.orders = new Map(orders.map((one) => [one.id, one]));
  state.drafts = new Map(drafts.map((one) => [one.order, one]));
  state.outbox = new Map(outbox.map((one) => [one.id, one]));
  for (const one of [...state.outbox.values()]) {
    if (one.state === "sent" && Date.now() - new Date(one.made) > 86400000) { state.outbox.delete(one.id); await Store.remove("outbox", one.id); }
  }
}

async function sendFile(order, file) {
  const bytes = await Store.getBytes("files", file.id);
  if (bytes === null || (await Store.digest(bytes)) !== file.sha256) { file.state = "changed"; return; }
  const asked = new URLSearchParams({ id: file.id, name: file.name, sha256: file.sha256, kind: file.kind, taken: file.taken, ...(file.verdict ? { verdict: file.verdict } : {}) });
  const { status, told } = await ask(`/pocket/orders/${encodeURIComponent(order)}/files?${asked}`, { method: "POST", body: bytes, headers: { "content-type": "application/octet-stream" } });
  if (status === 200) { Object.assign(file, { state: "sealed", record: told.record, place: told.place }); await Store.remove("files", file.id); }
  else if (told.code === "evidence-digest") file.state = "changed";
  else Object.assign(file, { state: "refused", said: told.said });
}

async function sendResult(entry) {
  const changed = entry.files.filter((file) => file.state !== "sealed");
  if (changed.length && !entry.without) { Object.assign(entry, { state: "refused", said: say("photo_changed") }); return; }
  const body = { ...entry.body, files: entry.files.filter((file) => file.record).map((file) => file.record), ...(entry.answer ? { answer: entry.answer } : {}) };
  const { status, told } = await ask(`/pocket/orders/${encodeURIComponent(entry.order)}/results`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  if (status === 200) Object.assign(entry, { state: "sent", kept: told.kept, record: told.record, sent: new Date().toISOString() });
  else if (status === 409) Object.assign(entry, { state: "conflict", conflict: told });
  else Object.assign(entry, { state: "refused", said: told.said });
}

async function send() {
  for (const draft of state.drafts.values()) {
    for (const file of draft.files.filter((one) => one.state === "waits")) { await sendFile(draft.order, file); await keep(draft); drawSoftly(); }
  }
  for (const entry of [...state.outbox.values()].filter((one) => one.state === "waits")) {
    for (const file of entry.files.filter((one) => one.state === "waits")) { await sendFile(entry.order, file); await Store.put("outbox", entry.id, entry); }
    await sendResult(entry);
    await Store.put("outbox", entry.id, entry);
    if (entry.state === "sent" && entry.body.depth !== "not-examined") { state.orders.delete(entry.order); await Store.remove("orders", entry.order); }
  }
}

let running = null;

function sync() {
  if (running) state.again = true;
  running ??= exchange().finally(() => { running = null; });
  return running;
}

async function exchange() {
  try {
    do { state.again = false; await fetchOrders(); if (state.isIn) await send(); } while (state.again);
  } catch (error) {
    if (error instanceof AwayError && error.message) state.problem = error.message;
    else if (error instanceof AwayError) state.since ??= new Date().toISOString();
    else if (error instanceof SignInError) { state.isIn = false; state.orders.clear(); state.drafts.clear(); await Store.forgetKey(); }
    else { state.problem = say("not_kept"); console.error(error); }
  }
  drawSoftly();
}

// Screens
function head(title, right, back) {
  document.title = `${title} – Cocket`;
  return h("header", { class: "top" }, back && h("a", { href: `#${back.map(encodeURIComponent).join("/")}`, "aria-label": say("back") }, `‹ ${say("back")}`), h("h1", {}, title), h("span", { class: "push" }, right));
}

const dock = (...acts) => h("div", { class: "dock" }, acts.length > 1 ? h("div", { class: "two" }, ...acts) : acts);

function job(order) {
  const sent = waiting().find((one) => one.order === order.id);
  const words = sent ? say(`is_${sent.state}`) : order.gone ? say("is_gone") : order.due ? left(order.due) : "";
  return h("li", { class: "card" }, h("a", { class: "job", href: sent && sent.state === "conflict" ? `#conflict/${sent.id}` : `#order/${order.id}` },
    h("span", { class: "l1" }, h("span", { class: `lane ${order.lane}` }, h("b", { "aria-hidden": "true" }, order.letter), h("span", { class: "unseen" }, order.lane_name)), h("bdi", {}, order.title), h("span", { class: "push strong" }, words)),
    h("span", { class: "l2" }, order.look),
    h("span", { class: "l3" }, [order.containers.map((box) => Rules.spaced(box.number)).slice(0, 2).join(", "), order.goods, order.examiner === null ? say("with_nobody") : ""].filter(Boolean).join(" · "))));
}

function drawOrders() {
  const orders = [...state.orders.values()].filter((one) => !one.gone || waiting().some((sent) => sent.order === one.id) || state.drafts.has(one.id)).sort((one, other) => (one.due ?? "9").localeCompare(other.due ?? "9") || one.title.localeCompare(other.title));
  return [
    head(say("my_orders"), h("details", { class: "menu" }, h("summary", {}, state.name || say("menu")), h("div", { class: "sheet" }, h("a", { href: "#waiting" }, say("on_this_phone")), h("a", { href: "/queue" }, say("to_queue")), act(say("sign_out"), signOut, "plain")))),
    h("div", { class: "in" }, orders.length ? h("ul", { class: "jobs" }, orders.map(job)) : h("p", { class: "card" }, state.isIn ? say("no_orders") : say("locked"))),
    dock(act(say("scan"), () => go("scan"))),
  ];
}

function tickContainer(order, draft, box) {
  const tick = draft.containers[box.number] ?? {};
  const choose = (chosen) => { draft.containers[box.number] = { ...draft.containers[box.number], state: chosen }; keep(draft); draw(); };
  return [
    h("li", {}, h("span", {}, h("span", { class: "says figure" }, Rules.spaced(box.number)), h("small", {}, tick.read ? say(`read_${tick.read}`) : say("container"))), segments(`c-${box.number}`, `${say("container")} ${box.number}`, [["here", say("here")], ["other", say("other"), true], ["absent", say("absent"), true]], tick.state, choose)),
    tick.state === "other" && h("li", { class: "whole" }, field(`co-${box.number}`, say("other_number"), h("input", { value: tick.found ?? "", maxlength: 17, autocapitalize: "characters", onchange: (event) => { const text = event.target.value.trim().toUpperCase(); draft.containers[box.number] = { ...draft.containers[box.number], found: Rules.container(text)?.number ?? text }; keep(draft); draw(); } }), null, judgeBox(box.number, tick)[0]?.says)),
    box.seals.map((seal) => tickSeal(draft, box, seal)),
  ];
}

function tickSeal(draft, box, seal) {
  const name = `${box.number} ${seal}`;
  const tick = draft.seals[name] ?? {};
  const set = (more) => { draft.seals[name] = { ...draft.seals[name], number: seal, container: box.number, ...more }; keep(draft); };
  return [
    h("li", {}, h("span", {}, h("span", { class: "says figure" }, seal), h("small", {}, say("seal"))), segments(`s-${name}`, `${say("seal")} ${seal}`, [["whole", say("whole")], ["cut", say("cut"), true], ["other", say("other"), true], ["absent", say("absent"), true]], tick.state, (chosen) => { set({ state: chosen }); draw(); })),
    tick.state === "other" && h("li", { class: "whole" }, field(`so-${name}`, say("other_number"), h("input", { value: tick.found ?? "", maxlength: 40, onchange: (event) => { set({ found: event.target.value.trim() }); draw(); } }), null, judgeSeal(seal, tick)[0]?.says)),
  ];
}

// What the rules of entry say of a draft. A rule that asks is asked once: what was confirmed is not asked again while it stands.
const sentence = (text) => { const one = text.slice(0, 1).toLocaleUpperCase(speech) + text.slice(1); return /[.!?؟]$/.test(one) ? one : `${one}.`; };
const wordsOf = (rule, facts) => sentence(rule.message.replace(/\{(\w+)\}/g, (whole, place) => { const told = facts[place]; return told === null || told === undefined ? whole : /^\d+(\.\d+)?$/.test(told) ? number(told) : told; }));
const judge = (scope, facts, of = null) => Rules.broken(entry.rules, scope, { ...facts, ...entry.known }).map((rule) => ({ code: rule.code, field: rule.field, scope, of, asks: rule.severity === "warning", says: rule.code === "result-order" ? say("clock_ahead") : wordsOf(rule, facts) }));
const figureOf = (text) => { const told = text ? Rules.decimal(text, hasComma) : null; return told !== null && new RegExp(`^(?:${entry.figure})$`).test(told) ? told : null; };
const unitOf = (item, found) => found.unit ?? item.units[0]?.[0] ?? null;

function itemFacts(item, found) {
  const quantity = figureOf(found.quantity);
  const unit = unitOf(item, found);
  const share = item.units.find(([code]) => code === unit)?.[2];
  return {
    item: String(item.number), example: number(3200.5), quantity, quantity_text: found.quantity, unit: item.units.find(([code]) => code === unit)?.[1] ?? unit, declared: item.units[0]?.[1] ?? item.unit, declared_quantity: item.quantity,
    compared: item.quantity !== null && !item.unit ? quantity : Rules.times(quantity, share),
    value: figureOf(found.value), value_text: found.value, currency: found.currency ?? item.currency, declared_value: item.value, declared_currency: item.currency,
    classification: found.classification, declared_classification: item.code, origin: found.origin, declared_origin: item.origin, description: found.description,
  };
}

const judgeItem = (item, found) => judge("item", itemFacts(item, found), String(item.number));
const judgeBox = (of, tick) => (tick?.state === "other" ? judge("container", { found: tick.found }, of) : []);
const judgeSeal = (of, tick) => (tick?.state === "other" ? judge("seal", { found: tick.found }, of) : []);
const dayOf = (moment) => Math.floor(moment / 86400000);

function resultFacts(order, draft, conclusion) {
  const isSeen = conclusion !== "not-examined";
  const odd = [...Object.entries(draft.containers).filter(([, tick]) => tick.state !== "here").map(([of]) => of), ...Object.values(draft.seals).filter((tick) => tick.state !== "whole").map((tick) => tick.number)];
  return {
    conclusion, offence: conclusion === "irregular" ? draft.offence : null, days_ahead: isSeen ? dayOf(Date.now()) - dayOf(Date.now() - Number(local.get("pocket-ahead") ?? 0)) : null,
    counted: isSeen && draft.counted !== "" ? draft.counted : null, declared: order.packages, opened: isSeen && draft.opened !== "" ? draft.opened : null, number: odd[0] ?? null, note: draft.note,
  };
}

function judgeAll(order, draft, conclusion) {
  const isSeen = conclusion !== "not-examined";
  return [
    ...judge("result", resultFacts(order, draft, conclusion)),
    ...(isSeen ? Object.entries(draft.containers).flatMap(([of, tick]) => judgeBox(of, tick)) : []),
    ...(isSeen ? Object.values(draft.seals).flatMap((tick) => judgeSeal(tick.number, tick)) : []),
    ...(conclusion === "irregular" ? order.items.flatMap((item) => (draft.items[item.number] ? judgeItem(item, draft.items[item.number]) : [])) : []),
  ];
}

const hasKept = (draft, one) => (draft.confirmed ?? []).some((kept) => kept.code === one.code && kept.of === one.of && kept.says === one.says);
const inWords = (one) => one && h("p", { class: one.asks ? "problem asks" : "problem" }, one.says);

function closedBecause(order, draft) {
  const facts = resultFacts(order, draft, "conform");
  const why = judge("result", facts).find((one) => one.code === "result-counted" || one.code === "result-equipment");
  if (!why) return null;
  if (why.code === "result-equipment") return say("closed_tick", { number: facts.number });
  const more = Number(facts.counted) - facts.declared;
  return more > 0 ? say("closed_more", { count: number(more) }) : say("closed_less", { count: number(-more) });
}

function drawOrder(id) {
  const order = state.orders.get(id);
  if (!order) return drawMissing();
  const draft = draftOf(order);
  const why = closedBecause(order, draft);
  const counted = (value) => { draft.counted = value; keep(draft); draw(); };
  const sent = waiting().find((one) => one.order === id);
  return [
    head(order.title, order.due ? left(order.due) : "", ["orders"]),
    h("div", { class: "in" },
      order.gone && h("p", { class: "card problem" }, say("gone")),
      card(h("h2", {}, order.look), order.because.length > 0 && h("ol", { class: "because" }, order.because.map((one) => h("li", {}, one))), order.stake && h("p", { class: "l3" }, order.stake), order.tasks.length > 0 && h("ul", { class: "todo" }, order.tasks.map((one) => h("li", {}, one)))),
      card(h("h2", {}, say("tick")), h("ul", { class: "ticks" },
        order.containers.map((box) => tickContainer(order, draft, box)),
        h("li", {}, h("span", {}, h("span", { class: "says" }, say("packages")), h("small", {}, order.packages === null ? say("not_declared") : say("declared", { value: number(order.packages) }))), counter("counted", say("packages_counted"), draft.counted, counted)),
        h("li", {}, h("span", {}, h("span", { class: "says" }, say("opened"))), counter("opened", say("opened"), draft.opened, (value) => { draft.opened = value; keep(draft); draw(); }))),
      judge("result", resultFacts(order, draft, draft.offence ? "irregular" : "conform")).filter((one) => one.field === "opened" || (one.field === "counted" && one.asks)).map(inWords),
      why && h("p", { class: "problem", id: "why-closed" }, why)),
      card(h("h2", {}, say("goods")), h("ul", { class: "goods" }, order.items.map((item) => h("li", {}, h("b", {}, `${item.number} `), item.goods ?? "–", h("small", {}, [item.code, item.origin, item.quantity_said, item.value_said].filter(Boolean).join(" · ")))), order.left_out ? h("li", {}, say("left_out", { count: order.left_out })) : null)),
      h("p", { class: "links" }, h("a", { href: `#photos/${id}` }, `${say("photos")} (${draft.files.length})`), h("a", { href: `/consignments/${encodeURIComponent(order.consignment)}` }, say("dossier")))),
    sent ? dock(act(say("on_this_phone"), () => go("waiting"))) : dock(h("button", { type: "button", class: "button", "data-key": "nothing", disabled: Boolean(why), "aria-describedby": why ? "why-closed" : null, onclick: () => go("nothing", id) }, say("nothing_found")), act(say("something_found"), () => go("found", id))),
  ];
}

const depths = () => [["full", say("full")], ["partial", say("partial")], ["scan", say("scan_depth")], ["documents", say("documents")]];
const depthOf = (draft, options = depths()) => segments("depth", say("how_deep"), options, draft.depth, (chosen) => { draft.depth = chosen; keep(draft); });

function drawNothing(id) {
  const order = state.orders.get(id);
  if (!order) return drawMissing();
  const draft = draftOf(order);
  const why = closedBecause(order, draft);
  const ticks = [...Object.keys(draft.containers).map(Rules.spaced), ...Object.values(draft.seals).map((one) => one.number)];
  const seen = [ticks.length ? say("seen_ticks", { list: ticks.join(", ") }) : say("seen_none"), draft.counted !== "" ? say("seen_count", { counted: number(Number(draft.counted)), declared: order.packages === null ? "–" : number(order.packages) }) : "", draft.files.length ? say("seen_photos", { count: draft.files.length }) : ""].filter(Boolean);
  return [
    head(order.title, order.due ? left(order.due) : "", ["order", id]),
    h("div", { class: "in" }, card(h("p", { class: "strong" }, order.look))),
    h("div", { class: "dock sheet" }, h("h2", {}, say("nothing_found_q")), why ? h("p", { class: "problem" }, why) : h("p", {}, `${say("recorded_as")} ${seen.join(" ")}`), h("p", {}, say("how_deep"), " ", depthOf(draft)), h("p", { class: "hint" }, say("not_looked")),
      !why && act(say("yes_nothing"), () => record(order, draft, { found: false })), h("div", { class: "two" }, act(say("back"), () => go("order", id), "button"), act(say("not_examined"), () => go("unseen", id), "button"))),
  ];
}

function drawUnseen(id) {
  const order = state.orders.get(id);
  if (!order) return drawMissing();
  const draft = draftOf(order);
  const note = h("textarea", { rows: 3, maxlength: 4000 }, draft.note);
  note.addEventListener("input", () => { draft.note = note.value; keep(draft); });
  const place = h("div", {});
  const show = (problem) => place.replaceChildren(field("note", say("why_not"), note, null, problem));
  show("");
  return [
    head(say("not_examined"), order.title, ["nothing", id]),
    h("div", { class: "in" }, card(h("p", {}, say("stays_open")), place)),
    dock(act(say("record"), () => (draft.note.trim() ? record(order, draft, { found: null, depth: "not-examined" }) : (show(say("why_not_needed")), note.focus())))),
  ];
}

function figure(draft, item, name, label, declared, beside) {
  const found = draft.items[item.number] ?? {};
  const told = judgeItem(item, found).filter((one) => one.field === name || (name === "value" && one.field === "currency"));
  const isWrong = (field) => told.some((one) => one.field === field && !one.asks);
  const input = h("input", { inputmode: "decimal", value: found[name] ?? "", maxlength: 24, "aria-label": say("found_of", { what: label, item: item.number }), "aria-invalid": isWrong(name) ? "true" : null, onchange: (event) => { set(draft, item, name, event.target.value.trim()); draw(); } });
  return [h("span", { class: "k" }, label), h("span", { class: "said" }, declared ?? "–"), h("span", { class: told.some((one) => !one.asks) ? "pair wrong" : "pair" }, input, beside), told.map((one) => h("p", { class: one.asks ? "problem asks k" : "problem k" }, one.says))];
}

function set(draft, item, name, value) {
  const found = { ...(draft.items[item.number] ?? {}) };
  if (value) found[name] = value; else delete found[name];
  if (!["quantity", "value", "currency", "classification", "origin", "description"].some((one) => found[one])) delete draft.items[item.number]; else draft.items[item.number] = found;
  keep(draft);
}

function drawItem(draft, item) {
  const found = draft.items[item.number] ?? {};
  const words = (name, label, declared, marks = {}) => {
    const told = judgeItem(item, found).filter((one) => one.field === name);
    return [h("span", { class: "k" }, label), h("span", { class: "said" }, declared ?? "–"), h("span", { class: told.length ? "pair wrong" : "pair" }, h("input", { value: found[name] ?? "", maxlength: 200, "aria-label": say("found_of", { what: label, item: item.number }), "aria-invalid": told.length ? "true" : null, ...marks, onchange: (event) => { const text = event.target.value.trim(); set(draft, item, name, marks.autocapitalize ? text.toUpperCase() : text); draw(); } })), told.map((one) => h("p", { class: "problem k" }, one.says))];
  };
  const currency = h("input", { class: "currency", value: found.currency ?? item.currency ?? "", maxlength: 3, placeholder: "USD", autocapitalize: "characters", autocomplete: "off", "aria-label": say("currency_of", { item: item.number }), onchange: (event) => { set(draft, item, "currency", event.target.value.trim().toUpperCase()); draw(); } });
  const unit = item.units.length > 1 ? select(item.units, found.unit ?? item.units[0][0], (chosen) => { set(draft, item, "unit", chosen); draw(); }, { "aria-label": say("unit_of", { item: item.number }) }) : h("span", { class: "said" }, item.units[0]?.[1] ?? "");
  return h("details", { class: "card", open: Boolean(draft.items[item.number]) || draft.open === item.number, ontoggle: (event) => { if (event.target.open) draft.open = item.number; } },
    h("summary", {}, h("b", {}, say("item", { number: item.number })), ` ${item.goods ?? ""}`), h("p", { class: "l3" }, say("only_otherwise")),
    h("div", { class: "vs" }, h("span", { class: "quiet" }, say("declared_head")), h("span", { class: "quiet" }, say("found_head")),
      figure(draft, item, "quantity", say("quantity"), item.quantity_said, unit), figure(draft, item, "value", say("value"), item.value_said, currency),
      words("classification", say("code"), item.code, { inputmode: "numeric" }), words("origin", say("origin"), item.origin, { autocapitalize: "characters", maxlength: 2 }), words("description", say("words"), item.goods)));
}

function drawFound(id) {
  const order = state.orders.get(id);
  if (!order) return drawMissing();
  const draft = draftOf(order);
  const kind = select([["", say("choose")], ...Object.entries(offences)], draft.offence, (chosen) => { draft.offence = chosen; draft.problems = {}; keep(draft); draw(); });
  const note = h("textarea", { rows: 3, maxlength: 4000, oninput: (event) => { draft.note = event.target.value; keep(draft); } }, draft.note);
  return [
    head(say("found_head"), order.title, ["order", id]),
    h("div", { class: "in" },
      card(field("offence", say("kind"), kind, null, draft.problems?.offence)),
      card(h("p", {}, say("how_deep"), " ", depthOf(draft)), h("p", { class: "l3" }, draft.counted === "" ? say("count_above") : say("seen_count", { counted: number(Number(draft.counted)), declared: order.packages === null ? "–" : number(order.packages) }))),
      order.items.map((item) => drawItem(draft, item)),
      card(field("note", say("note"), note)),
      draft.problems?.items && h("p", { class: "problem", role: "alert" }, draft.problems.items)),
    dock(act(`${say("photos")} (${draft.files.length})`, () => go("photos", id), "button"), act(say("record"), () => recordFound(order, draft))),
  ];
}

function recordFound(order, draft) {
  const problems = judgeAll(order, draft, "irregular").filter((one) => !one.asks);
  const ofItem = problems.find((one) => one.scope === "item");
  const other = problems.find((one) => one.scope !== "item" && one.field !== "offence");
  draft.problems = { ...(problems.some((one) => one.field === "offence") ? { offence: say("choose_kind") } : {}), ...(ofItem || other ? { items: (ofItem ?? other).says } : {}) };
  if (problems.length) { draw(); document.querySelector("[aria-invalid], [role=alert]")?.focus(); return; }
  record(order, draft, { found: true });
}

// Whether somebody means what is unlikely: asked once, all at a time, over what he entered.
function ask_once(order, draft, asked, goOn) {
  const box = h("dialog", { class: "sure", "aria-labelledby": "sure-head" });
  const close = () => { box.close(); box.remove(); };
  const keepIt = () => { draft.confirmed = [...(draft.confirmed ?? []), ...asked.map(({ code, of, says }) => ({ code, of, says }))]; keep(draft); close(); goOn(); };
  box.addEventListener("cancel", close);
  box.append(h("h2", { id: "sure-head" }, say("sure")), h("ul", { class: "because" }, asked.map((one) => h("li", {}, one.says))), h("div", { class: "two" }, act(say("correct_it"), close, "button"), act(say("as_entered"), keepIt)));
  document.body.append(box);
  box.showModal();
}

// From a draft to what waits: from here on it is sent until the house has it, under one id.
async function record(order, draft, { found, depth = draft.depth }) {
  const isSeen = depth !== "not-examined";
  const told = judgeAll(order, draft, isSeen ? (found ? "irregular" : "conform") : "not-examined");
  const wrong = told.find((one) => !one.asks);
  if (wrong) { state.problem = wrong.says; drawNet(); return; }
  state.problem = "";
  const asked = told.filter((one) => !hasKept(draft, one));
  if (asked.length) { ask_once(order, draft, asked, () => record(order, draft, { found, depth })); return; }
  const items = found ? Object.entries(draft.items).map(([item, one]) => ({
    item: Number(item),
    ...amounts(order.items.find((other) => other.number === Number(item)), one),
    ...Object.fromEntries(["classification", "origin", "description"].filter((name) => one[name]).map((name) => [name, one[name]])),
  })) : [];
  const now = new Date();
  const body = {
    id: draft.id, made: local_iso(now), basis: draft.basis, depth, found, ...(found ? { offence: draft.offence } : {}), items,
    containers: isSeen ? Object.entries(draft.containers).map(([of, one]) => ({ number: of, ...Object.fromEntries(Object.entries(one).filter(([, value]) => value)) })) : [],
    seals: isSeen ? Object.values(draft.seals).map((one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value))) : [],
    ...(isSeen && draft.counted !== "" ? { counted: Number(draft.counted), ...(draft.opened !== "" ? { opened: Number(draft.opened) } : {}) } : {}),
    ...(draft.note.trim() ? { note: draft.note.trim() } : {}),
    ...(told.length ? { confirmed: told.map(({ code, of }) => ({ code, of })) } : {}),
  };
  const entry = { id: draft.id, order: order.id, title: order.title, made: body.made, state: "waits", body, files: isSeen ? draft.files : [], draft };
  try { await Store.put("outbox", entry.id, entry); } catch { state.problem = say("not_kept"); drawNet(); return; }
  state.outbox.set(entry.id, entry);
  state.drafts.delete(order.id);
  await Store.remove("drafts", order.id);
  go("waiting");
  sync();
}

function amounts(item, found) {
  const [quantity, value, unit, currency] = [figureOf(found.quantity), figureOf(found.value), unitOf(item, found), found.currency ?? item.currency];
  return { ...(quantity ? { quantity, ...(unit ? { unit } : {}) } : {}), ...(value ? { value, currency } : {}) };
}

// A moment with the offset of this device, as people here read the clock.
function local_iso(moment) {
  const offset = -moment.getTimezoneOffset();
  const two = (value) => String(Math.floor(Math.abs(value))).padStart(2, "0");
  return `${new Date(moment.getTime() + offset * 60000).toISOString().slice(0, 19)}${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}

// Photographs and files
// Why a file cannot be taken, in words; null where it can. What the instance would refuse is refused here, while it can be taken again.
async function faultOf(draft, name, bytes) {
  const { kinds, most, most_bytes: mostBytes, most_pixels: mostPixels } = entry.files;
  if (draft.files.length >= most) return say("too_many", { count: number(most) });
  if (bytes.byteLength > mostBytes) return say("too_large", { size: number(Math.round(mostBytes / 1048576 * 10) / 10) });
  const view = new Uint8Array(bytes);
  const type = Rules.kindOf(view, kinds);
  if (!type) return say("wrong_kind", { name });
  if (!Rules.isWhole(view, type)) return say("not_whole", { name });
  if (!["image/jpeg", "image/png", "image/webp"].includes(type)) return null;
  const image = await createImageBitmap(new Blob([bytes], { type })).catch(() => null);
  if (!image) return say("not_whole", { name });
  const pixels = image.width * image.height;
  image.close();
  return pixels > mostPixels ? say("too_many_pixels", { name, count: number(Math.round(mostPixels / 1e6)) }) : null;
}

async function addFile(draft, name, kind, bytes) {
  const fault = await faultOf(draft, name, bytes);
  if (fault) { state.faults = [...(state.faults ?? []), fault]; draw(); return; }
  const file = { id: crypto.randomUUID(), name, kind, size: bytes.byteLength, sha256: await Store.digest(bytes), taken: local_iso(new Date()), verdict: "", state: "waits" };
  try { await Store.putBytes("files", file.id, bytes); } catch { state.problem = say("not_kept"); drawNet(); return; }
  draft.files.push(file);
  await keep(draft);
  draw();
  if (kind === "photo") sync();
}

function thumbnail(file) {
  const canvas = h("canvas", { width: 84, height: 63, role: "img", "aria-label": file.name });
  (async () => {
    const bytes = await Store.getBytes("files", file.id);
    const image = bytes && (await createImageBitmap(new Blob([bytes])).catch(() => null));
    if (!image) return;
    const scale = Math.max(84 / image.width, 63 / image.height);
    canvas.getContext("2d").drawImage(image, (84 - image.width * scale) / 2, (63 - image.height * scale) / 2, image.width * scale, image.height * scale);
  })();
  return canvas;
}

function drawFile(draft, file) {
  const words = file.state === "sealed" ? `✓ ${say("sealed", { place: file.place })}` : file.state === "changed" ? `⚠︎ ${say("changed")}` : file.state === "refused" ? `⚠︎ ${file.said}` : `◐ ${say("hashed")}`;
  const drop = async () => { draft.files = draft.files.filter((one) => one !== file); await Store.remove("files", file.id); await keep(draft); draw(); };
  return h("li", { class: "photo", "data-key": `${file.id} ${file.state} ${file.kind}` }, thumbnail(file), h("div", {}, h("p", { class: "strong" }, file.name), h("p", { class: file.state === "changed" || file.state === "refused" ? "st problem" : "st" }, words), h("code", {}, `sha256 ${file.sha256.slice(0, 8)} … ${file.sha256.slice(-4)}`),
    file.state === "waits" && file.kind !== "photo" && h("p", {}, select([["paper", say("paper")], ["x-ray", say("x_ray")]], file.kind, (chosen) => { file.kind = chosen; keep(draft); draw(); }, { "aria-label": say("file_kind") })),
    file.state === "waits" && file.kind === "x-ray" && h("p", {}, select([["", say("no_verdict")], ["clear", say("clear")], ["suspicious", say("suspicious")], ["inconclusive", say("inconclusive")]], file.verdict, (chosen) => { file.verdict = chosen; keep(draft); }, { "aria-label": say("verdict") })),
    file.state !== "sealed" && act(say("remove"), drop, "plain")));
}

// What a scanner's list says of the images that were attached with it, or before it.
async function takeVerdicts(draft, list) {
  const words = new Map(["clear", "suspicious", "inconclusive"].flatMap((one) => [[one, one], [say(one).toLowerCase(), one]]));
  const told = Rules.verdicts(await list.text(), words);
  if (!told) { state.problem = say("no_list", { name: list.name }); draw(); return; }
  let count = 0;
  for (const file of draft.files) {
    const verdict = told.of.get(file.name.toLowerCase());
    if (!verdict || file.state !== "waits") continue;
    Object.assign(file, { kind: "x-ray", verdict });
    count += 1;
  }
  await keep(draft);
  const left = told.unknown.length ? ` ${say("verdict_unknown", { names: told.unknown.slice(0, 5).join(", ") })}` : "";
  state.problem = count && !left ? "" : `${say("verdicts_read", { count: number(count), name: list.name })}${left}`;
  draw();
}

function drawPhotos(id) {
  const order = state.orders.get(id);
  if (!order) return drawMissing();
  const draft = draftOf(order);
  const taking = h("input", { type: "file", accept: "image/*", capture: "environment", class: "unseen", id: "take", tabindex: -1, "aria-label": say("photo") });
  const attaching = h("input", { type: "file", multiple: true, accept: ".dcm,.dcs,.csv,.json,.pdf,.tif,.tiff,.png,.jpg,.jpeg,.webp,application/dicom", class: "unseen", id: "attach", tabindex: -1, "aria-label": say("paper") });
  const isList = (one) => /\.(csv|json)$/i.test(one.name);
  const read = (input, kind) => input.addEventListener("change", async () => {
    const chosen = [...input.files];
    state.faults = [];
    for (const one of chosen.filter((file) => !isList(file))) await addFile(draft, one.name || say("photo"), kind(one), await one.arrayBuffer());
    for (const one of chosen.filter(isList)) await takeVerdicts(draft, one);
  });
  read(taking, () => "photo");
  read(attaching, (one) => (/\.(dcm|dcs)$/i.test(one.name) || /\.tiff?$/i.test(one.name) ? "x-ray" : "paper"));
  const take = async () => { if (!(await openCamera(draft, id))) taking.click(); };
  return [
    head(say("photos"), String(draft.files.length), ["order", id]),
    h("div", { class: "in" }, card(draft.files.length ? h("ul", {}, draft.files.map((file) => drawFile(draft, file))) : h("p", {}, say("no_photos"))), state.faults?.length ? h("div", { role: "alert" }, state.faults.map((one) => h("p", { class: "problem" }, one))) : null, h("p", { class: "hint" }, say("photo_hint")), taking, attaching),
    dock(act(say("attach"), () => attaching.click(), "button"), act(say("take_photo"), take)),
  ];
}

// Camera: for photographs that enter no gallery, and for numbers
let stream = null;

function stopCamera() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
}

async function startCamera(video) {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
    video.srcObject = stream;
    await video.play();
    return true;
  } catch { return false; }
}

async function openCamera(draft, id) {
  if (!navigator.mediaDevices?.getUserMedia) return false;
  const video = h("video", { class: "view", playsinline: true, muted: true, "aria-label": say("camera") });
  if (!(await startCamera(video))) return false;
  const shoot = async () => {
    const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((good) => canvas.toBlob(good, "image/jpeg", 0.9));
    stopCamera();
    shownAt = "";
    await addFile(draft, `${say("photo")} ${draft.files.length + 1}.jpg`, "photo", await blob.arrayBuffer());
    draw();
  };
  main.replaceChildren(head(say("take_photo"), "", ["photos", id]), h("div", { class: "in" }, video), dock(act(say("back"), () => { stopCamera(); shownAt = ""; draw(); }, "button"), act(say("shoot"), shoot)));
  return true;
}

function drawScan() {
  const video = h("video", { class: "view", playsinline: true, muted: true, hidden: true, "aria-label": say("camera") });
  const shown = h("section", { class: "card", "aria-live": "polite", hidden: true });
  const open = h("div", { class: "dock" });
  const input = h("input", { autocapitalize: "characters", autocomplete: "off", maxlength: 20, placeholder: "CKTU 371518 0" });
  const judge = (text, read) => {
    const found = Rules.container(text);
    shown.hidden = !text;
    open.replaceChildren();
    if (!text) return false;
    if (!found) { shown.replaceChildren(h("p", { class: "problem" }, say("no_number"))); return false; }
    const order = [...state.orders.values()].find((one) => one.containers.some((box) => box.number === found.number));
    shown.replaceChildren(h("h2", {}, Rules.spaced(found.number)), h("p", { class: found.agrees ? "" : "problem" }, found.agrees ? say("digit_agrees") : say("digit_differs")), h("p", {}, order ? say("on_order", { order: order.title }) : say("on_none")));
    if (order) open.append(act(say("open_order"), async () => { const draft = draftOf(order); draft.containers[found.number] = { ...draft.containers[found.number], state: "here", read }; await keep(draft); go("order", order.id); }));
    return found.agrees;
  };
  input.addEventListener("input", () => judge(input.value, "typed"));
  const hint = h("p", { class: "hint" }, say("type_hint"));
  (async () => {
    if (!("BarcodeDetector" in window)) { hint.textContent = say("no_detector"); return; }
    if (!(await startCamera(video))) { hint.textContent = say("no_camera"); return; }
    video.hidden = false;
    const detector = new BarcodeDetector();
    while (stream && video.isConnected) {
      const codes = await detector.detect(video).catch(() => []);
      const good = codes.find((code) => Rules.container(code.rawValue)?.agrees);
      if (good && judge(good.rawValue, "camera")) { input.value = Rules.container(good.rawValue).number; break; }
      await new Promise((next) => setTimeout(next, 250));
    }
    stopCamera();
  })();
  return [head(say("scan_head"), "", ["orders"]), h("div", { class: "in" }, video, shown, field("number", say("type_number"), input), hint), open];
}

// What waits, what was sent, what needs a person
function drawWaiting() {
  const all = [...state.outbox.values()].sort((one, other) => other.made.localeCompare(one.made));
  const line = (entry, right) => h("li", { "data-key": `${entry.id} ${entry.state}` }, h("span", {}, h("span", { class: "says" }, entry.title), h("small", {}, `${outcome(entry)}, ${day(entry.made)}${entry.files.length ? `, ${say("with_photos", { count: entry.files.length })}` : ""}`), entry.state === "refused" && h("small", { class: "problem" }, entry.said)), right);
  const part = (title, entries, right) => card(h("h2", {}, title), entries.length ? h("ul", { class: "ticks" }, entries.map((one) => line(one, right(one)))) : h("p", { class: "l3" }, say("nothing")));
  const needs = all.filter((one) => one.state === "conflict" || one.state === "refused");
  const again = (entry) => act(say("change"), async () => { state.outbox.delete(entry.id); await Store.remove("outbox", entry.id); state.drafts.set(entry.order, entry.draft); await keep(entry.draft); go(entry.body.found ? "found" : "order", entry.order); }, "button");
  const begun = [...state.drafts.values()].filter(isBegun);
  return [
    head(say("on_this_phone"), time(new Date()), ["orders"]),
    h("div", { class: "in" },
      needs.length > 0 && part(say("needs_you"), needs, (one) => (one.state === "conflict" ? act(say("compare"), () => go("conflict", one.id), "button") : again(one))),
      part(say("waits_head"), all.filter((one) => one.state === "waits"), () => h("span", { class: "quiet" }, "◐")),
      begun.length > 0 && card(h("h2", {}, say("drafts")), h("ul", { class: "ticks" }, begun.map((draft) => h("li", {}, h("span", {}, h("span", { class: "says" }, state.orders.get(draft.order)?.title ?? draft.order)), h("a", { class: "button", href: `#order/${draft.order}` }, say("go_on")))))),
      part(say("sent_head"), all.filter((one) => one.state === "sent"), (one) => h("span", { class: "quiet" }, one.kept === "beside" ? `✓ ${say("beside")}` : `✓ ${say("is_sent")}`)),
      h("p", { class: "hint" }, say("drafts_hint"))),
    dock(act(say("send_now"), sync, "button"), act(say("next_order"), () => go("orders"))),
  ];
}

function outcome(entry) {
  if (entry.body.depth === "not-examined") return say("not_examined");
  return entry.body.found ? offences[entry.body.offence] : say("nothing_found");
}

function drawConflict(id) {
  const entry = state.outbox.get(id);
  if (!entry?.conflict) return drawMissing();
  const { standing, moved, order, may_record: mayRecord } = entry.conflict;
  const depth = Object.fromEntries(depths())[entry.body.depth] ?? say("not_examined");
  const theirs = standing ? (standing.outcome === "irregular" ? standing.offence : standing.outcome === "conform" ? say("nothing_found") : say("pending")) : say("none_yet");
  const row = (name, one, two, mine = String(one), other = String(two)) => h("tr", {}, h("th", { scope: "row" }, name), h("td", { class: mine !== other ? "differs" : null }, mine), h("td", { class: mine !== other ? "differs" : null }, other));
  const choose = (answer) => async () => { entry.answer = answer; entry.state = "waits"; await Store.put("outbox", id, entry); go("waiting"); sync(); };
  const renew = async () => { entry.body.basis = order.basis; entry.state = "waits"; await Store.put("outbox", id, entry); go("waiting"); sync(); };
  return [
    head(entry.title, say("conflict"), ["waiting"]),
    h("div", { class: "in" },
      card(h("h2", {}, standing ? say("two_results") : say("order_moved")), h("ul", { class: "because" }, moved.map((one) => h("li", {}, one))), h("p", { class: "l3" }, say("not_overwritten"))),
      card(h("table", { class: "plain-table" }, h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, `${say("you")}, ${time(entry.made)}`), h("th", { scope: "col" }, standing ? `${standing.officer}, ${time(standing.at)}` : say("house_now")))),
        h("tbody", {}, row(say("result"), outcome(entry), theirs), row(say("depth"), depth, standing?.depth ?? "–"), row(say("packages"), entry.body.counted ?? "–", standing ? (standing.counted ?? "–") : (order.packages ?? "–")), row(say("photos"), entry.files.length, standing?.files ?? 0), row(say("note"), entry.body.note ?? "–", standing?.note ?? "–")))),
      h("div", { class: "pair-of", role: "group", "aria-label": say("what_shall") },
        mayRecord && act(say("record_now"), renew, "button"), act(say("keep_note"), choose("note"), "button"), standing && act(say("keep_both"), choose("both"), "button"), act(say("ask_head"), choose("ask"), "button"))),
  ];
}

function drawMissing() {
  return [head(say("my_orders"), "", ["orders"]), h("div", { class: "in" }, h("p", { class: "card" }, state.isIn ? say("not_here") : say("locked"))), dock(act(say("back"), () => go("orders")))];
}

async function signOut() {
  const count = Number(local.get("pocket-waits") ?? 0);
  if (count && !confirm(say("sign_out_waits", { count }))) return;
  await Store.forgetKey();
  local.set("pocket-owner", null);
  const form = document.getElementById("sign-out");
  if (state.csrf && !state.since) { form.elements.csrf.value = state.csrf; form.submit(); return; }
  Object.assign(state, { isIn: false, orders: new Map(), drafts: new Map(), outbox: new Map() });
  local.set("pocket-left", "1");
  draw();
}

const SCREENS = { orders: drawOrders, scan: drawScan, order: drawOrder, nothing: drawNothing, unseen: drawUnseen, found: drawFound, photos: drawPhotos, waiting: drawWaiting, conflict: drawConflict };
let shownAt = null;

// Let what is shown become what was drawn, in place: a field that is being tapped is never taken from under the thumb. What
// has another key is another thing, and is replaced with its own listeners.
function become(old, fresh) {
  if (old.nodeType === Node.TEXT_NODE && fresh.nodeType === Node.TEXT_NODE) { if (old.data !== fresh.data) old.data = fresh.data; return; }
  if (old.nodeName !== fresh.nodeName || old.id !== fresh.id || old.dataset?.key !== fresh.dataset?.key) { old.replaceWith(fresh); return; }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (old.matches("input") && old !== document.activeElement) { old.value = fresh.value; old.checked = fresh.checked; }
  if (old.matches("input, textarea, select, canvas, video")) return;
  let left = [...old.childNodes];
  let next = old.firstChild;
  for (const one of [...fresh.childNodes]) {
    const at = left.findIndex((other) => markOf(other) === markOf(one));
    if (at < 0) { old.insertBefore(one, next); continue; }
    left.slice(0, at).forEach((gone) => gone.remove());
    become(left[at], one);
    next = left[at].nextSibling;
    left = left.slice(at + 1);
  }
  left.forEach((gone) => gone.remove());
}

// By what a node is known again though something was put before it: a row by the field in it.
function markOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return "";
  const input = node.matches("input, textarea, select") ? node : node.querySelector("input, textarea, select");
  return [node.nodeName, node.id, node.dataset.key, input?.id, input?.name, input?.getAttribute("aria-label")].join(" ");
}

// A press goes on until its click has come: what a field that is left draws must not move the button away from under it.
let isPressed = false, isLate = false, release = 0;
const letGo = () => { clearTimeout(release); isPressed = false; if (isLate) setTimeout(() => { if (isLate) draw(); }); };
addEventListener("pointerdown", () => { clearTimeout(release); isPressed = true; }, true);
addEventListener("pointerup", () => { release = setTimeout(letGo, 400); }, true); // a finger's click comes later
for (const kind of ["click", "pointercancel"]) addEventListener(kind, letGo, true);

function draw() {
  isLate = isPressed;
  if (isLate) return;
  const [name, id] = location.hash.slice(1).split("/").map(decodeURIComponent);
  const drawn = (SCREENS[name] ?? drawOrders)(id).filter(Boolean);
  if (shownAt === location.hash && !stream) {
    const fresh = main.cloneNode(false);
    fresh.append(...drawn);
    become(main, fresh);
  } else {
    stopCamera();
    main.replaceChildren(...drawn);
    if (shownAt !== null) { main.focus(); scrollTo(0, 0); }
  }
  drawNet();
  shownAt = location.hash;
}

// Draw again what a sync changed, unless somebody is typing or holds the camera.
function drawSoftly() {
  if (stream || document.activeElement?.matches("input, textarea, select") || location.hash === "#scan") drawNet(); else draw();
}

addEventListener("hashchange", () => { state.faults = []; letGo(); draw(); });
addEventListener("online", sync);
addEventListener("offline", () => { state.since ??= new Date().toISOString(); drawNet(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) sync(); });
setInterval(() => { if (state.since || waiting().some((one) => one.state === "waits")) sync(); }, 15000);

(async () => {
  const owner = local.get("pocket-owner");
  if (owner) {
    await Store.open(owner);
    if (local.get("pocket-left")) await Store.forgetKey();
    await load(null, false);
    state.isIn = Store.key !== null;
  }
  local.set("pocket-left", null);
  draw();
  if ("serviceWorker" in navigator) await navigator.serviceWorker.register("/pocket/worker.js", { scope: "/pocket" }).catch(() => undefined);
  await navigator.storage?.persist?.().catch(() => undefined);
  await sync();
  document.documentElement.dataset.ready = "yes";
})();
