import { strict as assert } from "node:assert";
import { checkClock, checkServer } from "../../src/cluster/check_server.ts";
import { fakeConnection } from "../support/fake_connection.ts";
import { doctorLink, refusal, SERVER } from "./doctor_api.ts";

const NOW = Date.parse("2026-03-01T12:00:00.500Z");

function now(): number {
  return NOW;
}

function versionAt(date?: string): () => Response {
  return () =>
    Response.json({ gitVersion: "v1.34.4" }, {
      headers: date === undefined ? {} : { date },
    });
}

Deno.test("checkServer() tells the version and whom it trusts", async () => {
  const link = doctorLink({
    "GET /version": versionAt("Sun, 01 Mar 2026 12:00:00 GMT"),
  });
  const { value, ...finding } = await checkServer(link, now);
  assert.deepEqual(finding, {
    status: "ok",
    text: `${SERVER} answers, its certificate is good, Kubernetes v1.34.4`,
    facts: { server: `${SERVER}/`, version: "v1.34.4" },
  });
  assert.equal(value?.link, link);
  assert.equal(value?.clock, Date.parse("2026-03-01T12:00:00Z"));
});

Deno.test("checkServer() goes below the base path of the server", async () => {
  const connection = fakeConnection(new URL(`${SERVER}/k8s/clusters/c-1`));
  const answers = { "GET /k8s/clusters/c-1/version": versionAt() };
  const result = await checkServer(doctorLink(answers, connection), now);
  assert.match(result.text, /clusters\/c-1 answers, .* v1\.34\.4$/);
});

Deno.test("checkServer() says when nothing is verified", async () => {
  const answers = { "GET /version": versionAt() };
  const open = doctorLink(answers, { server: new URL("http://api.test") });
  assert.match((await checkServer(open, now)).text, /, without TLS, /);
  const blind = doctorLink(answers, { tls: { insecure: true } });
  assert.match((await checkServer(blind, now)).text, /is not verified, /);
});

Deno.test("checkServer() is content with a refusal: it was reached", async () => {
  for (const code of [401, 403]) {
    const link = doctorLink({ "GET /version": refusal(code, "no") });
    const { status, value } = await checkServer(link, now);
    assert.equal(status, "ok");
    assert.equal(value?.link, link);
  }
});

Deno.test("checkServer() fails when something else answers", async () => {
  const link = doctorLink({ "GET /version": () => new Response("<html>") });
  const result = await checkServer(link, now);
  assert.equal(result.status, "failed");
  assert.equal(result.fault, "unreachable");
  assert.match(result.text, /is no API server$/);
  assert.equal(result.value, undefined);
});

Deno.test("checkClock() compares with the middle of the exchange", () => {
  const link = doctorLink({});
  const local = Date.parse("2026-03-01T12:00:00Z");
  const at = (clock: number) => checkClock({ link, localClock: local, clock });
  assert.equal(at(local - 30_000).status, "ok");
  assert.equal(at(local + 30_000).status, "ok");
  const behind = at(local + 90_000);
  assert.equal(behind.status, "warning");
  assert.match(behind.text, /90 seconds behind the API server/);
  assert.match(behind.advice ?? "", /12:01Z there and 2026-03-01T12:00Z here/);
  // The header is cut to the second before.
  assert.match(at(local - 91_000).text, /90 seconds ahead of/);
  assert.equal(checkClock({ link, localClock: local }).status, "skipped");
});
