// How things are said on the screen. Pure: values in, words out.

const DAY_MS = 86_400_000;
const QUOTE_AROUND = 40; // characters on either side
const KINDS = {
  follow_up: "Follow up",
  recommendation: "Recommend",
  cross_sell: "Goes with",
  upsell: "Step up",
  replenish: "Running out",
  win_back: "Win back",
  coupon: "Coupon",
  after_sales: "After sales",
  loyalty_card: "Loyalty card",
  spike_offer: "In demand",
};

const INTENTS = { asked: "asked about", owns: "has it", complaint: "is not happy with it", suggested: "you suggested it" };

const STATES = { waits: "Waits for connection", sent: "Sent", attention: "Needs attention", conflict: "Changed by others, too", quarantined: "Kept for the operator" };

export const sayState = (state) => STATES[state];
export const sayKind = (kind) => KINDS[kind] ?? sentence(kind);
export const sayIntent = (intent) => INTENTS[intent] ?? intent;
export const saySegment = (segment) => sentence(segment);
export const isWorry = (segment) => /risk|lost|churn|lapsed|hibernat/i.test(segment);

export const fullName = ({ first_name, last_name, customer_id }) =>
  [first_name, last_name].filter(Boolean).join(" ") || customer_id;

export function initials(customer) {
  const words = fullName(customer).split(/\s+/);
  return (first(words[0]) + (words.length > 1 ? first(words.at(-1)) : "")).toUpperCase();
}

export function place({ city, state }) {
  const name = city && city === city.toLowerCase() ? city.replace(/(^|[\s-])\p{L}/gu, (letter) => letter.toUpperCase()) : city;
  return [name, state].filter(Boolean).join(", ");
}

export function money(amount, currency) {
  const digits = Number(amount) % 1 ? 2 : 0;
  return new Intl.NumberFormat("en-US", {
    style: "currency",
    currency: currency || "USD",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount);
}

/** How long ago a day was: "today", "yesterday", "4 d", "2 w", "31 d", "5 mo", "2 y". */
export function since(day, today = new Date()) {
  const days = daysBetween(day, today);
  if (days <= 0) return "today";
  if (days === 1) return "yesterday";
  if (days < 7 || (days >= 28 && days < 60)) return `${days} d`;
  if (days < 28) return `${Math.floor(days / 7)} w`;
  return days < 365 ? `${Math.floor(days / 30.4)} mo` : `${Math.floor(days / 365.25)} y`;
}

/** When something is due: "Today", "Tomorrow", "Friday", "24 Nov", "Overdue since 1 Nov". */
export function due(day, today = new Date()) {
  const days = -daysBetween(day, today);
  if (days < 0) return `Overdue since ${shortDay(day, today)}`;
  if (days < 2) return ["Today", "Tomorrow"][days];
  return days < 7 ? dateOf(day).toLocaleDateString("en-GB", { weekday: "long" }) : shortDay(day, today);
}

/** "1 Jul", with the year where it isn't this one. Takes a day or a moment. */
export function shortDay(moment, today = new Date()) {
  const day = dateOf(moment);
  const year = day.getFullYear() === today.getFullYear() ? {} : { year: "numeric" };
  return day.toLocaleDateString("en-GB", { day: "numeric", month: "short", ...year });
}

/** Cut a text at spans counted in characters (code points), as the server counts them: [{text, span?}, …]. */
export function cut(text, spans) {
  const characters = Array.from(text);
  const pieces = [];
  let at = 0;
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    if (span.start < at || span.end > characters.length) continue;
    pieces.push({ text: characters.slice(at, span.start).join("") });
    pieces.push({ text: characters.slice(span.start, span.end).join(""), span });
    at = span.end;
  }
  pieces.push({ text: characters.slice(at).join("") });
  return pieces.filter((piece) => piece.text);
}

/** The words of a text, each with its place among them and its characters (code points). */
export function wordsOf(text) {
  const words = [];
  let at = 0;
  let read = 0;
  for (const { index, 0: word } of text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}\p{M}'’]*/gu)) {
    const start = at + Array.from(text.slice(read, index)).length;
    at = start + Array.from(word).length;
    read = index + word.length;
    words.push({ place: words.length, start, end: at });
  }
  return words;
}

const REASONS = {
  popular_lately: ({ n, days }) => `Bought ${n} times in the last ${days} days`,
  own_rhythm: ({ product_id, every_days, days_since }) => `${product_id === null ? "Comes" : "Takes it"} about every ${Math.round(every_days)} days, last ${Math.round(days_since)} days ago`,
  bought_before: ({ n, days_since }) => `Bought ${n} times, last ${Math.round(days_since)} days ago`,
  bought_by_others: ({ n }) => `${n} customers bought it`,
  people_alike: ({ share }) => `${Math.round(100 * share)} % of customers like this one have it`,
  moved_up: ({ product_name, n, n_product }) => `${n} of ${n_product} who had ${product_name} later took this one`,
  purchased: ({ n, amount, category, last_on }) => `Bought${category ? ` ${category}` : ""} ${n} times for ${amount}${last_on ? `, last on ${shortDay(last_on)}` : ""}`,
  standing: ({ segment, recency_days }) => [segment && sentence(segment), recency_days != null && `${recency_days} days since a purchase`].filter(Boolean).join(", "),
  campaign: ({ name }) => `Chosen for “${name}”`,
  spike: ({ observed, expected, region }) => `In demand${region ? ` in ${region}` : ""}: ${observed} in three hours against a usual ${Number(expected.toFixed(1))}`,
};

/** The reason in words: {before, quote, after}; a quote is the associate's own words, cut as by `cut`. */
export function because(reason, notes) {
  if (reason.type === "note_span") {
    const note = notes.find((one) => one.note_id === reason.note_id);
    const day = note?.written_at && since(note.written_at) !== "today" ? ` on ${shortDay(note.written_at)}` : "";
    return { before: "You wrote ", quote: quote(reason, note?.text ?? ""), after: day };
  }
  if (reason.type !== "bought_together") return { before: REASONS[reason.type]?.(reason) ?? reason.text ?? sentence(reason.type) };
  const name = reason.product_name ?? reason.product_id;
  if (reason.share) return { before: `${Math.round(100 * reason.share)} % of buyers of ${name} also take it` };
  const times = reason.lift.toFixed(1);
  return { before: `Bought together with ${name} in ${reason.n} baskets, ${times} times as often as chance` };
}

/** The words that count, and a little of what stands around them. */
function quote(reason, text) {
  const pieces = cut(text, [reason]);
  const at = pieces.findIndex((piece) => piece.span);
  if (at < 0 || pieces[at].text !== reason.text) return [{ text: reason.text, span: reason }];
  return pieces.map(({ text: words, span }, place) => ({ text: span ? words : shorten(words, place < at), span }));
}

/** At most a few words from the end or the beginning of a text, and an ellipsis for the others. */
function shorten(text, fromEnd) {
  if (text.length <= QUOTE_AROUND) return text;
  const words = text.split(/(?<=\s)/);
  let kept = "";
  while (words.length && kept.length + words.at(fromEnd ? -1 : 0).length <= QUOTE_AROUND) {
    kept = fromEnd ? words.pop() + kept : kept + words.shift();
  }
  return fromEnd ? `… ${kept}` : `${kept.trimEnd()} …`;
}

/** What was found in a note, each thing once, by the names that `nameOf` knows of products. */
export function found(mentions, nameOf) {
  const names = mentions.map((one) => one.product_name ?? nameOf(one.product_ids[0]) ?? one.category ?? one.text);
  return [...new Set(names)].join(", ");
}

/** What the orders of this year add up to, or of all years where there was none: "$180 this year". */
export function spent(orders, today = new Date()) {
  const sum = (some) => some.reduce((total, order) => total + Number(order.amount), 0);
  const inYear = orders.filter((order) => (order.ordered_at ?? order.filed_on ?? "").startsWith(String(today.getFullYear())));
  const [amount, when] = sum(inYear) > 0 ? [sum(inYear), "this year"] : [sum(orders), "in all"];
  return amount > 0 && `${money(amount, orders[0].currency)} ${when}`;
}

export const count = (n, one) => `${n.toLocaleString("en-US")} ${one}${n === 1 ? "" : "s"}`;

const first = (word) => Array.from(word)[0] ?? "";
const sentence = (name) => (name.charAt(0).toUpperCase() + name.slice(1)).replaceAll("_", " ");

/** A day as it is here, "2026-11-23". */
export const localDay = (moment = new Date()) => moment.toLocaleDateString("en-CA");

const dateOf = (moment) => new Date(moment.length === 10 ? `${moment}T00:00` : moment);

export function daysBetween(day, today = new Date()) {
  const midnight = (date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(today) - midnight(dateOf(day))) / DAY_MS);
}
