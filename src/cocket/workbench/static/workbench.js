// SPDX-License-Identifier: Apache-2.0
// Keys, sheets, toasts, and sorting of what is shown. The pages work without it; what each key does stands in the
// page: `data-key` is pressed or focused, `data-go` is opened after g.
"use strict";

const find = (selector) => document.querySelector(selector);
const kept = {
  get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
  set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* a private window keeps nothing */ } },
};

// Keys
let goes = false;

function step(by) {
  const lines = [...document.querySelectorAll("[data-line] a.open")];
  const at = lines.indexOf(document.activeElement);
  lines[Math.max(0, Math.min(lines.length - 1, at + by))]?.focus();
}

function press(selector) {
  const found = find(selector);
  if (!found?.checkVisibility() && !found?.closest(".bar details.menu:not([open])")) return false;
  if (found.matches("input")) { found.focus(); found.select(); } else found.click();
  return true;
}

function handle(key) {
  if (goes) { goes = false; return press(`[data-go="${CSS.escape(key)}"]`); }
  if (key === "g") { goes = true; setTimeout(() => { goes = false; }, 1500); return true; }
  if (key === "j") { step(1); return true; }
  if (key === "k") { step(-1); return true; }
  if (key === "x") { document.activeElement.closest("[data-line]")?.querySelector(".choose")?.click(); return true; }
  if (key === "?") { find("#keys")?.showModal(); return true; }
  return press(`[data-key="${CSS.escape(key)}"]`);
}

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && find("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
  const isTyping = event.target.closest("input:not([type=checkbox],[type=radio]), textarea, select");
  if (isTyping && event.key === "Escape") event.target.blur();
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key.length !== 1 || find("dialog[open]") || kept.get("single-keys") === "off") return;
  if (handle(event.key)) event.preventDefault();
});

const singleKeys = find("#single-keys");
if (singleKeys) {
  singleKeys.checked = kept.get("single-keys") !== "off";
  singleKeys.addEventListener("change", () => kept.set("single-keys", singleKeys.checked ? "on" : "off"));
}

// Sheets and toasts
document.addEventListener("click", (event) => {
  const closes = event.target.closest("[data-close]");
  if (closes?.dataset.close === "toast") closes.closest(".toast").remove();
  const dialog = closes && closes.closest("dialog");
  if (dialog) { event.preventDefault(); dialog.close(); }
  const opens = event.target.closest("[data-open]");
  if (opens) document.getElementById(opens.dataset.open).showModal();
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target) || opens) menu.open = false;
});

const act = find("#act");
if (act) {
  new MutationObserver(() => {
    if (!act.childElementCount) return;
    if (!act.open) act.showModal();
    (act.querySelector("[aria-invalid] input, [aria-invalid]") || act.querySelector("input:not([type=hidden]), textarea"))?.focus();
  }).observe(act, { childList: true });
  act.addEventListener("close", () => act.replaceChildren());
}

// Tables: sort the lines shown, pick the columns
const valueOf = (row, name) => {
  const cell = row.querySelector(`[data-column="${name}"]`);
  return cell.dataset.value ?? cell.textContent.trim();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sort]");
  if (!button) return;
  const head = button.closest("th");
  const descends = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentElement.children) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", descends ? "descending" : "ascending");
  const body = head.closest("table").tBodies[0];
  const rows = [...body.rows].sort((a, b) => valueOf(a, head.dataset.column).localeCompare(valueOf(b, head.dataset.column), undefined, { numeric: true }));
  body.append(...(descends ? rows.reverse() : rows));
});

function showColumns() {
  for (const menu of document.querySelectorAll("[data-columns-of]")) {
    const table = menu.dataset.columnsOf;
    const hidden = (kept.get(`columns-${table}`) || "").split(" ");
    for (const box of menu.querySelectorAll("input")) {
      box.checked = !hidden.includes(box.value);
      for (const cell of document.querySelectorAll(`#${table} [data-column="${box.value}"]`)) cell.hidden = !box.checked;
    }
  }
}

document.addEventListener("change", (event) => {
  const menu = event.target.closest("[data-columns-of]");
  if (!menu) return;
  const hidden = [...menu.querySelectorAll("input:not(:checked)")].map((box) => box.value);
  kept.set(`columns-${menu.dataset.columnsOf}`, hidden.join(" "));
  showColumns();
});

const queue = find("#queue");
if (queue) new MutationObserver(showColumns).observe(queue, { childList: true });
showColumns();

// Files: a form sends the one chosen as it is, says how far it is, and shows the answer
function sendFile(form, button) {
  const file = form.querySelector("input[type=file]").files[0];
  const into = find(form.dataset.into), bar = form.querySelector("progress");
  if (!file) { form.querySelector("input[type=file]").focus(); return; }
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
  asked.set("file", file.name);
  if (button?.name) asked.set(button.name, button.value);
  const request = new XMLHttpRequest();
  request.open("POST", `${form.action}?${asked}`);
  request.setRequestHeader("content-type", "application/octet-stream");
  request.setRequestHeader("x-csrf-token", form.dataset.token);
  request.setRequestHeader("hx-request", "true");
  bar.hidden = false;
  request.upload.onprogress = (event) => { if (event.lengthComputable) { bar.max = event.total; bar.value = event.loaded; } };
  request.upload.onload = () => bar.removeAttribute("value");
  request.onloadend = () => {
    bar.hidden = true;
    into.innerHTML = request.status ? request.responseText : form.dataset.lost;
    into.focus();
  };
  request.send(file);
}
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-into]");
  if (form) { event.preventDefault(); sendFile(form, event.submitter); }
});

// Printing: what is folded is opened, and folded again after
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("main details:not([open])")];
  for (const one of folded) one.open = true;
});
addEventListener("afterprint", () => { for (const one of folded) one.open = false; folded = []; });
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
// A page that was recorded as a print is printed as soon as it stands.
if (document.querySelector("[data-print-now]")) addEventListener("load", () => print());

// Signing out asks first while the pocket on this device has something that waits, and locks it.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-waits]");
  if (!form) return;
  if (kept.get("pocket-waits") && !confirm(form.dataset.waits)) event.preventDefault();
  else if (kept.get("pocket-owner")) kept.set("pocket-left", "1");
});
