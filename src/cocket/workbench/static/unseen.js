// SPDX-License-Identifier: Apache-2.0
// A character that cannot be seen: the field that has it says so before the form is sent, and keeps what was entered.
"use strict";

const UNSEEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]/;
document.addEventListener("submit", (event) => {
  for (const old of event.target.querySelectorAll(".problem[data-unseen-of]")) old.remove();
  for (const field of event.target.elements) {
    const at = /^(INPUT|TEXTAREA)$/.test(field.tagName) && field.type !== "file" ? field.value.search(UNSEEN) : -1;
    if (at < 0 || field.type === "hidden") continue;
    event.preventDefault();
    event.stopImmediatePropagation();
    const said = document.createElement("p");
    said.className = "problem";
    said.dataset.unseenOf = field.name;
    said.setAttribute("role", "alert");
    const character = `U+${field.value.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0")}`;
    said.textContent = document.body.dataset.unseen.replace("{character}", character).replace("{place}", at + 1);
    field.before(said);
    field.focus();
    if (field.setSelectionRange && !/^(number|date|email)$/.test(field.type)) field.setSelectionRange(at, at + 1);
    return;
  }
}, true);
