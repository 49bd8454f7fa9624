import { signal } from "@preact/signals";
import { html } from "../html.js";
import { UNDO_MS } from "../outbox.js";

const shown = signal(null);
let timer = 0;

/** Say something for five seconds, with one thing that can be done about it. */
export function toast(text, label, act) {
  clearTimeout(timer);
  shown.value = { text, label, act };
  timer = setTimeout(() => (shown.value = null), UNDO_MS - 200); // gone before it would come too late
}

const press = (act) => {
  shown.value = null;
  act();
};

export const Toast = () => html`
  <div class="toast-place" role="status">
    ${shown.value &&
    html`<div class="toast" key=${shown.value}>
      <span>${shown.value.text}</span>
      ${shown.value.act && html`<button type="button" onClick=${() => press(shown.value.act)}>${shown.value.label}</button>`}
    </div>`}
  </div>
`;
