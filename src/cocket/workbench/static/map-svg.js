// SPDX-License-Identifier: Apache-2.0
// The same map drawn as SVG, for browsers without WebGL: slower and plainer, with the same features and the same acts.

const NS = "http://www.w3.org/2000/svg";
const SHAPES = {
  red: "M0-8 8 7H-8z", amber: "M0-8 8 0 0 8-8 0z", quiet: "M-5.5-5.5h11v11h-11z",
  "device-red": "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0zM0-5-5 4H5z", "device-amber": "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0zM0-5 5 0 0 5-5 0z",
  well: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z", vertex: "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z",
};

const make = (name, given = {}) => {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(given)) made.setAttribute(key, value);
  return made;
};

/** Web Mercator on a square of 1 by 1. */
const flat = ([lon, lat]) => {
  const bent = Math.sin(Math.max(-85.05, Math.min(85.05, lat)) * Math.PI / 180);
  return [(lon + 180) / 360, 0.5 - Math.log((1 + bent) / (1 - bent)) / (4 * Math.PI)];
};
const round = ([x, y]) => [x * 360 - 180, Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180 / Math.PI];

const rings = (geometry) => ({
  Point: () => [], MultiPoint: () => [], LineString: () => [geometry.coordinates], MultiLineString: () => geometry.coordinates,
  Polygon: () => geometry.coordinates, MultiPolygon: () => geometry.coordinates.flat(),
  GeometryCollection: () => geometry.geometries.flatMap(rings),
}[geometry.type]());

/** The world as one path in units of 1/1000 of the square, computed once and then only moved. */
const path = (data) => (data.features ?? [data]).flatMap((one) => rings(one.geometry ?? one))
  .map((ring) => "M" + ring.map((point) => flat(point).map((n) => (n * 1000).toFixed(3)).join(" ")).join("L")).join("");

/** Open a map; takes and gives what `map-gl.js` does. */
export async function open(place, given) {
  const svg = make("svg", { class: "drawn", role: "img", "aria-label": given.says.map, tabindex: 0 });
  const ground = make("g", { class: "world" });
  const over = make("g"), cursor = make("g");
  svg.append(ground, over, cursor);
  place.replaceChildren(svg);
  const view = { x: 0.5, y: 0.5, scale: 400 };
  let shown = [], marked = null, tell = null;

  const size = () => [place.clientWidth || 600, place.clientHeight || 400];
  const at = (point) => { const [w, h] = size(), [x, y] = flat(point); return [(x - view.x) * view.scale + w / 2, (y - view.y) * view.scale + h / 2]; };
  const back = (x, y) => { const [w, h] = size(); return round([(x - w / 2) / view.scale + view.x, (y - h / 2) / view.scale + view.y]); };

  function feature({ properties, geometry }) {
    const mark = properties.kind === "vertex" ? "vertex" : properties.mark;
    if (geometry.type === "MultiPoint") {
      const [w, h] = size(), seen = ([x, y]) => x > -9 && y > -9 && x < w + 9 && y < h + 9;
      return make("path", { class: "fixes", d: geometry.coordinates.map(at).filter(seen).map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join("") });
    }
    if (geometry.type === "Point") {
      const [x, y] = at(geometry.coordinates);
      const made = make("path", { class: `mark ${mark}`, d: SHAPES[mark], transform: `translate(${x} ${y})` });
      made.picked = properties;
      return made;
    }
    const d = rings(geometry).map((ring) => "M" + ring.map((point) => at(point).map((n) => n.toFixed(1)).join(" ")).join("L")).join("");
    const made = make("path", { class: `${properties.kind} ${properties.purpose ?? ""}`, d });
    if (properties.heat) made.style.fillOpacity = properties.heat;
    if (properties.width) made.style.strokeWidth = `${Math.max(6, properties.width * view.scale / 512)}px`;
    return made;
  }

  function name({ properties, geometry }) {
    const ring = geometry.coordinates[0].map(at), [x, y] = [0, 1].map((n) => ring.reduce((sum, point) => sum + point[n], 0) / ring.length);
    const text = make("text", { x, y: y + 16 });
    text.textContent = properties.title;
    return text;
  }

  function draw() {
    const [w, h] = size();
    svg.setAttribute("viewBox", `0 0 ${w} ${h}`);
    ground.setAttribute("transform", `translate(${w / 2 - view.x * view.scale} ${h / 2 - view.y * view.scale}) scale(${view.scale / 1000})`);
    const isPoint = ({ geometry }) => geometry.type === "Point";
    const named = shown.filter(({ properties }) => properties.kind === "fence" && properties.title);
    over.replaceChildren(...shown.filter((one) => !isPoint(one)).map(feature), ...named.map(name), ...shown.filter(isPoint).map(feature));
    const [x, y] = marked ? at(marked) : [0, 0];
    cursor.replaceChildren(...(marked ? [make("circle", { class: "cursor", cx: x, cy: y, r: 7 })] : []));
  }

  function fit([west, south, east, north]) {
    const [w, h] = size(), [x1, y1] = flat([west, north]), [x2, y2] = flat([east, south]);
    view.scale = Math.min(512 * 2 ** 13, (w - 64) / Math.max(x2 - x1, 1e-6), (h - 64) / Math.max(y2 - y1, 1e-6));
    [view.x, view.y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    draw();
  }

  function zoom(by) { view.scale = Math.max(300, Math.min(512 * 2 ** 17, view.scale * 2 ** by)); draw(); }
  function move(x, y) { view.x -= x / view.scale; view.y -= y / view.scale; draw(); }

  let held = null, moved = 0;
  svg.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; moved = 0; });
  svg.addEventListener("pointermove", (event) => {
    if (!held) return;
    const by = [event.clientX - held[0], event.clientY - held[1]];
    moved += Math.abs(by[0]) + Math.abs(by[1]);
    held = [event.clientX, event.clientY];
    if (moved > 4) move(...by);
  });
  for (const name of ["pointerup", "pointerleave"]) svg.addEventListener(name, () => { held = null; });
  svg.addEventListener("click", (event) => {
    if (moved > 4 || !tell) return;
    const box = svg.getBoundingClientRect();
    tell(event.target.picked ?? null, back(event.clientX - box.left, event.clientY - box.top));
  });
  svg.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (moves[event.key]) { move(...moves[event.key]); event.preventDefault(); }
    if (event.key === "+" || event.key === "=") zoom(1);
    if (event.key === "-") zoom(-1);
  });

  fit(given.bounds);
  return {
    name: "svg",
    /** The land under it: {land, borders} as GeoJSON. */
    ground(world) {
      ground.replaceChildren(make("path", { class: "land", d: path(world.land) }), make("path", { class: "borders", d: path(world.borders) }));
    },
    show(collection) { shown = collection.features; draw(); },
    mark(point) { marked = point; draw(); },
    fit, zoom,
    see(point) {
      const [w, h] = size(), [x, y] = at(point);
      if (x < 0 || y < 0 || x > w || y > h) { [view.x, view.y] = flat(point); draw(); }
    },
    onPick(given) { tell = given; },
    restyle() { /* the style sheet knows both themes */ },
    idle: () => Promise.resolve(),
    resize: draw,
  };
}
