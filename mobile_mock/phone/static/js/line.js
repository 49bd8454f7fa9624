// A line that stays open: one tab leads and reads the stream, for a browser allows six connections to a host; the others
// hear of it. It opens again after every end, at once where there is a reason to hope, else less and less often.
import { Refused, Unreachable } from "./http.js";
import { openStream, session } from "./session.js";
import { readEvents } from "./sse.js";
import { exclusively } from "./tabs.js";

const SILENCE_MS = 40_000; // the server says something every 15 s
const FIRST_PAUSE_MS = 1000;
const NUDGED_PAUSE_MS = 250;
const LAST_PAUSE_MS = 5000;

/** Keep a stream open for all tabs. `prepare(reader)` answers the id to go on from; `onEvent(event, reader)` is awaited
 * before the next one is read; `onOpen()` and `onEnd()` tell of the line. Whoever throws ends the line, not its keeping. */
export function keepLine({ name, path, prepare, onEvent, onOpen = () => undefined, onEnd = () => undefined }) {
  let line = new AbortController();
  let nudged = false;
  let wake = nudge;

  addEventListener("online", () => wake());
  addEventListener("offline", () => line.abort());
  document.addEventListener("visibilitychange", () => wake());
  session.subscribe(() => wake());
  void exclusively(name, lead);

  async function lead() {
    for (let failures = 0; ; ) {
      let ms = LAST_PAUSE_MS;
      if (session.value) {
        failures = (await readOnce()) ? 0 : failures + 1;
        ms = Math.min(FIRST_PAUSE_MS * 2 ** failures, LAST_PAUSE_MS) * (0.5 + Math.random() / 2);
      }
      await pause(ms);
    }
  }

  /** Read one stream to its end, whatever ends it; answers whether it had opened. */
  async function readOnce() {
    const reader = session.value.username;
    const silence = watchdog();
    const leaving = session.subscribe((current) => current?.username !== reader && line.abort());
    let opened = false;
    try {
      const cursor = await prepare(reader, silence.feed);
      const headers = { Accept: "text/event-stream", ...(cursor && { "Last-Event-ID": String(cursor) }) };
      const response = await openStream(path, { headers, signal: line.signal, cache: "no-store" });
      for await (const event of response.ok ? readEvents(response.body) : []) {
        silence.feed();
        await onEvent(event, reader);
        if (!opened) onOpen();
        opened = true;
      }
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof Refused || line.signal.aborted)) console.warn(error);
    } finally {
      silence.stop();
      leaving();
    }
    if (opened) onEnd();
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
}
