// SPDX-License-Identifier: Apache-2.0
// What the page does with the verifier: takes in proof, key and message, and says what holds and what does not.
"use strict";

(() => {
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const carried = document.getElementById("proof");
  const byId = (id) => document.getElementById(id);
  const given = { proof: carried ? Verifier.utf8(carried.textContent) : null, message: null };

  const say = (key, values = {}) => (texts[key] || key).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  const element = (tag, kind, text) => Object.assign(document.createElement(tag), { className: kind, textContent: text });

  const showChecks = (checks) => {
    const holds = checks.every((check) => check.outcome !== "failed");
    const lines = checks.map((check) => {
      const line = element("li", check.outcome, "");
      const reason = say(`${check.reason}-${check.outcome}`, check.values);
      line.append(element("strong", "", say(check.outcome)), " ", element("span", "", reason));
      return line;
    });
    const verdict = holds ? (given.message ? "holds" : "holds-without-message") : "does-not-hold";
    byId("verdict").className = holds ? "passed" : "failed";
    byId("verdict").textContent = say(verdict);
    byId("checks").replaceChildren(...lines);
  };

  const showProblem = (key) => {
    byId("verdict").className = "failed";
    byId("verdict").textContent = say(key);
    byId("checks").replaceChildren();
  };

  const run = async () => {
    byId("verdict").className = "";
    byId("verdict").textContent = say("working");
    const pasted = byId("pasted") ? byId("pasted").value : "";
    const bytes = given.proof || (pasted.trim() ? Verifier.utf8(pasted.trimStart()) : null);
    if (!bytes) return showProblem("no-proof");
    try {
      const proof = await Verifier.read(bytes);
      showChecks(await Verifier.verify(proof, byId("key").value, given.message));
    } catch (error) {
      showProblem(error instanceof Verifier.Malformed && error.message === "key" ? "bad-key" : "bad-proof");
    }
  };

  const take = async (what, file) => {
    given[what] = file ? new Uint8Array(await file.arrayBuffer()) : null;
    const name = byId(`${what}-name`);
    if (name) name.textContent = file ? `${file.name} (${given[what].length} B)` : "";
  };

  /** A field for a file, which may also be dropped on it. */
  const wire = (what) => {
    const field = byId(`${what}-file`);
    if (!field) return;
    const zone = field.closest(".drop");
    field.addEventListener("change", () => take(what, field.files[0]));
    zone.addEventListener("dragover", (event) => event.preventDefault());
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      take(what, event.dataTransfer.files[0]);
    });
  };

  const scan = byId("scan");
  if (scan && "BarcodeDetector" in window) {
    scan.closest(".drop").hidden = false;
    scan.addEventListener("change", async () => {
      const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
      for (const file of scan.files) {
        for (const code of await detector.detect(await createImageBitmap(file))) byId("pasted").value += `${code.rawValue}\n`;
      }
    });
  }

  wire("proof");
  wire("message");
  byId("run").addEventListener("click", run);
  byId("no-script").remove();
  if (byId("print")) byId("print").addEventListener("click", () => window.print());
})();
