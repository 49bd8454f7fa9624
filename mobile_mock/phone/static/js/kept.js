// What stays on this phone: the outbox, the suggestions that came by the stream, and a few single values.
import { openDB } from "idb";

const opened = openDB("floorbook", 1, {
  upgrade(database) {
    database.createObjectStore("outbox", { keyPath: "position", autoIncrement: true });
    database.createObjectStore("suggestions", { keyPath: "id" });
    database.createObjectStore("values");
  },
});

export const database = () => opened;
export const keep = async (key, value) => (await opened).put("values", value, key);
export const recall = async (key) => (await opened).get("values", key);
export const forget = async (key) => (await opened).delete("values", key);
