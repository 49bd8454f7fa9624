import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { html } from "../html.js";

const screens = signal(null);

/** A screen out of the second script, which is loaded when the first of its screens is wanted; offline has it, too. */
export const later = (name) => (props) => {
  const loaded = screens.value;
  useEffect(() => {
    if (!loaded) void import("../screens/second.js").then((module) => (screens.value = module));
    else if (document.activeElement === document.body) document.querySelector("h1")?.focus({ preventScroll: true });
  }, [loaded]);
  return loaded ? html`<${loaded[name]} ...${props} />` : html`<main aria-busy="true"></main>`;
};
