// Who is signed in. The refresh token stays on the phone; the access token lives in this page's memory only.
import { signal } from "@preact/signals";
import { connection, Refused, request, send } from "./http.js";
import { forget, keep, recall } from "./kept.js";
import { hear, tell } from "./tabs.js";

const EARLY_MS = 30_000;

/** undefined: not known yet; null: nobody; else {username, refresh_token, me}. */
export const session = signal(undefined);
let access = { token: null, until: 0 };

hear("session", async () => {
  access = { token: null, until: 0 };
  session.value = (await recall("session")) ?? null;
});

export async function openSession() {
  session.value = (await recall("session")) ?? null;
}

export async function signIn(username, password) {
  const answer = await request("POST", "/v1/auth/token", { body: { username, password, cookie: true } });
  if ((await recall("last_username")) !== username) await forgetAnswers();
  await keep("last_username", username);
  await take(username, answer);
  const me = await call("GET", "/v1/me").catch(() => null);
  await take(username, { ...answer, refresh_token: session.value.refresh_token }, me);
  tell("session");
}

export async function signOut() {
  const { refresh_token } = session.value;
  await leave();
  await forgetAnswers();
  await request("POST", "/v1/auth/revoke", { body: { refresh_token } }).catch(() => undefined);
}

/** Call the API as the associate; the token is renewed when it has run out. The answer is parsed JSON. */
export async function call(method, path, { headers = {}, ...options } = {}) {
  try {
    return await request(method, path, { ...options, headers: { ...headers, ...(await bearer(method)) } });
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) throw error;
    access.until = 0;
    return request(method, path, { ...options, headers: { ...headers, ...(await bearer("POST")) } });
  }
}

/** Open a stream as the associate; the answer is a Response. */
export async function openStream(path, { headers, ...options }) {
  const response = await send(path, { ...options, headers: { ...headers, ...(await bearer("POST")) } });
  if (response.status === 401) access.until = 0;
  return response;
}

async function bearer(method) {
  if (access.until < Date.now() + EARLY_MS) {
    try {
      await navigator.locks.request("floorbook-session", renew);
    } catch (error) {
      // a reader may still be answered by what the service worker kept
      if (method !== "GET" || error instanceof Refused) throw error;
    }
  }
  return access.token ? { Authorization: `Bearer ${access.token}` } : {};
}

/** Trade the refresh token for a new pair. One tab at a time: a token that is used twice ends the session. */
async function renew() {
  if (access.until >= Date.now() + EARLY_MS) return;
  const current = await recall("session");
  if (!current) throw new Refused(401, { title: "Sign in first" });
  try {
    const { refresh_token } = current;
    const answer = await request("POST", "/v1/auth/refresh", { body: { refresh_token, cookie: true } });
    await take(current.username, answer, current.me);
  } catch (error) {
    if (error instanceof Refused && !error.passing) await leave();
    throw error;
  }
}

async function take(username, { access_token, expires_in, refresh_token }, me = null) {
  access = { token: access_token, until: Date.now() + 1000 * expires_in };
  const taken = { username, refresh_token, me };
  await keep("session", taken);
  session.value = taken;
}

/** Sign out here. Notes that wait stay: they are sent when their writer signs in again. */
async function leave() {
  access = { token: null, until: 0 };
  await forget("session");
  session.value = null;
  connection.value = "unknown";
  tell("session");
}

const forgetAnswers = () => caches.delete("floorbook-api");
