import { html } from "../html.js";
import { mine } from "../outbox.js";
import { Entry } from "../parts/entry.js";
import { TopBar } from "../parts/top_bar.js";

/** All that was written here and is not done with, oldest first. */
export default () => html`
  <${TopBar} title="Outbox" />
  <main>
    <ul class="cards" aria-label="Outbox">
      ${mine.value.map((entry) => html`<li class="card" key=${entry.position}><${Entry} entry=${entry} linked /></li>`)}
    </ul>
    ${mine.value.length === 0 && html`<p class="empty">Everything is with the server.</p>`}
  </main>
`;
