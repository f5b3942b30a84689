// SPDX-License-Identifier: Apache-2.0
// Replay of a journey: one moment, shown on the map, in all strips and in words. The slider is an ordinary field, so
// that arrow keys, Home and End move it; without scripts the strips and the tables say the same.
"use strict";

(() => {
  const replay = document.querySelector("[data-fixes]");
  if (!replay) return;
  const fixes = JSON.parse(replay.dataset.fixes); // [x of 1000, longitude, latitude, words]
  const slider = replay.querySelector("input[type=range]"), said = replay.querySelector("output"), play = replay.querySelector("[data-play]");
  const cursors = document.querySelectorAll(".strip .now");
  const STEP_MS = 80, STEPS = 250;
  let map = null, timer = null;

  function show(place) {
    const [x, lon, lat, words] = fixes[place];
    said.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    for (const line of cursors) {
      line.setAttribute("x1", `${x / 10}%`);
      line.setAttribute("x2", `${x / 10}%`);
      line.classList.add("shown");
    }
    map?.mark([lon, lat]);
    map?.see([lon, lat]);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.setAttribute("aria-pressed", "false");
  }

  function start() {
    const by = Math.max(1, Math.round(fixes.length / STEPS));
    if (Number(slider.value) >= fixes.length - 1) slider.value = 0;
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      slider.value = Math.min(fixes.length - 1, Number(slider.value) + by);
      show(Number(slider.value));
      if (Number(slider.value) >= fixes.length - 1) stop();
    }, STEP_MS);
  }

  /** The last fix at or before a place on the strips. */
  const at = (x) => { let low = 0, high = fixes.length - 1; while (low < high) { const mid = (low + high + 1) >> 1; if (fixes[mid][0] <= x) low = mid; else high = mid - 1; } return low; };

  replay.hidden = false;
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  play.addEventListener("click", () => (timer ? stop() : start()));
  document.addEventListener("map-open", (event) => { map = event.detail; show(Number(slider.value)); });
  document.addEventListener("click", (event) => {
    const strip = event.target.closest(".strip"), seen = event.target.closest("[data-at]");
    if (seen) { slider.value = at(Number(seen.dataset.at)); slider.scrollIntoView({ block: "center" }); slider.focus(); }
    else if (strip && !event.target.closest("a")) { const box = strip.getBoundingClientRect(); slider.value = at(1000 * (event.clientX - box.left) / box.width); }
    else return;
    stop();
    show(Number(slider.value));
  });
})();
