import assert from "node:assert/strict";
import { test } from "node:test";
import pkg from "@google-cloud/firestore";

const { AggregateField, FieldPath, FieldValue, Filter, Firestore, Timestamp, v1 } = pkg;

const projectId = process.env.CONFORMANCE_PROJECT;
const db = new Firestore({ projectId });
const admin = new v1.FirestoreAdminClient({ projectId });
const ids = (found) => found.docs.map((d) => d.id);

test("firestore: a document's life", async () => {
  const doc = db.doc("life/one");
  await doc.create({ n: 1, at: FieldValue.serverTimestamp(), tags: ["a"], deep: { x: 1, y: 2 } });
  await assert.rejects(doc.create({}), { code: 6 });
  await doc.update({ n: FieldValue.increment(2), tags: FieldValue.arrayUnion("b"), "deep.x": FieldValue.delete() });
  const got = await doc.get();
  assert.ok(got.get("at") instanceof Timestamp);
  assert.deepEqual([got.get("n"), got.get("tags"), got.get("deep")], [3, ["a", "b"], { y: 2 }]);
  await assert.rejects(doc.update({ n: 0 }, { lastUpdateTime: new Timestamp(1, 0) }), { code: 9 });
  await doc.delete();
  assert.equal((await doc.get()).exists, false);
});

test("firestore: batches and the bulk writer", async () => {
  const batch = db.batch();
  for (let i = 0; i < 20; i++) batch.set(db.doc(`many/${i}`), { i });
  await batch.commit();
  const writer = db.bulkWriter();
  for (let i = 20; i < 120; i++) writer.create(db.doc(`many/${i}`), { i });
  await writer.close();
  assert.equal((await db.collection("many").count().get()).data().count, 120);
  const all = await db.getAll(db.doc("many/3"), db.doc("many/none"), { fieldMask: ["i"] });
  assert.deepEqual(all.map((d) => d.exists), [true, false]);
  await db.recursiveDelete(db.collection("many"));
  assert.equal((await db.collection("many").get()).size, 0);
});

test("firestore: transactions lose nothing", async () => {
  const doc = db.doc("counters/one");
  await doc.set({ n: 0 });
  const increment = () => db.runTransaction(async (tx) => tx.update(doc, { n: (await tx.get(doc)).get("n") + 1 }), { maxAttempts: 20 });
  await Promise.all(Array.from({ length: 8 }, increment));
  assert.equal((await doc.get()).get("n"), 8);
  const n = await db.runTransaction(async (tx) => (await tx.get(doc)).get("n"), { readOnly: true });
  assert.equal(n, 8);
});

test("firestore: queries", async () => {
  const c = db.collection("cities");
  const population = { sf: 8, la: 39, dc: 6, tok: 90, bj: 215 };
  const country = { sf: "USA", la: "USA", dc: "USA", tok: "Japan", bj: "China" };
  for (const id in population) {
    await c.doc(id).set({ population: population[id], country: country[id], regions: [id, country[id]] });
  }
  assert.deepEqual(ids(await c.where("population", ">", 7).orderBy("population").limit(2).get()), ["sf", "la"]);
  assert.deepEqual(ids(await c.orderBy("population", "desc").startAfter(90).limit(2).get()), ["la", "sf"]);
  assert.deepEqual(ids(await c.orderBy("population").limitToLast(2).get()), ["tok", "bj"]);
  assert.deepEqual(ids(await c.where("country", "in", ["Japan", "China"]).get()), ["bj", "tok"]);
  assert.deepEqual(ids(await c.where("regions", "array-contains", "USA").get()), ["dc", "la", "sf"]);
  assert.deepEqual(ids(await c.where(Filter.or(Filter.where("population", "<", 7), Filter.where("population", ">", 200))).get()), ["dc", "bj"]);
  assert.deepEqual(ids(await c.where(FieldPath.documentId(), ">=", "sf").get()), ["sf", "tok"]);
  assert.deepEqual(ids(await c.where("country", "==", "USA").select("population").get()), ["dc", "la", "sf"]);
  const sums = await c.aggregate({ n: AggregateField.count(), sum: AggregateField.sum("population"), mean: AggregateField.average("population") }).get();
  assert.deepEqual(sums.data(), { n: 5, sum: 358, mean: 71.6 });
  const explained = await c.where("population", ">", 7).explain({ analyze: true });
  assert.equal(explained.metrics.executionStats.resultsReturned, 4);
});

test("firestore: a query that needs an index, until that is made", async () => {
  const q = db.collection("cities").where("country", "==", "USA").orderBy("population", "desc");
  await assert.rejects(q.get(), (e) => e.code === 9 && /requires an index.*create_composite=/.test(e.message));
  const parent = admin.collectionGroupPath(projectId, "(default)", "cities");
  const fields = [{ fieldPath: "country", order: "ASCENDING" }, { fieldPath: "population", order: "DESCENDING" }];
  const [operation] = await admin.createIndex({ parent, index: { queryScope: "COLLECTION", fields } });
  const [index] = await operation.promise();
  assert.equal(index.state, 2, "READY");
  assert.deepEqual(ids(await q.get()), ["la", "sf", "dc"]);
  const [listed] = await admin.listIndexes({ parent });
  assert.deepEqual(listed.map((i) => i.name), [index.name]);
  await admin.deleteIndex({ name: index.name });
  await assert.rejects(q.get(), { code: 9 });
});

test("firestore: vectors, by an index of theirs", async () => {
  const c = db.collection("beans");
  for (const [id, v] of Object.entries({ near: [1, 2], far: [9, 9], zero: [0, 0] })) await c.doc(id).set({ v: FieldValue.vector(v) });
  const q = c.findNearest({ vectorField: "v", queryVector: [1, 1], limit: 2, distanceMeasure: "EUCLIDEAN", distanceResultField: "d" });
  await assert.rejects(q.get(), (e) => e.code === 9 && /gcloud firestore indexes composite create/.test(e.message));
  const fields = [{ fieldPath: "v", vectorConfig: { dimension: 2, flat: {} } }];
  const [operation] = await admin.createIndex({ parent: admin.collectionGroupPath(projectId, "(default)", "beans"), index: { queryScope: "COLLECTION", fields } });
  await operation.promise();
  const found = await q.get();
  assert.deepEqual(ids(found), ["near", "zero"]);
  assert.equal(found.docs[0].get("d"), 1);
});

test("firestore: listening", async () => {
  const c = db.collection("watched");
  const seen = [];
  await new Promise((resolve, reject) => {
    const stop = c.where("on", "==", true).onSnapshot((s) => {
      seen.push(s.docChanges().map((d) => `${d.type} ${d.doc.id}`).join());
      if (seen.length === 1) c.doc("a").set({ on: true }).catch(reject);
      if (seen.length === 2) c.doc("a").update({ on: false }).catch(reject);
      if (seen.length === 3) { stop(); resolve(); }
    }, reject);
  });
  assert.deepEqual(seen, ["", "added a", "removed a"]);
});

test("firestore: groups, numeric ids, collections", async () => {
  await db.doc("books/__id7__/pages/one").set({ n: 1 });
  await db.doc("books/__id12__/pages/two").set({ n: 2 });
  await db.doc("books/__id12__").set({});
  assert.deepEqual(ids(await db.collectionGroup("pages").get()), ["one", "two"]);
  await assert.rejects(db.collectionGroup("pages").where("n", "==", 1).get(), { code: 9 });
  assert.deepEqual((await db.collection("books").listDocuments()).map((d) => d.id), ["__id7__", "__id12__"]);
  assert.deepEqual((await db.doc("books/__id7__").listCollections()).map((c) => c.id), ["pages"]);
});

test("firestore: too much for one request is refused at once", async () => {
  const batch = db.batch();
  for (let i = 0; i < 14; i++) batch.set(db.doc(`large/${i}`), { text: "x".repeat(1e6) });
  await assert.rejects(batch.commit(), { code: 3 });
});

