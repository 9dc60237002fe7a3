// This test runs every operation that the npm package cloudflare has for Authenticated Origin Pulls against the simulator, under its
// default preset. The variable SIMULATOR has the path of the simulator. `make interop` builds it and installs the package.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import Cloudflare from "cloudflare";

const zone_id = "0123456789abcdef0123456789abcdef";
const hostname = "client.example.com";
const recorded = new URL("../../../simulator/testdata/recorded/", import.meta.url);
const pair = (name) => ({
  certificate: readFileSync(new URL(name + ".pem", recorded), "utf8"),
  private_key: readFileSync(new URL(name + ".key", recorded), "utf8"),
});

let simulator, api;

before(async () => {
  const fast = ["deploy-after", "associate-after", "void-after", "delete-after"].flatMap((f) => ["-" + f, "50ms"]);
  simulator = spawn(process.env.SIMULATOR, ["-listen", "127.0.0.1:0", ...fast], { stdio: ["ignore", "pipe", "ignore"] });
  const line = await new Promise((found, failed) => {
    simulator.once("error", failed);
    simulator.once("exit", (code) => failed(new Error(`the simulator ended with ${code}`)));
    simulator.stdout.once("data", (data) => found(String(data).trim()));
  });
  const client = new Cloudflare({ apiToken: "anything", baseURL: line.split("=")[1], maxRetries: 0 });
  api = client.originTLSClientAuth;
});

after(() => simulator.kill());

// until polls until an answer has the status. The timeout of the test runner ends it if that never happens.
async function until(status, get) {
  for (;;) {
    const seen = await get();
    if (seen.status === status) return seen;
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

async function refused(code, promise) {
  await assert.rejects(promise, (e) => e instanceof Cloudflare.APIError && e.errors[0].code === code);
}

for (const kind of ["zoneCertificates", "hostnameCertificates", "deprecated"]) {
  test(kind, { timeout: 10_000 }, async () => {
    const s = kind === "deprecated" ? api : api[kind];
    const upload = pair(kind === "hostnameCertificates" ? "hostname" : "zone");
    const zone = { zone_id: kind === "deprecated" ? "f".repeat(32) : zone_id };
    const made = await s.create({ ...zone, ...upload });
    assert.equal(made.status, "pending_deployment");
    assert.equal(made.certificate, upload.certificate);
    await refused(1406, s.create({ ...zone, ...upload }));
    await until("active", () => s.get(made.id, zone));
    const listed = [];
    for await (const row of s.list(zone)) listed.push(row.id);
    assert.deepEqual(listed, [made.id]);
    assert.equal((await s.delete(made.id, zone)).status, "pending_deletion");
    await until("deleted", () => s.get(made.id, zone));
  });
}

test("associations", { timeout: 10_000 }, async () => {
  const certificates = api.hostnameCertificates;
  const { id: cert_id } = await certificates.create({ zone_id, ...pair("zone") });
  await until("active", () => certificates.get(cert_id, { zone_id }));
  const put = async (enabled) => (await api.hostnames.update({ zone_id, config: [{ hostname, cert_id, enabled }] })).result[0];
  await refused(1553, api.hostnames.get(hostname, { zone_id }));
  assert.equal((await put(true)).status, "pending_deployment");
  const seen = await until("active", () => api.hostnames.get(hostname, { zone_id }));
  assert.deepEqual([seen.cert_id, seen.enabled, seen.cert_status], [cert_id, true, "active"]);
  await refused(1433, certificates.delete(cert_id, { zone_id }));
  assert.equal((await put(false)).enabled, false);
  assert.equal((await put(null)).enabled, null);
  assert.equal((await certificates.delete(cert_id, { zone_id })).status, "pending_deletion");
});

test("settings", async () => {
  assert.equal((await api.settings.get({ zone_id })).enabled, false);
  assert.equal((await api.settings.update({ zone_id, enabled: true })).enabled, true);
  assert.equal((await api.settings.get({ zone_id })).enabled, true);
});
