// Google's client libraries for Node.js on the local cloud: Storage and Compute by
// REST, the others by gRPC.
//
//     npm install   (of tests/tools/node/package.json; NODE_PATH says where)
//     groundcrew local exec -- node tests/tools/node.js [API ...]
//
// Each call is a line; the exit status is 1 if one failed. `node.sh` does both on a
// local cloud of its own.

const assert = require("node:assert");
const { randomBytes } = require("node:crypto");
const { setTimeout: sleep } = require("node:timers/promises");

const PROJECT = "demo-project";
const REGION = "us-central1";
const LOCATION = `projects/${PROJECT}/locations/${REGION}`;
let failures = 0;

// Awaits `call` for half a minute, and compares what it returns with `expected`.
async function check(name, call, expected) {
  try {
    const found = await within(30_000, call());
    if (expected !== undefined) assert.deepStrictEqual(found, expected);
    console.log("works ", name);
    return found;
  } catch (error) {
    failures += 1;
    console.log("FAILED", name, String(error.message).replaceAll("\n", " ").slice(0, 300));
    if (process.env.TRACE) console.log(error);
  }
}

function within(milliseconds, promise) {
  const end = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: end.signal }).then(() => {
    throw new Error("time limit exceeded");
  });
  return Promise.race([promise, late]).finally(() => end.abort());
}

// The code of the error that `call` ends with.
async function refused(call) {
  try {
    await call();
  } catch (error) {
    return error.code;
  }
}

// What an asynchronous iterator yields.
async function all(pages) {
  const found = [];
  for await (const item of pages) found.push(item);
  return found;
}

// Codes of gRPC.
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
const FAILED_PRECONDITION = 9;

async function storage() {
  const { Storage } = require("@google-cloud/storage");
  const client = new Storage({ projectId: PROJECT });
  const bucket = client.bucket("node-bucket");
  const file = bucket.file("a/b.txt");
  await check("buckets.insert", async () => (await client.createBucket(bucket.name, { location: REGION }))[0].name, bucket.name);
  await check("buckets.list", async () => (await client.getBuckets())[0].some((b) => b.name === bucket.name), true);
  await check("buckets.get", async () => (await bucket.getMetadata())[0].location, "US-CENTRAL1");
  await check("buckets.patch", async () => (await bucket.setLabels({ a: "b" }))[0].labels, { a: "b" });
  await check("objects.insert", () => file.save("hello", { resumable: false, metadata: { contentType: "text/plain" } }));
  await check("objects.get", async () => (await file.getMetadata())[0].md5Hash, "XUFAKrxLKna5cZ2REBfFkg==");
  await check("objects.get alt=media", async () => (await file.download())[0].toString(), "hello");
  await check("range", async () => (await file.download({ start: 1, end: 3 }))[0].toString(), "ell");
  await check("objects.list", async () => (await bucket.getFiles({ prefix: "a/" }))[0].map((f) => f.name), ["a/b.txt"]);
  await check("objects.patch", async () => (await file.setMetadata({ metadata: { k: "v" } }))[0].metadata, { k: "v" });
  await check("objects.rewrite", async () => (await file.copy("copy"))[0].name, "copy");
  await check("objects.move", async () => (await bucket.file("copy").move("moved"), (await bucket.file("copy").exists())[0]), false);
  await check("objects.compose", async () => (await bucket.combine([file, bucket.file("moved")], "composed"))[0].name, "composed");
  await check("composed", async () => (await bucket.file("composed").download())[0].toString(), "hellohello");
  const content = randomBytes(6 << 20);
  await check("resumable", () => bucket.file("large").save(content, { resumable: true }));
  await check("resumable in chunks of 1 MiB", () => bucket.file("chunks").save(content, { resumable: true, chunkSize: 1 << 20 }));
  await check("as a stream", async () => content.equals(Buffer.concat(await bucket.file("chunks").createReadStream().toArray())), true);
  await check("getIamPolicy", async () => (await bucket.iam.getPolicy())[0].bindings.length > 0, true);
  await check("testIamPermissions", async () => (await bucket.iam.testPermissions(["storage.objects.get"]))[0], { "storage.objects.get": true });
  await check("generation that is gone", () => refused(() => file.delete({ ifGenerationMatch: 1 })), 412);
  await signedUrls(bucket, file);
  await check("objects.delete", () => file.delete());
  await check("absent", () => refused(() => file.getMetadata()), 404);
  await check("buckets.delete", async () => (await bucket.deleteFiles(), await bucket.delete(), (await bucket.exists())[0]), false);
}

// A service account's key signs.
async function signedUrls(bucket, file) {
  const { GoogleAuth } = require("google-auth-library");
  const gaxios = require("gaxios");
  const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
  const accounts = `https://iam.googleapis.com/v1/projects/${PROJECT}/serviceAccounts`;
  const email = `node-signer@${PROJECT}.iam.gserviceaccount.com`;
  const key = await check("serviceAccounts.keys.create", async () => {
    await auth.request({ url: accounts, method: "POST", data: { accountId: "node-signer" } });
    const { data } = await auth.request({ url: `${accounts}/${email}/keys`, method: "POST", data: {} });
    return JSON.parse(Buffer.from(data.privateKeyData, "base64").toString());
  });
  const { Storage } = require("@google-cloud/storage");
  const signer = new Storage({ projectId: PROJECT, credentials: key });
  const get = (url) => gaxios.request({ url, responseType: "text", validateStatus: () => true });
  const sign = async () => (await signer.bucket(bucket.name).file(file.name).getSignedUrl({ version: "v4", action: "read", expires: Date.now() + 60_000 }))[0];
  await check("signed, without permission", async () => (await get(await sign())).status, 403);
  await check("setIamPolicy", async () => {
    const [policy] = await bucket.iam.getPolicy({ requestedPolicyVersion: 3 });
    policy.bindings.push({ role: "roles/storage.objectViewer", members: [`serviceAccount:${email}`] });
    await bucket.iam.setPolicy(policy);
  });
  await check("signed GET", async () => (await get(await sign())).data, "hello");
  await check("as the account of the key", async () => (await signer.bucket(bucket.name).file(file.name).download())[0].toString(), "hello");
}

async function pubsub() {
  const { PubSub } = require("@google-cloud/pubsub");
  const client = new PubSub({ projectId: PROJECT });
  const topic = client.topic("node");
  const subscription = client.subscription("node");
  const name = `projects/${PROJECT}/topics/node`;
  await check("topics.create", async () => (await client.createTopic("node"))[0].name, name);
  await check("topics.get", async () => (await topic.getMetadata())[0].name, name);
  await check("topics.list", async () => (await client.getTopics())[0].some((t) => t.name === name), true);
  await check("topics.patch", async () => (await topic.setMetadata({ labels: { a: "b" } }))[0].labels, { a: "b" });
  await check("create again", () => refused(() => client.createTopic("node")), ALREADY_EXISTS);
  const settings = { enableMessageOrdering: true, retainAckedMessages: true };
  await check("subscriptions.create", async () => (await topic.createSubscription("node", settings))[0].name, subscription.name);
  await check("subscriptions.list", async () => (await client.getSubscriptions())[0].map((s) => s.name), [subscription.name]);
  await check("topics.subscriptions.list", async () => (await topic.getSubscriptions())[0].map((s) => s.name), [subscription.name]);
  await check("subscriptions.patch", async () => (await subscription.setMetadata({ ackDeadlineSeconds: 30 }))[0].ackDeadlineSeconds, 30);
  await check("publish", async () => (await topic.publishMessage({ data: Buffer.from("x"), attributes: { k: "v" } })).length > 0, true);
  await check("streamingPull", () => receive(client, 1), ["x"]);
  const ordered = client.topic("node", { messageOrdering: true });
  await check("publish with ordering keys", () => Promise.all(["1", "2", "3"].map((data) => ordered.publishMessage({ data: Buffer.from(data), orderingKey: "key" }))));
  await check("snapshots.create", async () => (await subscription.createSnapshot("node"))[0].name, `projects/${PROJECT}/snapshots/node`);
  await check("in order", () => receive(client, 3), ["1", "2", "3"]);
  await check("seek to a snapshot", () => subscription.seek("node"));
  await check("again", () => receive(client, 3), ["1", "2", "3"]);
  await check("snapshots.list", async () => (await client.getSnapshots())[0].length, 1);
  await check("snapshots.delete", () => subscription.snapshot("node").delete());
  await check("getIamPolicy", async () => (await topic.iam.getPolicy())[0].bindings, []);
  const bindings = [{ role: "roles/pubsub.publisher", members: ["user:dev@example.com"] }];
  await check("setIamPolicy", async () => (await topic.iam.setPolicy({ bindings }))[0].bindings[0].role, bindings[0].role);
  await check("testIamPermissions", async () => (await topic.iam.testPermissions(["pubsub.topics.publish"]))[0], { "pubsub.topics.publish": true });
  await schemas(client);
  await check("detach", async () => (await client.detachSubscription("node"), (await subscription.detached())[0]), true);
  await check("subscriptions.delete", () => subscription.delete());
  await check("topics.delete", () => topic.delete());
  await check("absent", () => refused(() => topic.getMetadata()), NOT_FOUND);
}

// The first `count` messages, by StreamingPull.
async function receive(client, count) {
  const subscription = client.subscription("node");
  const found = [];
  await new Promise((done, failed) => {
    subscription.on("error", failed);
    subscription.on("message", async (message) => {
      found.push(message.data.toString());
      message.ack();
      if (found.length === count) done();
    });
  });
  // Sends the acknowledgements.
  await subscription.close();
  return found;
}

async function schemas(client) {
  const { SchemaTypes, Encodings } = require("@google-cloud/pubsub");
  const schema = client.schema("node");
  const definition = JSON.stringify({ type: "record", name: "A", fields: [{ name: "x", type: "string" }] });
  await check("schemas.create", async () => (await client.createSchema("node", SchemaTypes.Avro, definition)).id, "node");
  await check("schemas.get", async () => (await schema.get()).definition, definition);
  await check("schemas.list", async () => (await all(client.listSchemas())).map((s) => s.type), ["AVRO"]);
  await check("schemas.validate", () => refused(() => client.validateSchema({ type: SchemaTypes.Avro, definition: "x" })), INVALID_ARGUMENT);
  await check("schemas.validateMessage", () => schema.validateMessage(Buffer.from('{"x":"a"}'), Encodings.Json));
  await check("schemas.delete", () => schema.delete());
}

async function kms() {
  const { KeyManagementServiceClient } = require("@google-cloud/kms");
  const client = new KeyManagementServiceClient();
  const ring = `${LOCATION}/keyRings/node`;
  const name = `${ring}/cryptoKeys/key`;
  const version = (number) => `${name}/cryptoKeyVersions/${number}`;
  await check("locations.list", async () => (await all(client.listLocationsAsync({ name: `projects/${PROJECT}` }))).length > 0, true);
  await check("keyRings.create", async () => (await client.createKeyRing({ parent: LOCATION, keyRingId: "node" }))[0].name, ring);
  await check("keyRings.get", async () => (await client.getKeyRing({ name: ring }))[0].name, ring);
  await check("keyRings.list", async () => (await client.listKeyRings({ parent: LOCATION }))[0].some((r) => r.name === ring), true);
  await check("cryptoKeys.create", async () => (await client.createCryptoKey({ parent: ring, cryptoKeyId: "key", cryptoKey: { purpose: "ENCRYPT_DECRYPT" } }))[0].name, name);
  await check("cryptoKeys.list", async () => (await client.listCryptoKeys({ parent: ring }))[0].map((k) => k.name), [name]);
  await check("cryptoKeys.patch", async () => (await client.updateCryptoKey({ cryptoKey: { name, labels: { a: "b" } }, updateMask: { paths: ["labels"] } }))[0].labels, { a: "b" });
  const sealed = await check("encrypt", async () => (await client.encrypt({ name, plaintext: Buffer.from("secret") }))[0].ciphertext);
  await check("decrypt", async () => (await client.decrypt({ name, ciphertext: sealed }))[0].plaintext.toString(), "secret");
  await check("cryptoKeyVersions.create", async () => (await client.createCryptoKeyVersion({ parent: name, cryptoKeyVersion: {} }))[0].name, version(2));
  await check("cryptoKeyVersions.list", async () => (await client.listCryptoKeyVersions({ parent: name }))[0].length, 2);
  await check("updatePrimaryVersion", async () => (await client.updateCryptoKeyPrimaryVersion({ name, cryptoKeyVersionId: "2" }))[0].primary.name, version(2));
  await check("destroy", async () => (await client.destroyCryptoKeyVersion({ name: version(1) }))[0].state, "DESTROY_SCHEDULED");
  await check("restore", async () => (await client.restoreCryptoKeyVersion({ name: version(1) }))[0].state, "DISABLED");
  await check("absent", () => refused(() => client.getCryptoKey({ name: `${ring}/cryptoKeys/absent` })), NOT_FOUND);
}

async function secretmanager() {
  const { SecretManagerServiceClient } = require("@google-cloud/secret-manager");
  const client = new SecretManagerServiceClient();
  const parent = `projects/${PROJECT}`;
  const secret = `${parent}/secrets/node`;
  const latest = `${secret}/versions/latest`;
  const first = `${secret}/versions/1`;
  const second = `${secret}/versions/2`;
  await check("secrets.create", async () => (await client.createSecret({ parent, secretId: "node", secret: { replication: { automatic: {} } } }))[0].name.endsWith("/secrets/node"), true);
  await check("create again", () => refused(() => client.createSecret({ parent, secretId: "node", secret: { replication: { automatic: {} } } })), ALREADY_EXISTS);
  await check("secrets.get", async () => (await client.getSecret({ name: secret }))[0].replication.replication, "automatic");
  await check("secrets.list", async () => (await client.listSecrets({ parent }))[0].length, 1);
  await check("addVersion", async () => (await client.addSecretVersion({ parent: secret, payload: { data: Buffer.from("one") } }))[0].name.endsWith("/versions/1"), true);
  await check("addVersion again", async () => (await client.addSecretVersion({ parent: secret, payload: { data: Buffer.from("two") } }))[0].name.endsWith("/versions/2"), true);
  await check("access", async () => (await client.accessSecretVersion({ name: latest }))[0].payload.data.toString(), "two");
  await check("versions.get", async () => (await client.getSecretVersion({ name: first }))[0].state, "ENABLED");
  await check("versions.list", async () => (await client.listSecretVersions({ parent: secret }))[0].length, 2);
  await check("disable", async () => (await client.disableSecretVersion({ name: second }))[0].state, "DISABLED");
  await check("access of a disabled one", () => refused(() => client.accessSecretVersion({ name: second })), FAILED_PRECONDITION);
  await check("enable", async () => (await client.enableSecretVersion({ name: second }))[0].state, "ENABLED");
  await check("destroy", async () => (await client.destroySecretVersion({ name: first }))[0].state, "DESTROYED");
  await check("secrets.patch", async () => (await client.updateSecret({ secret: { name: secret, labels: { a: "b" } }, updateMask: { paths: ["labels"] } }))[0].labels, { a: "b" });
  const bindings = [{ role: "roles/secretmanager.secretAccessor", members: ["user:dev@example.com"] }];
  await check("setIamPolicy", async () => (await client.setIamPolicy({ resource: secret, policy: { bindings } }))[0].bindings[0].role, bindings[0].role);
  await check("secrets.delete", () => client.deleteSecret({ name: secret }));
  await check("absent", () => refused(() => client.getSecret({ name: secret })), NOT_FOUND);
}

async function firestore() {
  const { Firestore, FieldValue, Filter, AggregateField } = require("@google-cloud/firestore");
  const { FirestoreAdminClient } = require("@google-cloud/firestore").v1;
  const admin = new FirestoreAdminClient();
  const name = `projects/${PROJECT}/databases/node`;
  await check("databases.create", async () => {
    const database = { locationId: REGION, type: "FIRESTORE_NATIVE" };
    const [operation] = await admin.createDatabase({ parent: `projects/${PROJECT}`, databaseId: "node", database });
    return (await operation.promise())[0].name;
  }, name);
  const client = new Firestore({ projectId: PROJECT, databaseId: "node" });
  const collection = client.collection("node");
  const document = collection.doc("a");
  const ids = async (query) => (await query.get()).docs.map((d) => d.id);
  await check("set", async () => (await document.set({ n: 1, s: "x", list: [1] })).writeTime !== undefined, true);
  await check("get", async () => (await document.get()).data(), { n: 1, s: "x", list: [1] });
  await check("update", () => document.update({ n: FieldValue.increment(2), list: FieldValue.arrayUnion(2), "m.k": true }));
  await check("updated", async () => (await document.get()).data(), { n: 3, s: "x", list: [1, 2], m: { k: true } });
  await check("create again", () => refused(() => document.create({})), ALREADY_EXISTS);
  await check("batch", async () => (await client.batch().set(collection.doc("b"), { n: 2 }).set(collection.doc("c"), { n: 9 }).commit()).length, 2);
  await check("query", () => ids(collection.where("n", ">", 2).orderBy("n", "desc").limit(5)), ["c", "a"]);
  await check("query with or", () => ids(collection.where(Filter.or(Filter.where("n", "==", 2), Filter.where("s", "==", "x")))), ["a", "b"]);
  await check("query by array", () => ids(collection.where("list", "array-contains", 2)), ["a"]);
  await check("query from a cursor", () => ids(collection.orderBy("n").startAfter(2)), ["a", "c"]);
  await check("getAll", async () => (await client.getAll(document, collection.doc("z"))).map((d) => d.exists), [true, false]);
  const add = () => client.runTransaction(async (transaction) => {
    const n = (await transaction.get(document)).get("n") + 7;
    transaction.update(document, { n });
    return n;
  });
  await check("transaction", add, 10);
  await check("transactions at once", async () => (await Promise.all([add(), add()]), (await document.get()).get("n")), 24);
  await check("transaction that only reads", () => client.runTransaction(async (t) => (await t.get(collection)).size, { readOnly: true }), 3);
  await check("count, sum", async () => (await collection.aggregate({ count: AggregateField.count(), sum: AggregateField.sum("n") }).get()).data(), { count: 3, sum: 35 });
  await check("bulkWriter", async () => {
    const writer = client.bulkWriter();
    for (const id of ["d", "e"]) writer.create(collection.doc(id), { n: 0 });
    await writer.close();
    return (await collection.listDocuments()).length;
  }, 5);
  await check("collections", async () => (await client.listCollections()).map((c) => c.id), ["node"]);
  await check("collection group", () => ids(client.collectionGroup("node")), ["a", "b", "c", "d", "e"]);
  await check("collection group without an index", () => refused(() => ids(client.collectionGroup("node").where("n", "==", 0))), FAILED_PRECONDITION);
  await check("delete", () => document.delete());
  await check("absent", async () => (await document.get()).exists, false);
  await check("update of an absent one", () => refused(() => document.update({ n: 1 })), NOT_FOUND);
  await client.terminate();
  await check("databases.delete", async () => (await (await admin.deleteDatabase({ name }))[0].promise())[0].name, name);
}

// Its library ignores proxies: it is given the port without TLS.
async function compute() {
  const library = require("@google-cloud/compute");
  const { hostname, port } = new URL(process.env.GROUNDCREW_ENDPOINT);
  const client = (name) => new library[`${name}Client`]({ apiEndpoint: hostname, port: Number(port), protocol: "http" });
  const [zones, networks, subnetworks, instances] = ["Zones", "Networks", "Subnetworks", "Instances"].map(client);
  const [project, region, zone] = [PROJECT, REGION, `${REGION}-a`];
  // The status of an operation when it is done.
  const globally = client("GlobalOperations");
  const global = async ([{ latestResponse: { name } }]) => (await globally.wait({ project, operation: name }))[0].status;
  const inRegion = client("RegionOperations");
  const regional = async ([{ latestResponse: { name } }]) => (await inRegion.wait({ project, region, operation: name }))[0].status;
  const inZone = client("ZoneOperations");
  const zonal = async ([{ latestResponse: { name } }]) => (await inZone.wait({ project, zone, operation: name }))[0].status;
  await check("zones.get", async () => (await zones.get({ project, zone }))[0].status, "UP");
  await check("zones.list", async () => (await all(zones.listAsync({ project }))).some((found) => found.name === zone), true);
  await check("networks.insert", async () => global(await networks.insert({ project, networkResource: { name: "node", autoCreateSubnetworks: false } })), "DONE");
  const subnetworkResource = { name: "node", network: `projects/${project}/global/networks/node`, ipCidrRange: "10.9.0.0/24" };
  await check("subnetworks.insert", async () => regional(await subnetworks.insert({ project, region, subnetworkResource })), "DONE");
  const instanceResource = {
    name: "node",
    machineType: `zones/${zone}/machineTypes/e2-small`,
    disks: [{ boot: true, autoDelete: true, initializeParams: { sourceImage: "projects/debian-cloud/global/images/family/debian-12" } }],
    networkInterfaces: [{ subnetwork: `projects/${project}/regions/${region}/subnetworks/node` }],
  };
  const here = { project, zone, instance: "node" };
  await check("instances.insert", async () => zonal(await instances.insert({ project, zone, instanceResource })), "DONE");
  await check("instances.get", async () => (await instances.get(here))[0].status, "RUNNING");
  await check("instances.list", async () => (await all(instances.listAsync({ project, zone }))).map((i) => i.name), ["node"]);
  await check("instances.aggregatedList", async () => (await all(instances.aggregatedListAsync({ project }))).some(([, found]) => found.instances?.length === 1), true);
  await check("instances.setLabels", async () => {
    const [{ labelFingerprint }] = await instances.get(here);
    return zonal(await instances.setLabels({ ...here, instancesSetLabelsRequestResource: { labels: { a: "b" }, labelFingerprint } }));
  }, "DONE");
  await check("instances.stop", async () => zonal(await instances.stop(here)), "DONE");
  await check("instances.start", async () => zonal(await instances.start(here)), "DONE");
  await check("instances.delete", async () => zonal(await instances.delete(here)), "DONE");
  await check("absent", () => refused(() => instances.get(here)), 404);
  await check("subnetworks.delete", async () => regional(await subnetworks.delete({ project, region, subnetwork: "node" })), "DONE");
  await check("networks.delete", async () => global(await networks.delete({ project, network: "node" })), "DONE");
}

async function resourcemanager() {
  const { ProjectsClient } = require("@google-cloud/resource-manager");
  const client = new ProjectsClient();
  const name = `projects/${PROJECT}`;
  await check("projects.get", async () => (await client.getProject({ name }))[0].projectId, PROJECT);
  await check("projects.search", async () => (await client.searchProjects({}))[0].some((p) => p.projectId === PROJECT), true);
  await check("getIamPolicy", async () => (await client.getIamPolicy({ resource: name }))[0].bindings.length > 0, true);
  const permissions = ["resourcemanager.projects.get"];
  await check("testIamPermissions", async () => (await client.testIamPermissions({ resource: name, permissions }))[0].permissions, permissions);
}

async function main() {
  const chosen = process.argv.slice(2);
  for (const api of [storage, pubsub, kms, secretmanager, compute, firestore, resourcemanager]) {
    if (chosen.length > 0 && !chosen.includes(api.name)) continue;
    console.log(`# ${api.name}`);
    await api();
  }
  console.log(`${failures} failed`);
  process.exit(failures > 0 ? 1 : 0);
}

main();
