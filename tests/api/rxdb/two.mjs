import { createRxDatabase } from "rxdb";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { replicateRxCollection } from "rxdb/plugins/replication";
const [address, ...tokens] = process.argv.slice(2);
const schema = {
  version: 0,
  primaryKey: "customer_id",
  type: "object",
  properties: {
    customer_id: { type: "string", maxLength: 128 },
    revision: { type: "number" },
    updated_at: { type: ["string", "null"] },
    store_id: { type: ["string", "null"] },
    associate_id: { type: ["string", "null"] },
    document: { type: "object" },
    notes: { type: "array" },
  },
};
const log = [];
async function client(name, token, conflictHandler) {
  const db = await createRxDatabase({ name, storage: getRxStorageMemory(), multiInstance: false });
  const { customers } = await db.addCollections({
    customers: { schema, ...(conflictHandler ? { conflictHandler } : {}) },
  });
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const start = async () => {
    const state = replicateRxCollection({
      collection: customers,
      replicationIdentifier: "floorbook",
      live: true,
      retryTime: 200,
      pull: {
        batchSize: 50,
        async handler(checkpoint, batchSize) {
          const given = checkpoint ? `checkpoint=${encodeURIComponent(JSON.stringify(checkpoint))}&` : "";
          const answer = await (await fetch(`${address}/v1/sync/pull?${given}limit=${batchSize}`, { headers })).json();
          return answer;
        },
      },
      push: {
        batchSize: 10,
        async handler(rows) {
          const answer = await (
            await fetch(`${address}/v1/sync/push`, { method: "POST", headers, body: JSON.stringify(rows) })
          ).json();
          log.push(...answer.verdicts.map((one) => one.verdict));
          return answer.conflicts;
        },
      },
    });
    state.error$.subscribe((error) =>
      console.error(name, error.message, JSON.stringify(error.parameters).slice(0, 500)),
    );
    await state.awaitInitialReplication();
    await state.awaitInSync();
    return state;
  };
  return { db, customers, start };
}
const one = await client("one", tokens[0]);
const two = await client("two", tokens[1]);
let a = await one.start();
await one.customers.insert({
  customer_id: "c1",
  revision: 0,
  updated_at: null,
  store_id: null,
  associate_id: null,
  document: { city: "London", size: 1 },
  notes: [],
});
await a.awaitInSync();
let b = await two.start();
await a.cancel();
await b.cancel();
const n = (id) => ({ note_id: id, text: `note ${id}`, written_at: "2026-11-22T10:30:00Z" });
const edit = async (c, change, note) => {
  const doc = await c.customers.findOne("c1").exec();
  await doc.incrementalModify((d) => ({
    ...d,
    document: { ...d.document, ...change },
    notes: note ? [...d.notes, n(note)] : d.notes,
  }));
};
await edit(one, { city: "Albany" }, "n1");
await edit(two, { size: 2 }, "n2");
a = await one.start();
b = await two.start();
a.reSync();
await new Promise((r) => setTimeout(r, 300));
await a.awaitInSync();
b.reSync();
await b.awaitInSync();
const state = async (c) => {
  const d = (await c.customers.findOne("c1").exec()).toJSON();
  return { document: d.document, notes: d.notes.map((x) => x.note_id) };
};
const merged = [await state(one), await state(two)];
await a.cancel();
await b.cancel();
await edit(one, { city: "York" });
await edit(two, { city: "Bath" });
a = await one.start();
b = await two.start();
b.reSync();
await new Promise((r) => setTimeout(r, 300));
await b.awaitInSync();
console.log(JSON.stringify({ merged, settled: [await state(one), await state(two)], verdicts: log }));
process.exit(0);
