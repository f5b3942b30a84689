// SPDX-License-Identifier: Apache-2.0
// Files dropped on the page, or a folder, or chosen: sent one after the other, in parts, with what was sent and what was
// refused said beside the form. Then they are read.
"use strict";

const drop = document.querySelector("#drop");
const sent = document.querySelector("#sent");
const refused = document.querySelector("#refused");
const pause = (seconds) => new Promise((done) => { setTimeout(done, 1000 * seconds); });

async function entries(entry, path) {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => { entry.file(done, failed); });
    return [[path + file.name, file]];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => { reader.readEntries(done, failed); });
    if (!some.length) return found;
    for (const one of some) found.push(...await entries(one, `${path}${entry.name}/`));
  }
}

async function part(name, offset, data) {
  for (;;) {
    const answer = await fetch(`/review/files?name=${encodeURIComponent(name)}&offset=${offset}`, {
      method: "POST", body: data, headers: { "X-CSRF-Token": drop.dataset.token, "Content-Type": "application/octet-stream" },
    });
    if (answer.ok) return "";
    if (answer.status !== 429) return answer.status === 422 ? answer.text() : drop.dataset.failed;
    await pause(Number(answer.headers.get("retry-after")) || 1);
  }
}

async function send(name, file) {
  const size = Number(drop.dataset.part);
  for (let offset = 0; offset === 0 || offset < file.size; offset += size) {
    const problem = await part(name, offset, file.slice(offset, offset + size));
    if (problem) {
      const line = document.createElement("li");
      line.className = "problem";
      line.textContent = `${name}: ${problem}`;
      refused.append(line);
      return false;
    }
  }
  return true;
}

async function sendAll(files) {
  let good = 0;
  for (const [number, [name, file]] of files.entries()) {
    good += await send(name, file).catch(() => false);
    sent.textContent = drop.dataset.sent.replace("{done}", number + 1).replace("{of}", files.length);
  }
  if (!good || refused.childElementCount) return;
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/review/read";
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrf";
  token.value = drop.dataset.token;
  form.append(token);
  document.body.append(form);
  form.submit();
}

drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  const given = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const plain = [...event.dataTransfer.files].map((file) => [file.name, file]);
  const found = given.length ? (await Promise.all(given.map((entry) => entries(entry, "")))).flat() : plain;
  await sendAll(found);
});
drop.querySelector("#files").addEventListener("change", (event) => sendAll([...event.target.files].map((file) => [file.name, file])));
drop.addEventListener("submit", (event) => event.preventDefault());
