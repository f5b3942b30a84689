// SPDX-License-Identifier: Apache-2.0
// Opens the maps of a page. What they show stands in the page as GeoJSON and, for those who do not see it, in tables.
// Drawn by WebGL where the browser has it, else as SVG. Other scripts are reported by the event `map-open`.

const read = (figure, name) => JSON.parse(figure.dataset[name]);
const TOKENS = { paper: "paper", sea: "hover", line2: "line-2", ink: "ink", ink2: "ink-2", accent: "accent", red: "red", yellow: "yellow", alarm: "alarm" };

/** The colours of the style sheet as they are now, light or dark. */
function palette(figure) {
  const probe = figure.appendChild(document.createElement("i"));
  const found = {};
  for (const [name, token] of Object.entries(TOKENS)) {
    probe.style.color = `var(--${token})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

let world = null;
async function theWorld(figure) {
  const [atlas] = await Promise.all([fetch(figure.dataset.world).then((answer) => answer.json()), import(figure.dataset.topojson)]);
  const { feature, mesh } = globalThis.topojson;
  return { land: feature(atlas, atlas.objects.land), borders: mesh(atlas, atlas.objects.countries, (a, b) => a !== b) };
}

const hasWebGL = () => { try { return Boolean(document.createElement("canvas").getContext("webgl2")); } catch { return false; } };

async function chart(figure) {
  const place = figure.querySelector(".map-place");
  const given = { maplibre: figure.dataset.maplibre, palette: palette(figure), bounds: read(figure, "bounds"), says: { map: figure.getAttribute("aria-label") } };
  if (hasWebGL()) {
    try {
      const [drawer] = await Promise.all([import(figure.dataset.gl), import(figure.dataset.maplibre)]);
      return await drawer.open(place, given);
    } catch { place.replaceChildren(); }
  }
  figure.querySelector("[data-plain]").hidden = false;
  return (await import(figure.dataset.svg)).open(place, given);
}

/** Says what was pointed at, with a way to it. */
function card(figure, properties) {
  const shown = figure.querySelector(".map-card");
  shown.hidden = !properties?.title;
  if (shown.hidden) return;
  const title = document.createElement(properties.href ? "a" : "b");
  title.textContent = properties.title;
  if (properties.href) title.href = properties.href;
  const said = document.createElement("span");
  said.textContent = properties.said ?? "";
  shown.replaceChildren(title, said);
}

/** What changes while one looks: the page brings it by itself, leaves what did not change (and the focus) where it is, and
    the map follows. */
function follow(figure, map, shown) {
  const holder = document.getElementById(figure.dataset.live);
  if (!holder) return;
  const base = shown.features.filter(({ properties }) => !["device", "alert"].includes(properties.kind));
  new MutationObserver(() => {
    const told = holder.querySelector("[data-features]");
    if (told) map.show({ type: "FeatureCollection", features: [...base, ...JSON.parse(told.dataset.features).features] });
  }).observe(holder, { childList: true, subtree: true, attributeFilter: ["data-features"] });
}

async function openMap(figure) {
  const note = figure.querySelector("[data-waiting]");
  note.textContent = figure.dataset.drawing;
  let map;
  world ??= theWorld(figure);
  world.catch(() => {}); // said below, once there is a map
  try { map = await chart(figure); } catch (error) {
    note.textContent = figure.dataset.failed;
    return;
  }
  note.remove();
  const shown = read(figure, "map"), whole = read(figure, "bounds");
  map.show(shown);
  map.onPick((properties, point) => {
    if (!figure.dispatchEvent(new CustomEvent("map-pick", { detail: { properties, point }, cancelable: true }))) return;
    card(figure, properties);
  });
  const tools = figure.querySelector(".map-tools");
  tools.hidden = false;
  const acts = { in: () => map.zoom(1), out: () => map.zoom(-1), all: () => map.fit(whole, true) };
  tools.addEventListener("click", (event) => acts[event.target.closest("[data-zoom]")?.dataset.zoom]?.());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.restyle(palette(figure)));
  new ResizeObserver(() => map.resize()).observe(figure);
  follow(figure, map, shown);
  figure.map = map;
  figure.dataset.shown = map.name; // what the map is for does not wait for the land under it
  figure.dispatchEvent(new CustomEvent("map-open", { bubbles: true, detail: map }));
  try { map.ground(await world); } catch { figure.querySelector("[data-bare]").hidden = false; }
  await map.idle();
  figure.dataset.drawn = map.name;
}

for (const figure of document.querySelectorAll("figure[data-map]")) openMap(figure);
