import { html } from "../html.js";
import { connection } from "../http.js";
import { waiting } from "../outbox.js";
import { count } from "../words.js";

/** Offline, and what that means for what was just written. Follows failed requests. */
export function Banner() {
  const lost = connection.value === "lost";
  return html`<div role="status">${lost && html`<p class="banner"><${Clock} /> Offline — ${state()}</p>`}</div>`;
}

function state() {
  const n = waiting.value.length;
  if (n === 0) return "you can go on working; sent when you’re back.";
  const notes = waiting.value.every((entry) => entry.kind === "note");
  return `${count(n, notes ? "note" : "change")} saved on this phone; sent when you’re back.`;
}

export const Clock = () => html`
  <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2" /><path d="M8 4.4V8h2.6" /></svg>
`;
