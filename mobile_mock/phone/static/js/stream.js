// The live line of suggestions, with its cursor kept on the phone: what was told while nobody listened comes after.
import { signal } from "@preact/signals";
import { connection } from "./http.js";
import { keep, recall } from "./kept.js";
import { keepLine } from "./line.js";
import { flush } from "./outbox.js";
import { hear, tell } from "./tabs.js";

export const live = signal(false);
hear("live", (value) => setLive(value));
hear("live?", () => live.value && tell("live", true));

const cursorOf = (reader) => `cursor/${reader}`;

/** Keep the stream open; `takeIn` is awaited before the cursor moves on, so that nothing is lost. */
export function keepStream(takeIn) {
  tell("live?");
  keepLine({
    name: "floorbook-stream",
    path: "/v1/stream",
    prepare: (reader) => recall(cursorOf(reader)),
    async onEvent({ event, data, id }, reader) {
      if (event) await takeIn(event, data ? JSON.parse(data) : null);
      if (id) await keep(cursorOf(reader), id);
    },
    onOpen: () => announce(true), // not before the place to resume from is kept: the first event gives it
    onEnd: () => announce(false),
  });
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
