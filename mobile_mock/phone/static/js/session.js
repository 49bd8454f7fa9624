// Who is signed in. The tokens stay on the phone: a refresh token is good for one use, so the fewer the uses, the fewer
// the answers that a bad line can lose.
import { signal } from "@preact/signals";
import { connection, newId, Refused, request, send } from "./http.js";
import { clear, forget, keep, recall } from "./kept.js";
import { exclusively, hear, tell } from "./tabs.js";

const EARLY_MS = 30_000;

/** undefined: not known yet; null: nobody; else {username, refresh_token, access_token, until, me}. */
export const session = signal(undefined);

hear("session", openSession);

export async function openSession() {
  session.value = (await recall("session")) ?? null;
}

export async function signIn(username, password) {
  const answer = await request("POST", "/v1/auth/token", { body: { username, password, cookie: true } });
  if ((await recall("last_username")) !== username) await forgetAnswers();
  await keep("last_username", username);
  await take(username, answer, null);
  const me = await call("GET", "/v1/me").catch(() => null);
  if (session.value) await put({ ...session.value, me });
}

export async function signOut() {
  const { refresh_token } = session.value;
  await leave();
  await forgetAnswers();
  await request("POST", "/v1/auth/revoke", { body: { refresh_token } }).catch(() => undefined);
}

/** Call the API as the associate; the token is renewed when it has run out. The answer is parsed JSON. */
export async function call(method, path, { headers = {}, ...options } = {}) {
  const token = await accessToken().catch((error) => {
    if (method === "GET" && !(error instanceof Refused)) return null; // a reader may be answered from what is kept
    throw error;
  });
  const ask = (bearer) => request(method, path, { ...options, headers: { ...headers, ...authorization(bearer) } });
  try {
    return await ask(token);
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) throw error;
    return ask(await accessToken(token));
  }
}

/** Open a stream as the associate; the answer is a Response. */
export async function openStream(path, { headers, ...options }) {
  const open = (token) => send(path, { ...options, headers: { ...headers, ...authorization(token) } });
  const token = await accessToken();
  const response = await open(token);
  return response.status === 401 ? open(await accessToken(token)) : response;
}

const authorization = (token) => token && { Authorization: `Bearer ${token}` };
const isGood = (one, refused) => one && one.access_token !== refused && one.until > Date.now() + EARLY_MS;

/** A token that is good for a while yet, and that is not the one which was just refused. */
async function accessToken(refused) {
  if (!isGood(session.value, refused)) await exclusively("floorbook-session", () => renew(refused));
  return session.value.access_token;
}

/** Trade the refresh token for a new pair. One tab at a time: a token that is used twice ends the session. The key is
 * kept before it is sent: when the answer is lost, the same trade is asked for again, also after a reload. */
async function renew(refused) {
  await openSession(); // another tab may have been here
  const current = session.value;
  if (!current) throw new Refused(401, { title: "Sign in first" });
  if (isGood(current, refused)) return;
  try {
    const { refresh_token, refresh_key = newId() } = current;
    if (!current.refresh_key) await put({ ...current, refresh_key });
    const headers = { "Idempotency-Key": refresh_key };
    const answer = await request("POST", "/v1/auth/refresh", { headers, body: { refresh_token, cookie: true } });
    await take(current.username, answer, current.me);
  } catch (error) {
    if (error instanceof Refused && !error.passing) await leave();
    throw error;
  }
}

const take = (username, { access_token, expires_in, refresh_token }, me) =>
  put({ username, refresh_token, access_token, until: Date.now() + 1000 * expires_in, me });

async function put(taken) {
  await keep("session", taken);
  session.value = taken;
  tell("session");
}

/** Sign out here. Notes that wait stay: they are sent when their writer signs in again. */
async function leave() {
  await forget("session");
  session.value = null;
  connection.value = "unknown";
  tell("session");
}

/** Leave nothing of what was answered or replicated for somebody who goes. */
async function forgetAnswers() {
  await globalThis.caches?.delete("floorbook-api");
  await Promise.all([forget("checkpoint"), clear("book"), clear("rows")]);
}
