// The live line. One tab leads and reads the stream, for a browser allows six connections to a host; the others hear it.
import { signal } from "@preact/signals";
import { connection, Refused, Unreachable } from "./http.js";
import { keep, recall } from "./kept.js";
import { flush } from "./outbox.js";
import { openStream, session } from "./session.js";
import { readEvents } from "./sse.js";
import { exclusively, hear, tell } from "./tabs.js";

const SILENCE_MS = 40_000; // the server says something every 15 s
const FIRST_PAUSE_MS = 1000;
const NUDGED_PAUSE_MS = 250;
const LAST_PAUSE_MS = 5000;

export const live = signal(false);
hear("live", (value) => setLive(value));
hear("live?", () => live.value && tell("live", true));

let wake = nudge;
let nudged = false;
let line = new AbortController();

/** Keep one stream open for all tabs; `onEvent` is awaited before the cursor moves on, so that nothing is lost. */
export function keepStream(onEvent) {
  tell("live?");
  addEventListener("online", () => wake());
  addEventListener("offline", () => line.abort());
  document.addEventListener("visibilitychange", () => wake());
  session.subscribe(() => wake());
  void exclusively("floorbook-stream", () => lead(onEvent));
}

async function lead(onEvent) {
  for (let failures = 0; ; ) {
    let ms = LAST_PAUSE_MS;
    if (session.value) {
      failures = (await readOnce(onEvent)) ? 0 : failures + 1;
      ms = Math.min(FIRST_PAUSE_MS * 2 ** failures, LAST_PAUSE_MS) * (0.5 + Math.random() / 2);
    }
    await pause(ms);
  }
}

/** Read one stream to its end, whatever ends it; answers whether it had opened. */
async function readOnce(onEvent) {
  const reader = session.value.username;
  const cursorKey = `cursor/${reader}`;
  const silence = watchdog();
  const leaving = session.subscribe((current) => current?.username !== reader && line.abort());
  try {
    const cursor = await recall(cursorKey);
    const headers = { Accept: "text/event-stream", ...(cursor && { "Last-Event-ID": cursor }) };
    const response = await openStream("/v1/stream", { headers, signal: line.signal, cache: "no-store" });
    for await (const event of response.ok ? readEvents(response.body) : []) {
      silence.feed();
      if (event.event) await onEvent(event.event, event.data ? JSON.parse(event.data) : null);
      if (event.id) await keep(cursorKey, event.id);
      if (!live.value) announce(true); // not before the place to resume from is kept: the first event gives it
    }
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Refused || line.signal.aborted)) console.warn(error);
  } finally {
    silence.stop();
    leaving();
  }
  const opened = live.value;
  announce(false);
  return opened;
}

/** Give up on a line that has gone silent. */
function watchdog() {
  const controller = (line = new AbortController());
  let timer;
  const stop = () => clearTimeout(timer);
  const feed = () => {
    stop();
    timer = setTimeout(() => controller.abort(), SILENCE_MS);
  };
  feed();
  return { feed, stop };
}

function announce(value) {
  setLive(value);
  tell("live", value);
}

function setLive(value) {
  live.value = value;
  if (!value) return;
  connection.value = "open";
  void flush();
}

/** There is a reason to hope: come out of the pause, or make the next one short. */
function nudge() {
  nudged = true;
}

async function pause(ms) {
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, nudged ? NUDGED_PAUSE_MS : ms);
    wake = () => (clearTimeout(timer), resolve());
  });
  wake = nudge;
  nudged = false;
}
