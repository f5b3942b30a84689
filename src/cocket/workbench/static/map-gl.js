// SPDX-License-Identifier: Apache-2.0
// A map drawn by MapLibre GL from GeoJSON alone: no tiles, no glyphs, no request to anybody.

const PICKED = ["alerts", "devices", "vertices"];
const LINES = { "line-join": "round", "line-cap": "round" };
const SHAPES = {
  red: (p) => { p.moveTo(16, 3); p.lineTo(30, 28); p.lineTo(2, 28); },
  amber: (p) => { p.moveTo(16, 2); p.lineTo(30, 16); p.lineTo(16, 30); p.lineTo(2, 16); },
  quiet: (p) => { p.rect(5, 5, 22, 22); },
  well: (p) => { p.arc(16, 16, 11, 0, 2 * Math.PI); },
};

/** Devices with an alert: the mark of the alert within the circle of a device. */
const INNER = {
  "device-red": (p) => { p.moveTo(16, 8); p.lineTo(24, 22); p.lineTo(8, 22); },
  "device-amber": (p) => { p.moveTo(16, 7); p.lineTo(25, 16); p.lineTo(16, 25); p.lineTo(7, 16); },
};

function shape(pen, outline, fill, edge) {
  pen.beginPath();
  outline(pen);
  pen.closePath();
  pen.fillStyle = fill;
  pen.strokeStyle = edge;
  pen.fill();
  pen.stroke();
}

/** A mark as an image: filled with its colour, edged with the ground so that it stands out. */
function image(name, palette) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.lineWidth = 3;
  pen.lineJoin = "round";
  const colour = { red: palette.red, amber: palette.yellow, quiet: palette.paper, well: palette.accent }[name.replace("device-", "")];
  if (INNER[name]) {
    shape(pen, (p) => p.arc(16, 16, 14, 0, 2 * Math.PI), palette.paper, colour);
    shape(pen, INNER[name], colour, colour);
  } else shape(pen, SHAPES[name], colour, name === "quiet" ? palette.ink : palette.paper);
  return pen.getImageData(0, 0, 32, 32);
}

const of = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];

/** A width in metres as pixels: what a line is wide at zoom 0, doubled with each zoom. */
const metres = (least) => ["interpolate", ["exponential", 2], ["zoom"], 0, ["max", 0.0001, ["get", "width"]],
  ...[6, 8, 10, 12, 14, 22].flatMap((zoom) => [zoom, ["max", zoom < 9 ? least : 0.0001, ["*", ["get", "width"], 2 ** zoom]]])];

function layers(palette) {
  const edge = ["match", ["get", "purpose"], "forbidden", palette.alarm, "office", palette.accent, palette.ink2];
  const line = (id, source, filter, paint) => ({ id, source, type: "line", layout: LINES, ...(filter && { filter }), paint });
  return [
    { id: "sea", type: "background", paint: { "background-color": palette.sea } },
    { id: "land", source: "land", type: "fill", paint: { "fill-color": palette.paper, "fill-antialias": false } },
    line("shore", "land", null, { "line-color": palette.line2, "line-width": 0.8 }),
    line("borders", "borders", null, { "line-color": palette.line2, "line-width": 0.8, "line-dasharray": [3, 2] }),
    line("corridor", "shown", of("corridor", "detour"), { "line-color": palette.accent, "line-opacity": 0.16, "line-width": metres(6) }),
    line("axis", "shown", of("corridor", "detour"), { "line-color": palette.accent, "line-width": 1, "line-opacity": 0.7, "line-dasharray": [4, 3] }),
    { id: "heat", source: "shown", type: "fill", filter: of("heat"), paint: { "fill-color": palette.alarm, "fill-opacity": ["get", "heat"] } },
    { id: "places", source: "shown", type: "fill", filter: of("fence"), paint: { "fill-color": edge, "fill-opacity": 0.12 } },
    line("edges", "shown", of("fence"), { "line-color": edge, "line-width": 1.5 }),
    line("track", "shown", of("track"), { "line-color": palette.ink, "line-width": 2 }),
    line("gap", "shown", of("gap"), { "line-color": palette.ink2, "line-width": 1.5, "line-dasharray": [1, 2.5] }),
    { id: "fixes", source: "shown", type: "circle", filter: of("fix"), minzoom: 7, paint: { "circle-radius": 2.5, "circle-color": palette.ink } },
    { id: "names", source: "shown", type: "symbol", filter: of("fence"), minzoom: 5, layout: { "text-field": ["get", "title"], "text-size": 12, "text-font": ["sans-serif"], "text-offset": [0, 1], "text-anchor": "top" }, paint: { "text-color": palette.ink, "text-halo-color": palette.paper, "text-halo-width": 1.5 } },
    { id: "devices", source: "shown", type: "symbol", filter: of("device"), layout: { "icon-image": ["get", "mark"], "icon-size": 0.56, "icon-allow-overlap": true } },
    { id: "alerts", source: "shown", type: "symbol", filter: of("alert"), layout: { "icon-image": ["get", "mark"], "icon-size": 0.56, "icon-allow-overlap": true } },
    { id: "vertices", source: "shown", type: "circle", filter: of("vertex"), paint: { "circle-radius": 6, "circle-color": palette.accent, "circle-stroke-color": palette.paper, "circle-stroke-width": 2 } },
    { id: "cursor", source: "cursor", type: "circle", paint: { "circle-radius": 7, "circle-color": palette.paper, "circle-opacity": 0.6, "circle-stroke-color": palette.accent, "circle-stroke-width": 3 } },
  ];
}

const none = { type: "FeatureCollection", features: [] };

/**
 * Open a map.
 *
 * @param place where it is drawn
 * @param given {maplibre: address of the library, palette: colours, bounds: [west, south, east, north], says: words}
 */
export async function open(place, given) {
  const { Map: Drawn, ScaleControl } = await import(given.maplibre);
  const source = (data, more = {}) => ({ type: "geojson", data, ...more });
  let shown = none, marked = none, world = { land: none, borders: none };
  const style = (palette) => ({
    version: 8,
    sources: { land: source(world.land, { tolerance: 0.2 }), borders: source(world.borders, { tolerance: 0.2 }), shown: source(shown), cursor: source(marked) },
    layers: layers(palette),
  });
  const map = new Drawn({
    container: place, style: style(given.palette), bounds: given.bounds, fitBoundsOptions: { padding: 32, maxZoom: 13 },
    attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, maxZoom: 17, minZoom: 0.5,
    fadeDuration: 0, localIdeographFontFamily: "sans-serif", renderWorldCopies: true,
    locale: { "Map.Title": given.says.map },
  });
  map.keyboard.disableRotation();
  map.touchZoomRotate.disableRotation();
  map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-left");
  const images = (palette) => {
    for (const name of Object.keys({ ...SHAPES, ...INNER })) {
      if (map.hasImage(name)) map.removeImage(name);
      map.addImage(name, image(name, palette), { pixelRatio: 1 });
    }
  };
  await new Promise((done, fail) => { map.once("load", done); map.once("error", (event) => fail(event.error)); });
  images(given.palette);
  const around = ({ x, y }, by) => [[x - by, y - by], [x + by, y + by]];
  return {
    name: "gl",
    /** The land under it: {land, borders} as GeoJSON. */
    ground(given) {
      world = given;
      for (const name of ["land", "borders"]) map.getSource(name).setData(world[name]);
    },
    show(collection) { shown = collection; map.getSource("shown").setData(shown); },
    mark(point) {
      marked = point ? { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } } : none;
      map.getSource("cursor").setData(marked);
    },
    fit(bounds, still) { map.fitBounds(bounds, { padding: 32, maxZoom: 13, animate: !still }); },
    zoom(by) { map.easeTo({ zoom: map.getZoom() + by, duration: 150 }); },
    see(point) { if (!map.getBounds().contains(point)) map.jumpTo({ center: point }); },
    onPick(tell) {
      map.on("click", (event) => {
        const [found] = map.queryRenderedFeatures(around(event.point, 8), { layers: PICKED });
        tell(found ? found.properties : null, [event.lngLat.wrap().lng, event.lngLat.lat]);
      });
      for (const layer of PICKED) {
        map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
        map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
      }
    },
    restyle(palette) {
      map.setStyle(style(palette), { diff: false });
      map.once("styledata", () => images(palette));
    },
    idle: () => (map.loaded() ? Promise.resolve() : new Promise((done) => map.once("idle", done))),
    resize: () => map.resize(),
  };
}
