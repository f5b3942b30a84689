// SPDX-License-Identifier: Apache-2.0
// Draws a place on the map and in the table of its points alike: each click adds a point, or moves the one chosen; each
// row typed moves it too. Every step can be undone until the form is sent. Without scripts the table alone does it.
"use strict";

(() => {
  const form = document.querySelector("form[data-shape]");
  const figure = document.querySelector("figure[data-map]");
  if (!form || !figure) return;
  const shape = form.dataset.shape, body = form.querySelector("#points tbody"), blank = form.querySelector("template");
  const tools = form.querySelector(".point-tools"), undo = form.querySelector("[data-undo]"), hint = form.querySelector("[data-moving]");
  const others = JSON.parse(figure.dataset.map).features;
  const DEGREE_M = 111195.08, most = Number(form.dataset.most);
  const past = [];
  let map = null, moving = -1;

  const rows = () => [...body.rows].map((row) => [...row.querySelectorAll("input")].map((input) => input.value.trim()));
  const figures = (pair) => pair.map((text) => (text === "" ? NaN : Number(text.replace("−", "-"))));
  const points = () => rows().map(figures).filter(([lat, lon]) => Math.abs(lat) <= 90 && Math.abs(lon) <= 180).map(([lat, lon]) => [lon, lat]);
  const amount = (name) => Number(form.elements[name]?.value) || 0;
  const short = (number) => String(Math.round(number * 1e6) / 1e6);

  function ring([lon, lat], radius) {
    const high = radius / DEGREE_M, wide = high / Math.max(0.01, Math.cos(lat * Math.PI / 180));
    return Array.from({ length: 49 }, (_, n) => [lon + wide * Math.sin(n * Math.PI / 24), lat + high * Math.cos(n * Math.PI / 24)]);
  }

  function drawn(found) {
    const line = (coordinates, type, properties) => ({ type: "Feature", properties, geometry: { type, coordinates } });
    const purpose = form.elements.purpose?.value || "";
    if (shape === "circle" && found.length) return [line([ring(found[0], amount("radius"))], "Polygon", { kind: "fence", purpose })];
    if (shape === "area" && found.length > 2) return [line([[...found, found[0]]], "Polygon", { kind: "fence", purpose })];
    if (found.length < 2) return [];
    const wide = shape === "corridor" ? 2 * amount("half_width") / (78271.5 * Math.cos(found[0][1] * Math.PI / 180)) : 0.00001;
    return [line(found, "LineString", { kind: "corridor", width: wide })];
  }

  function draw() {
    const found = points();
    const corners = found.map((point, n) => ({ type: "Feature", properties: { kind: "vertex", id: n }, geometry: { type: "Point", coordinates: point } }));
    map?.show({ type: "FeatureCollection", features: [...others, ...drawn(found), ...corners] });
    map?.mark(moving >= 0 ? found[moving] : null);
    undo.disabled = !past.length;
    hint.hidden = moving < 0;
    [...body.rows].forEach((row, n) => row.querySelector("[data-move]").setAttribute("aria-pressed", String(n === moving)));
  }

  function fill(pairs) {
    body.replaceChildren(...pairs.map((pair, n) => {
      const row = blank.content.firstElementChild.cloneNode(true);
      for (const holder of row.querySelectorAll("*")) for (const { name, value } of [...holder.attributes]) if (value.includes("#")) holder.setAttribute(name, value.replaceAll("#", n + 1));
      row.querySelector("[data-number]").textContent = n + 1;
      row.querySelectorAll("input").forEach((input, which) => { input.value = pair[which]; });
      return row;
    }));
    draw();
  }

  const keep = () => { past.push(rows()); };

  function put([lon, lat]) {
    const pair = [short(lat), short(((lon + 540) % 360) - 180)], now = rows().filter((each) => each.some(Boolean));
    keep();
    if (shape === "circle") now[0] = pair;
    else if (moving >= 0) now[moving] = pair;
    else if (now.length < most) now.push(pair);
    moving = -1;
    fill(now);
  }

  document.addEventListener("map-open", (event) => { map = event.detail; draw(); });
  figure.addEventListener("map-pick", (event) => {
    event.preventDefault();
    const { properties, point } = event.detail;
    if (properties?.kind === "vertex" && moving < 0 && shape !== "circle") { moving = Number(properties.id); draw(); } else put(point);
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[type=button]"), row = button?.closest("tr");
    const n = row ? [...body.rows].indexOf(row) : -1;
    if (button?.matches("[data-move]")) { moving = moving === n ? -1 : n; draw(); }
    if (button?.matches("[data-drop]")) { keep(); moving = -1; fill(rows().filter((_, at) => at !== n)); }
    if (button?.matches("[data-add]") && body.rows.length < most) { keep(); fill([...rows(), ["", ""]]); body.lastElementChild.querySelector("input").focus(); }
    if (button === undo && past.length) { moving = -1; fill(past.pop()); }
  });
  let typed = null;
  form.addEventListener("focusin", () => { typed = rows(); });
  form.addEventListener("change", (event) => { if (event.target.closest("#points") && typed) { past.push(typed); typed = rows(); } draw(); });
  form.addEventListener("input", draw);
  tools.hidden = false;
  form.querySelector("[data-more]")?.remove();
  fill(rows().filter((pair) => pair.some(Boolean)));
})();
