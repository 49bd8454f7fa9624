// What a list and a search need of a free-form document, under whatever spelling of its fields. Pure.

const DAY = /^\d{4}-\d\d-\d\d/;

/** {customer_id, names, place, products, days, whose, sort, words} of a replicated state. */
export function rowOf({ customer_id, associate_id, store_id, document, notes }) {
  const { firstname, lastname, address, products, orders, lastinteractiondate, ...rest } = plain(document);
  const { city, state } = { ...rest, ...plain(address) };
  const named = list(products).map(nameOf).filter(Boolean);
  const row = {
    customer_id,
    associate_id,
    store_id,
    first_name: text(firstname),
    last_name: text(lastname),
    city: text(city),
    state: text(state),
    products: [...new Set(named)].slice(0, 5),
    last_interaction_on: day(lastinteractiondate),
    purchased_on: latest(list(orders).map((order) => plain(order)).map((order) => day(order.filedon ?? order.orderedat))),
    contacted_on: latest(list(notes).map((note) => day(note.written_at))),
  };
  const said = [row.first_name, row.last_name, row.city, row.state, ...named].filter(Boolean).join(" ").toLowerCase();
  return { ...row, words: said, sort: `${row.last_name ?? ""} ${row.first_name ?? ""} ${customer_id}`.toLowerCase() };
}

/** The comments of the orders within a document, in the shape of notes. */
export const commentsOf = (document) =>
  list(plain(document).orders)
    .map((order) => plain(order))
    .filter((order) => text(order.comments))
    .map((order) => ({ note_id: `order/${order.ordid ?? order.orderid}`, text: order.comments, written_at: day(order.filedon), order_id: String(order.ordid ?? order.orderid) }));

/** A document with other names and another town, each member under the spelling that it has there. */
export function edited(document, { first_name, last_name, city, state }) {
  const address = keyOf(document, "address");
  const within = object(document[address]) ? document[address] : {};
  const top = { ...document, [keyOf(document, "firstname")]: first_name, [keyOf(document, "lastname")]: last_name };
  return { ...top, [address]: { ...within, [keyOf(within, "city")]: city, [keyOf(within, "state")]: state } };
}

const flat = (key) => key.toLowerCase().replaceAll("_", "");
const keyOf = (document, name) => Object.keys(document).find((key) => flat(key) === name) ?? name;
const object = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const plain = (value) => (object(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [flat(key), one])) : {});
const list = (value) => (Array.isArray(value) ? value : []);
const text = (value) => (typeof value === "string" && value.trim() ? value : undefined);
const day = (value) => (typeof value === "string" && DAY.test(value) ? value.slice(0, 10) : undefined);
const latest = (days) => days.filter(Boolean).sort().at(-1);
const nameOf = (product) => text(product) ?? text(plain(product).name) ?? text(plain(product).productname);
