import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { applicationDefault, deleteApp, initializeApp } from "firebase-admin/app";
import { getAuth } from "firebase-admin/auth";
import { getFirestore } from "firebase-admin/firestore";
import { getStorage } from "firebase-admin/storage";

const projectId = process.env.CONFORMANCE_PROJECT;
const app = initializeApp({ projectId, credential: applicationDefault() });
test.after(() => deleteApp(app));
const auth = getAuth(app);
let tenant;

// signIn signs a user in as a browser does, with the web API key.
async function signIn(method, body) {
  const url = `https://identitytoolkit.googleapis.com/v1/accounts:${method}?key=${process.env.CONFORMANCE_API_KEY}`;
  const res = await fetch(url, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, tenantId: tenant?.tenantId, returnSecureToken: true }),
  });
  const answer = await res.json();
  if (!res.ok) throw new Error(answer.error.message);
  return answer;
}

test("admin: tenants and users", async () => {
  const { tenantId } = await auth.tenantManager().createTenant({ displayName: "Acme", emailSignInConfig: { enabled: true, passwordRequired: true } });
  tenant = auth.tenantManager().authForTenant(tenantId);
  const user = await tenant.createUser({ uid: "ann", email: "ann@example.com", password: "correct horse", displayName: "Ann" });
  assert.deepEqual([user.uid, user.tenantId], ["ann", tenantId]);
  await assert.rejects(tenant.createUser({ email: "ann@example.com" }), { code: "auth/email-already-exists" });
  await tenant.setCustomUserClaims("ann", { role: "editor" });
  await tenant.updateUser("ann", { displayName: "Ann B.", emailVerified: true });
  assert.equal((await tenant.getUserByEmail("ann@example.com")).displayName, "Ann B.");
  assert.deepEqual((await tenant.listUsers()).users.map((u) => u.uid), ["ann"]);
  await assert.rejects(tenant.getUser("nobody"), { code: "auth/user-not-found" });
});

test("admin: tokens", async () => {
  const { idToken } = await signIn("signInWithPassword", { email: "ann@example.com", password: "correct horse" });
  const decoded = await tenant.verifyIdToken(idToken, true);
  assert.deepEqual([decoded.uid, decoded.role, decoded.firebase.tenant], ["ann", "editor", tenant.tenantId]);
  await assert.rejects(tenant.verifyIdToken(idToken.slice(0, -4) + "AAAA"), { code: "auth/argument-error" });
  const custom = await signIn("signInWithCustomToken", { token: await tenant.createCustomToken("ann", { by: "us" }) });
  assert.equal((await tenant.verifyIdToken(custom.idToken)).by, "us");
  await new Promise((resolve) => setTimeout(resolve, 1000)); // revocation is by the second
  await tenant.revokeRefreshTokens("ann");
  await assert.rejects(tenant.verifyIdToken(idToken, true), { code: "auth/id-token-revoked" });
});

test("admin: links by mail", async () => {
  const settings = { url: "http://localhost/", handleCodeInApp: true };
  assert.match(await tenant.generatePasswordResetLink("ann@example.com", settings), /mode=resetPassword/);
  assert.match(await tenant.generateEmailVerificationLink("ann@example.com", settings), /mode=verifyEmail/);
  await assert.rejects(tenant.generatePasswordResetLink("ann@example.com", { ...settings, linkDomain: "links.example.com" }),
    { code: "auth/invalid-hosting-link-domain" });
});

test("admin: imports", async () => {
  const passwordHash = Buffer.from(createHash("md5").update("NaCl" + "old password").digest("hex"));
  const users = [{ uid: "old", email: "old@example.com", passwordHash, passwordSalt: Buffer.from("NaCl") }, { uid: "twin", email: "ann@example.com" }];
  const result = await tenant.importUsers(users, { hash: { algorithm: "MD5", rounds: 0 } });
  assert.deepEqual([result.successCount, result.errors], [2, []]);
  assert.equal((await signIn("signInWithPassword", { email: "old@example.com", password: "old password" })).localId, "old");
});

test("admin: providers", async () => {
  const config = { providerId: "oidc.acme", displayName: "Acme", enabled: true, clientId: "client", issuer: "https://login.example.com" };
  await tenant.createProviderConfig(config);
  assert.equal((await tenant.getProviderConfig("oidc.acme")).issuer, config.issuer);
  await tenant.deleteProviderConfig("oidc.acme");
});

test("admin: users are deleted", async () => {
  const result = await tenant.deleteUsers(["ann", "old", "twin", "nobody"]);
  assert.equal(result.failureCount, 0);
  await auth.tenantManager().deleteTenant(tenant.tenantId);
});

test("admin: the other services of the app", async () => {
  const doc = getFirestore(app).doc("admin/one");
  await doc.set({ by: "firebase-admin" });
  assert.equal((await doc.get()).get("by"), "firebase-admin");
  const bucket = getStorage(app).bucket(`${projectId}-admin`);
  await bucket.create();
  await bucket.file("one").save("content", { resumable: false });
  assert.equal((await bucket.file("one").download())[0].toString(), "content");
});
