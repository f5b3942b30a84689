// SPDX-License-Identifier: Apache-2.0
// Serves the pocket where there is no network: its page, and the files that page names. Data is not kept here.
"use strict";

const KEPT = "cocket-pocket-1";
const PAGE = "/pocket";

// Keep a page with every file that it names, so that no page is kept without its files; older files go.
async function keep(answer) {
  const page = answer.clone();
  const names = [...(await answer.clone().text()).matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map((found) => found[1]);
  const cache = await caches.open(KEPT);
  const missing = [];
  for (const name of names) if (!(await cache.match(name))) missing.push(name);
  await cache.addAll(missing);
  await cache.put(PAGE, page);
  for (const old of await cache.keys()) {
    const { pathname, search } = new URL(old.url);
    if (pathname !== PAGE && !names.includes(pathname + search)) await cache.delete(old);
  }
}

const isPage = (answer) => answer.ok && !answer.redirected && new URL(answer.url).pathname === PAGE;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const answer = await fetch(PAGE, { cache: "no-store" });
    if (!isPage(answer)) throw new Error("not signed in");
    await keep(answer);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function page(event) {
  try {
    const answer = await fetch(event.request);
    if (isPage(answer)) event.waitUntil(keep(answer.clone()).catch(() => undefined));
    return answer;
  } catch {
    return (await caches.match(PAGE)) ?? Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== location.origin || event.request.method !== "GET") return;
  if (event.request.mode === "navigate" && pathname === PAGE) event.respondWith(page(event));
  else if (pathname.startsWith("/static/")) event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request)));
});
