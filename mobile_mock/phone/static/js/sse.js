// Server-sent events over fetch: EventSource can't send the Authorization header and gives up for good after an HTTP error.

import { Unreachable } from "./http.js";

/** Read events {id, event, data, retry} off a body as they come; comments are yielded as {}, for they show life. */
export async function* readEvents(body) {
  let rest = "";
  for await (const text of chunks(body)) {
    const blocks = (rest + text).split(/\r\n\r\n|\n\n|\r\r/);
    rest = blocks.pop();
    for (const block of blocks) yield parseEvent(block);
  }
}

export function parseEvent(block) {
  const event = {};
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const [field, value] = colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
    if (field === "data") event.data = event.data === undefined ? value : `${event.data}\n${value}`;
    else if (field) event[field] = value;
  }
  return event;
}

async function* chunks(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const read = () => reader.read().catch(raiseUnreachable);
    for (let next = await read(); !next.done; next = await read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The line broke, as lines do. */
function raiseUnreachable(error) {
  throw new Unreachable(error.message);
}
