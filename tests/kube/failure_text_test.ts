import { strict as assert } from "node:assert";
import {
  describeServer,
  describeServerField,
  failureFacts,
  formatMinute,
  plainReason,
} from "../../src/kube/failure_text.ts";
import { fakeConnection } from "../support/fake_connection.ts";

function errorWith(code: string, message: string, cause?: Error): Error {
  return Object.assign(new Error(message, { cause }), { code });
}

Deno.test("failureFacts() collects what a chain of errors says", () => {
  const root = new TypeError("At the root");
  const facts = failureFacts(errorWith("ECONNRESET", "outside", root));
  assert.deepEqual(facts, {
    name: "TypeError",
    code: "ECONNRESET",
    message: "outside: At the root",
  });
});

Deno.test("failureFacts() finds nothing in what is no error", () => {
  assert.deepEqual(failureFacts("text"), { name: "", code: "", message: "" });
});

Deno.test("plainReason() puts codes into words", () => {
  const reset = errorWith("ECONNRESET", "read ECONNRESET");
  assert.equal(plainReason(reset), "the connection was reset");
  const wrapped = new Error("Sent nothing", { cause: reset });
  assert.equal(plainReason(wrapped), "the connection was reset");
});

Deno.test("plainReason() makes a message fit for the middle of a sentence", () => {
  const reasons = ["The answer ends", "HTTP was expected", "A byte", ""].map(
    (message) => plainReason(new Error(message)),
  );
  assert.deepEqual(reasons, [
    "the answer ends",
    "HTTP was expected",
    "a byte",
    "",
  ]);
});

Deno.test("describeServer() names the proxy without its login", () => {
  const url = new URL("https://api.lab.test/k8s/c-1/");
  assert.equal(
    describeServer(fakeConnection(url)),
    'the API server "https://api.lab.test/k8s/c-1"',
  );
  const proxy = new URL("http://user:secret@proxy.test:3128");
  assert.equal(
    describeServer(fakeConnection(url, { proxy })),
    'the API server "https://api.lab.test/k8s/c-1" through the proxy ' +
      '"http://proxy.test:3128"',
  );
});

Deno.test("describeServerField() leaves out a cluster without a name", () => {
  const connection = fakeConnection(new URL("https://h"));
  assert.equal(
    describeServerField(connection),
    '"server" of cluster "lab" in /home/jane/.kube/config',
  );
  assert.equal(
    describeServerField({ ...connection, clusterName: "", origin: "here" }),
    '"server" in here',
  );
});

Deno.test("formatMinute() writes UTC to the minute", () => {
  const date = new Date("2026-01-02T03:04:05.678Z");
  assert.equal(formatMinute(date), "2026-01-02T03:04Z");
});
