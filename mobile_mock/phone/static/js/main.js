// The phone app: opens what is kept on this phone, shows it, then asks the server.
import { signal } from "@preact/signals";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { loadArrived, query, refresh, search, takeIn } from "./book.js";
import { html } from "./html.js";
import { connection } from "./http.js";
import { reload, watchConnection } from "./outbox.js";
import { Banner } from "./parts/banner.js";
import { Toast } from "./parts/toast.js";
import { later } from "./parts/later.js";
import { keepProbing } from "./probe.js";
import { keepBook, openBook } from "./replica.js";
import { route } from "./route.js";
import { Customers } from "./screens/customers.js";
import { SignIn } from "./screens/sign_in.js";
import { openSession, session } from "./session.js";
import { keepStream } from "./stream.js";

const moved = signal(false);

const SCREENS = {
  customers: Customers,
  customer: later("Customer"),
  edit: later("Edit"),
  checkout: later("Checkout"),
  day: later("Day"),
  new: later("NewCustomer"),
  corrections: later("Corrections"),
  outbox: later("Outbox"),
};

function App() {
  const { screen, customerId } = route.value;
  useEffect(() => {
    scrollTo(0, 0);
    if (moved.peek()) document.querySelector("h1")?.focus({ preventScroll: true });
    moved.value = true;
  }, [screen, customerId]);
  if (!session.value) return html`<${SignIn} />`;
  return html`
    <${Banner} />
    <${SCREENS[screen]} key=${`${screen}/${customerId}`} customerId=${customerId} />
    <${Toast} />
  `;
}

function look() {
  const { screen, customerId } = route.value;
  if (!session.value || document.hidden) return;
  if (customerId) void refresh(customerId);
  if (screen === "customers") void search(query.value);
}

async function start() {
  await Promise.all([openSession(), reload()]);
  await openBook();
  session.subscribe(() => void loadArrived());
  render(html`<${App} />`, document.getElementById("app"));
  watchConnection();
  keepProbing();
  keepStream(takeIn);
  keepBook();
  document.addEventListener("visibilitychange", look);
  let before = connection.value;
  connection.subscribe((state) => {
    if (state === "open" && before === "lost") look();
    before = state;
  });
  navigator.serviceWorker?.addEventListener("controllerchange", look); // so that what is on screen is kept, too
  await navigator.serviceWorker?.register("worker.js", { scope: location.pathname.replace(/\/$/, "") || "/" });
  await navigator.storage?.persist?.();
}

void start();
