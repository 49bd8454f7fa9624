// The board keeps itself up to date: every two seconds the server renders it anew and htmx morphs what has changed.
/* global htmx */
import { draw, readByKeys, savePicture } from "/assets/pages/plots.js";
import { renewSession } from "/assets/pages/session.js";
import { switchTheme } from "/assets/pages/themes.js";

const EVERY_MS = 2000;
const RENEW_MS = 8 * 60 * 1000;
const state = { paused: false, asking: false, lost: false, visits: 0, view: null, known: new Set() };

const byId = (id) => document.getElementById(id);
const url = () => byId("board").dataset.url;
const visit = (address) => htmx.ajax("GET", address, { target: "#board", swap: "outerMorph", push: "true" });

function chooseDay(seconds) {
  const figures = byId("plot-figures").dataset;
  if (figures.granularity !== "day") return;
  const day = new Date(seconds * 1000).toISOString().slice(0, 10);
  const address = figures.dayUrl;
  visit(`${address}${address.includes("?") ? "&" : "?"}day=${day}`);
}

function drawAll({ force = false } = {}) {
  const plot = byId("plot");
  plot.unit = byId("plot-figures").dataset.unit;
  draw(plot, byId("plot-figures"), { onChoose: chooseDay, force });
  if (!plot.reads) {
    readByKeys(plot, { speak: (text) => (byId("spoken").textContent = text), onChoose: chooseDay });
    plot.reads = true;
  }
  const hours = byId("hours");
  if (hours) draw(hours, byId("hours-figures"), { isBars: true, force });
}

/** Let what was sold since the last look light up for a moment. */
function markNew() {
  const rows = [...document.querySelectorAll(".sales li")];
  const isFirst = state.view !== url(); // another view lists other sales: none of them is news
  state.view = url();
  for (const row of rows) row.classList.toggle("new", !isFirst && !state.known.has(row.id));
  for (const row of rows) state.known.add(row.id);
}

function showState() {
  const badge = byId("badge");
  if (state.lost) {
    badge.className = "badge lost";
    byId("badge-text").textContent = "No answer from the server · figures of";
  } else if (state.paused) {
    badge.className = "badge paused";
    byId("badge-text").textContent = "Paused · figures of";
  }
  byId("pause").setAttribute("aria-pressed", String(state.paused));
  byId("pause").textContent = state.paused ? "Go on" : "Pause";
}

async function look() {
  if (state.paused || state.asking || document.hidden) return;
  state.asking = true;
  try {
    await htmx.ajax("GET", url(), { target: "#board", swap: "outerMorph", source: document.body });
  } finally {
    state.asking = false;
  }
}

async function signInAgain() {
  if (await renewSession()) return look();
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

function lose(isLost) {
  state.lost = isLost;
  const trouble = byId("trouble");
  trouble.hidden = !isLost;
  trouble.textContent = isLost ? "The server does not answer. These figures stand still; they move on by themselves once it is back." : "";
  showState();
}

document.addEventListener("htmx:before:request", ({ detail }) => {
  if (!detail.ctx.push) return;
  state.visits += 1;
  byId("board").setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (detail.ctx.push) state.visits -= 1;
  if (state.visits === 0) byId("board").removeAttribute("aria-busy");
});
// A look that was under way when somebody chose something else answers for the view of before: drop it.
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.target?.id === "board" && !ctx.push && (state.visits > 0 || ctx.request.action !== url())) event.preventDefault();
});
document.addEventListener("htmx:after:swap", () => {
  lose(false);
  drawAll();
  markNew();
});
document.addEventListener("htmx:response:error", ({ detail }) => {
  if (detail.ctx.response.status === 401) signInAgain();
  else lose(true);
});
document.addEventListener("htmx:error", () => lose(true));

document.addEventListener("click", (event) => {
  const { id } = event.target;
  if (id === "pause") {
    state.paused = !state.paused;
    showState();
    look();
  } else if (id === "theme") {
    switchTheme();
    drawAll({ force: true });
  } else if (id === "picture") {
    savePicture(byId("plot"), `floorbook-revenue-${byId("board").dataset.asOf.slice(0, 10)}.png`);
  }
});
document.addEventListener("floorbook:theme", () => drawAll({ force: true }));
document.addEventListener("visibilitychange", look);

let resizing = null;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => drawAll({ force: true }), 120);
});

drawAll();
markNew();
setInterval(look, EVERY_MS);
setInterval(renewSession, RENEW_MS);
