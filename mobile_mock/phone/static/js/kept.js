// What stays on this phone, in IndexedDB: the book, the outbox, the suggestions, and a few single values.

const NAME = "floorbook";
const VERSION = 2;

/** A request of IndexedDB as a promise. */
export const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const opened = open();

function open() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = ({ oldVersion }) => {
    const database = request.result;
    if (oldVersion < 1) {
      database.createObjectStore("outbox", { keyPath: "position", autoIncrement: true });
      database.createObjectStore("suggestions", { keyPath: "id" });
      database.createObjectStore("values");
    }
    if (oldVersion < 2) {
      database.createObjectStore("book", { keyPath: "customer_id" });
      database.createObjectStore("rows", { keyPath: "customer_id" });
    }
  };
  return done(request).then((database) => {
    database.onversionchange = () => database.close(); // a newer app in another tab waits for it
    return database;
  });
}

/** Begin a transaction over these stores: {store(name), ended}. */
export async function transact(names, mode = "readonly", options = {}) {
  const transaction = (await opened).transaction(names, mode, options);
  const ended = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  return { store: (name) => transaction.objectStore(name), ended };
}

const alone = (mode, act) => async (name, ...given) => {
  const { store, ended } = await transact(name, mode);
  const [answer] = await Promise.all([done(act(store(name), ...given)), ended]);
  return answer;
};

export const getAll = alone("readonly", (store) => store.getAll());
export const get = alone("readonly", (store, key) => store.get(key));
export const put = alone("readwrite", (store, value, key) => store.put(value, key));
export const remove = alone("readwrite", (store, key) => store.delete(key));
export const clear = alone("readwrite", (store) => store.clear());

export const keep = (key, value) => put("values", value, key);
export const recall = (key) => get("values", key);
export const forget = (key) => remove("values", key);
