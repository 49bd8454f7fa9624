// The plots: uPlot draws, this says what. Figures stand in data attributes that the server renders.
/* global uPlot */

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const MARKS = { USD: "$", EUR: "€", GBP: "£" };

/** Write money in few characters, as the tiles do. */
export function money(value, unit) {
  if (value == null) return "–";
  const mark = MARKS[unit] ?? "";
  const size = Math.abs(value);
  const sign = value < 0 ? "-" : "";
  if (size >= 1e6) return `${sign}${mark}${+(size / 1e6).toFixed(2)}M`;
  if (size >= 1e3) return `${sign}${mark}${+(size / 1e3).toFixed(1)}k`;
  return `${sign}${mark}${+size.toFixed(2)}`;
}

const axes = (unit) => {
  const line = { stroke: color("--line"), width: 1 };
  const text = { stroke: color("--muted"), font: "12px Inter, system-ui, sans-serif" };
  return [
    { ...text, grid: line, ticks: { ...line, size: 5 } },
    { ...text, grid: line, ticks: { show: false }, size: 62, values: (_, values) => values.map((value) => money(value, unit)) },
  ];
};

function series(figures, unit, isBars) {
  const value = (_, shown) => money(shown, unit);
  const one = { label: "Revenue", stroke: color("--blue"), width: 1.6, value, points: { show: false } };
  if (isBars) {
    one.fill = color("--blue");
    one.paths = uPlot.paths.bars({ size: [0.7, 40], radius: 0.12 });
  }
  const all = [{ label: "Time", value: (_, at) => (at == null ? "–" : moment(at)) }, one];
  if (!isBars) {
    all.push({ label: "So far", stroke: color("--blue"), width: 1.6, dash: [2, 4], value, points: { show: true, size: 5, fill: color("--blue") } });
  }
  if (figures.before) {
    all.push({ label: "Previous", stroke: color("--muted"), width: 1.2, dash: [4, 4], value, points: { show: false } });
  }
  return all;
}

/** Write a bucket's start, UTC. */
export function moment(seconds) {
  const [day, time] = new Date(seconds * 1000).toISOString().split("T");
  return time.startsWith("00:00") ? day : `${day} ${time.slice(0, 5)}`;
}

/** Split off the running day or hour: it is drawn apart, since it is not over yet. */
function columns(figures, isBars) {
  if (isBars) return [figures.x, figures.y];
  const last = figures.y.length - 1;
  const past = figures.y.map((value, at) => (at < last ? value : null));
  const running = figures.y.map((value, at) => (at >= last - 1 ? value : null));
  return figures.before ? [figures.x, past, running, figures.before] : [figures.x, past, running];
}

/** Draw, or redraw with new figures, the plot that `mount` holds. */
export function draw(mount, source, { isBars = false, onChoose = null, force = false } = {}) {
  const figures = JSON.parse(source.dataset.plot);
  const shape = `${source.dataset.unit}|${isBars}|${Boolean(figures.before)}|${figures.x[0]}|${figures.x.length}|${mount.clientWidth}x${mount.clientHeight}`;
  if (mount.plot && mount.shape === shape && !force) {
    const zoomed = mount.plot.scales.x.min > figures.x[0] || mount.plot.scales.x.max < figures.x.at(-1);
    mount.plot.setData(columns(figures, isBars), !zoomed);
    return;
  }
  mount.plot?.destroy();
  mount.shape = shape;
  mount.plot = new uPlot(
    {
      width: mount.clientWidth,
      height: mount.clientHeight - 30,
      tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
      scales: { y: { range: (_, min, max) => [Math.min(0, min ?? 0), (max || 1) * 1.06] } },
      cursor: { y: false, focus: { prox: -1 }, drag: { x: true, y: false } },
      axes: axes(source.dataset.unit),
      series: series(figures, source.dataset.unit, isBars),
    },
    columns(figures, isBars),
    mount,
  );
  if (onChoose) chooseByClick(mount, onChoose);
}

function chooseByClick(mount, onChoose) {
  let pressedAt = null;
  mount.plot.over.addEventListener("mousedown", (event) => (pressedAt = event.clientX));
  mount.plot.over.addEventListener("mouseup", (event) => {
    const { idx } = mount.plot.cursor;
    if (pressedAt != null && Math.abs(event.clientX - pressedAt) < 4 && idx != null) onChoose(mount.plot.data[0][idx]);
    pressedAt = null;
  });
}

/** Let arrow keys move the cursor and Enter choose; `speak` says the value aloud. */
export function readByKeys(mount, { speak, onChoose }) {
  let at = null;
  mount.addEventListener("keydown", (event) => {
    const { plot } = mount;
    const last = plot.data[0].length - 1;
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last };
    if (event.key in steps) {
      event.preventDefault();
      at = Math.min(last, Math.max(0, (at ?? (steps[event.key] > 0 ? -1 : last + 1)) + steps[event.key]));
      plot.setCursor({ left: plot.valToPos(plot.data[0][at], "x"), top: 10 });
      const [times, past, running, previous] = plot.data;
      const before = previous ? `, before ${money(previous[at], mount.unit)}` : "";
      speak(`${moment(times[at])}: ${money(past[at] ?? running[at], mount.unit)}${before}`);
    } else if (event.key === "Enter" && at != null) {
      onChoose?.(plot.data[0][at]);
    }
  });
}

/** Save the plot as a picture, on the page's ground. */
export function savePicture(mount, name) {
  const { canvas } = mount.plot.ctx;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const context = copy.getContext("2d");
  context.fillStyle = color("--card");
  context.fillRect(0, 0, copy.width, copy.height);
  context.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}
