// While the line is lost, ask now and then whether it is back: an open stream does not tell, for it may be silent.
import { connection, send } from "./http.js";

const FIRST_PAUSE_MS = 1000;
const LAST_PAUSE_MS = 5000;
const TIMEOUT_MS = 5000;

let timer = 0;

/** Any answer sets `connection` to "open" again. */
export function keepProbing() {
  connection.subscribe((state) => {
    clearTimeout(timer);
    if (state === "lost") timer = setTimeout(probe, FIRST_PAUSE_MS, FIRST_PAUSE_MS);
  });
  addEventListener("online", () => connection.value === "lost" && probe(FIRST_PAUSE_MS));
}

async function probe(pause) {
  clearTimeout(timer);
  try {
    await send("/healthz", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    const next = Math.min(2 * pause, LAST_PAUSE_MS);
    timer = setTimeout(probe, next * (0.75 + Math.random() / 4), next);
  }
}
