import { h } from "preact";
import htm from "htm";

/** Templates: html`<p>…</p>`. */
export const html = htm.bind(h);
