// The service worker. VERSION and SHELL stand above this line when it is served.
const SHELL_CACHE = `floorbook-shell-${VERSION}`;
const API_CACHE = "floorbook-api";
const API_ENTRIES = 300;
const PATIENCE_MS = 4000;
const GATEWAY_FAULTS = [502, 503, 504];

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/v1/")) {
    if (pathname !== "/v1/stream" && !pathname.startsWith("/v1/sync/")) event.respondWith(fromApi(event));
  } else if (event.request.mode === "navigate") event.respondWith(page(pathname));
  else event.respondWith(fromShell(event.request));
});

async function install() {
  const cache = await caches.open(SHELL_CACHE);
  await cache.addAll(SHELL.map((path) => new Request(path, { cache: "no-cache" })));
  await self.skipWaiting();
}

async function activate() {
  const stale = (await caches.keys()).filter((name) => name.startsWith("floorbook-shell-") && name !== SHELL_CACHE);
  await Promise.all(stale.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function page(pathname) {
  const home = new URL("./", location).pathname;
  if (pathname !== home) return Response.redirect(home);
  return (await caches.match("./", { cacheName: SHELL_CACHE })) ?? fetch(home);
}

async function fromShell(request) {
  return (await caches.match(request, { cacheName: SHELL_CACHE })) ?? fetch(request);
}

/** The network first; what was answered before only where it fails, or keeps the associate waiting. */
async function fromApi(event) {
  const answered = fetch(event.request);
  event.waitUntil(answered.then((response) => remember(event.request.url, response)).catch(() => undefined));
  try {
    const response = await Promise.race([answered, patience()]);
    if (response && !GATEWAY_FAULTS.includes(response.status)) return response;
  } catch {
    // no network: the kept answer, or the failure itself below
  }
  return (await kept(event.request.url)) ?? answered;
}

const patience = () => new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));

async function remember(url, response) {
  if (!response.ok) return;
  const copy = response.clone();
  const cache = await caches.open(API_CACHE);
  await cache.delete(url); // so that the order of keys is the order of use
  await cache.put(url, copy);
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, -API_ENTRIES).map((key) => cache.delete(key)));
}

async function kept(url) {
  const response = await caches.match(url, { cacheName: API_CACHE, ignoreVary: true });
  if (!response) return undefined;
  const headers = new Headers(response.headers);
  headers.set("x-floorbook-kept", "1"); // the page then says that it is offline
  return new Response(response.body, { status: response.status, headers });
}
