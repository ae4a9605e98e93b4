import assert from "node:assert/strict";
import { test } from "node:test";
import { PubSub } from "@google-cloud/pubsub";

const projectId = process.env.CONFORMANCE_PROJECT;
const pubsub = new PubSub({ projectId });

// received returns the first messages that take says yes to. The others are given back.
const received = (subscription, n, take = () => true) => new Promise((resolve, reject) => {
  const got = [];
  subscription.on("error", reject);
  subscription.on("message", (m) => {
    if (!take(m)) return m.nack();
    m.ack();
    got.push(m);
    if (got.length === n) subscription.close().then(() => resolve(got), reject);
  });
});

test("pubsub: topics and subscriptions", async () => {
  const [topic] = await pubsub.createTopic("node-admin");
  await assert.rejects(pubsub.createTopic("node-admin"), { code: 6 });
  await topic.createSubscription("node-admin", { ackDeadlineSeconds: 20 });
  const [metadata] = await pubsub.subscription("node-admin").getMetadata();
  assert.equal(metadata.ackDeadlineSeconds, 20);
  await pubsub.subscription("node-admin").setMetadata({ ackDeadlineSeconds: 30 });
  const [subscriptions] = await topic.getSubscriptions();
  assert.deepEqual(subscriptions.map((s) => s.name), [`projects/${projectId}/subscriptions/node-admin`]);
  await pubsub.subscription("node-admin").delete();
  await topic.delete();
  assert.deepEqual(await topic.exists(), [false]);
});

test("pubsub: publish and receive", async () => {
  const [topic] = await pubsub.createTopic("node-messages");
  const [subscription] = await topic.createSubscription("node-messages");
  const ids = await Promise.all([1, 2, 3].map((n) => topic.publishMessage({ json: { n }, attributes: { kind: "number" } })));
  const got = await received(subscription, 3);
  assert.deepEqual(got.map((m) => m.id).sort(), ids.sort());
  assert.deepEqual(got.map((m) => JSON.parse(m.data).n).sort(), [1, 2, 3]);
  assert.ok(got.every((m) => m.attributes.kind === "number"));
});

test("pubsub: what is not acknowledged comes again", async () => {
  const [topic] = await pubsub.createTopic("node-again");
  const [subscription] = await topic.createSubscription("node-again", { retryPolicy: { minimumBackoff: { seconds: 0 }, maximumBackoff: { seconds: 1 } } });
  await topic.publishMessage({ data: Buffer.from("twice") });
  let times = 0;
  const [m] = await received(subscription, 1, () => ++times > 1);
  assert.equal(m.data.toString(), "twice");
});

test("pubsub: too much for one request is refused at once", async () => {
  await assert.rejects(pubsub.topic("node-again").publishMessage({ data: Buffer.alloc(12e6) }), { code: 3 });
});
