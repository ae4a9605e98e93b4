import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Storage } from "@google-cloud/storage";

const projectId = process.env.CONFORMANCE_PROJECT;
const storage = new Storage({ projectId });
const bucket = storage.bucket(`${projectId}-node`);

test("storage: a bucket", async () => {
  await bucket.create({ location: "EU", labels: { for: "tests" } });
  const [metadata] = await bucket.getMetadata();
  assert.deepEqual([metadata.location, metadata.labels], ["EU", { for: "tests" }]);
  await assert.rejects(bucket.create(), { code: 409 });
  assert.deepEqual(await storage.bucket("nobody-has-this-one").exists(), [false]);
});

test("storage: an object's life", async () => {
  const file = bucket.file("dir/a b+c.txt");
  await file.save("hello", { resumable: false, contentType: "text/plain", metadata: { metadata: { from: "node" } } });
  const [content] = await file.download();
  assert.equal(content.toString(), "hello");
  const [part] = await file.download({ start: 1, end: 3 });
  assert.equal(part.toString(), "ell");
  await file.setMetadata({ metadata: { more: "yes" } });
  const [metadata] = await file.getMetadata();
  assert.deepEqual([metadata.contentType, metadata.metadata, metadata.size], ["text/plain", { from: "node", more: "yes" }, "5"]);
  assert.equal(metadata.md5Hash, createHash("md5").update("hello").digest("base64"));
  await assert.rejects(file.save("again", { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }), { code: 412 });
  await file.copy(bucket.file("dir/copy"));
  await bucket.file("dir/copy").move("moved");
  const [files] = await bucket.getFiles();
  assert.deepEqual(files.map((f) => f.name), ["dir/a b+c.txt", "moved"]);
  const [, , page] = await bucket.getFiles({ delimiter: "/", autoPaginate: false });
  assert.deepEqual(page.prefixes, ["dir/"]);
  await file.delete();
  assert.deepEqual(await file.exists(), [false]);
});

test("storage: a resumable upload", async () => {
  const file = bucket.file("large");
  const content = Buffer.alloc(3 << 20, "x");
  await file.save(content); // resumable is the default
  const [back] = await file.download();
  assert.ok(back.equals(content));
});

test("storage: signed URLs", async () => {
  const file = bucket.file("signed");
  const expires = Date.now() + 60_000;
  const [write] = await file.getSignedUrl({ version: "v4", action: "write", expires, contentType: "text/plain" });
  const put = await fetch(write, { method: "PUT", body: "signed", headers: { "content-type": "text/plain" } });
  assert.equal(put.status, 200);
  const [read] = await file.getSignedUrl({ version: "v4", action: "read", expires });
  assert.equal(await (await fetch(read)).text(), "signed");
  assert.ok([400, 403].includes((await fetch(read + "0")).status));
});

test("storage: who may do what", async () => {
  const [policy] = await bucket.iam.getPolicy({ requestedPolicyVersion: 3 });
  policy.bindings.push({ role: "roles/storage.objectViewer", members: [`serviceAccount:node-tests@${projectId}.iam.gserviceaccount.com`] });
  const [after] = await bucket.iam.setPolicy(policy);
  assert.ok(after.bindings.some((b) => b.role === "roles/storage.objectViewer"));
});

test("storage: a bucket is emptied and deleted", async () => {
  await bucket.deleteFiles({ force: true });
  await bucket.delete();
});
