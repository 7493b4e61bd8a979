{% load static %}// Keeps the rating pages of this folder, and what they are drawn with, for when there is no line.
// A page is kept only while the platform says so (X-Keep), and let go when it says no longer.
const CACHE = "dengta-ratings-1";
const PATIENCE = 6000; // ms until a slow line counts as none
const DRAWN_WITH = [
  "{% static 'dengta/dengta.css' %}", "{% static 'dengta/dengta.js' %}", "{% static 'dengta/htmx.min.js' %}",
  "{% static 'dengta/icons.svg' %}", "{% static 'dengta/favicon.svg' %}", "{% static 'dengta/logo.svg' %}",
  "{% static 'dengta/check.svg' %}", "{% static 'dengta/dot.svg' %}", "{% static 'dengta/dash.svg' %}",
  "{% static 'dengta/chevron.svg' %}",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((kept) => kept.addAll(DRAWN_WITH)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

function inTime(request) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("slow")), PATIENCE);
    fetch(request).then((answer) => {
      clearTimeout(timer);
      resolve(answer);
    }, reject);
  });
}

async function page(request) {
  const kept = await caches.open(CACHE);
  const name = new URL(request.url).pathname;
  try {
    const answer = await inTime(request);
    if (answer.status >= 500) return (await kept.match(name)) ?? answer;
    if (answer.ok && !answer.redirected && answer.headers.get("X-Keep") === "offline") await kept.put(name, answer.clone());
    else if (answer.status !== 422) await kept.delete(name);
    return answer;
  } catch (missing) {
    const before = await kept.match(name);
    return before ?? fetch(request); // wait for a slow line, or let the browser say that there is none
  }
}

async function drawing(request) {
  const kept = await caches.open(CACHE);
  const name = new URL(request.url).pathname;
  try {
    const answer = await inTime(request);
    if (answer.ok) await kept.put(name, answer.clone());
    return answer;
  } catch (missing) {
    const before = await kept.match(name);
    return before ?? fetch(request);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (DRAWN_WITH.includes(pathname)) event.respondWith(drawing(request));
});
