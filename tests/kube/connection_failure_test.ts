import { strict as assert } from "node:assert";
import {
  dialFailure,
  transferFailure,
  tunnelFailure,
} from "../../src/kube/connection_failure.ts";
import { ExchangeError } from "../../src/kube/http_connection.ts";
import { fakeConnection } from "../support/fake_connection.ts";

const SERVER = new URL("https://api.lab.test:6443/k8s/c-1");
const CONNECTION = fakeConnection(SERVER);
const PROXIED = fakeConnection(SERVER, {
  proxy: new URL("http://user:secret@proxy.test:3128"),
});

function coded(code: string): Error {
  const text = `connect ${code}`;
  return Object.assign(new Error(text), { code });
}

Deno.test("dialFailure() tells a name from a network and a server", () => {
  const told = ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "EHOSTUNREACH"].map(
    (code) => {
      const failure = dialFailure(CONNECTION, coded(code));
      const [problem = ""] = failure.message.split("\n");
      assert.equal(failure.address, "api.lab.test:6443");
      return [failure.stage, failure.transient, problem.split(": ").at(-1)];
    },
  );
  assert.deepEqual(told, [
    ["lookup", false, 'the name "api.lab.test" has no address'],
    ["lookup", true, 'the name "api.lab.test" has no address'],
    ["connect", true, "the connection was refused"],
    ["connect", true, "there is no route to the host"],
  ]);
});

Deno.test("dialFailure() blames the proxy where there is one", () => {
  const failure = dialFailure(PROXIED, coded("ECONNREFUSED"));
  assert.equal(failure.stage, "proxy");
  assert.equal(failure.address, "proxy.test:3128");
  assert.equal(
    failure.message,
    'Cannot reach the API server "https://api.lab.test:6443/k8s/c-1" through ' +
      'the proxy "http://proxy.test:3128": the connection was refused\n' +
      'Check "proxy-url" in /home/jane/.kube/config, or HTTPS_PROXY and NO_PROXY',
  );
});

Deno.test("tunnelFailure() keeps what the proxy said", () => {
  const cause = new Error("It answered 403 Forbidden");
  const failure = tunnelFailure(PROXIED, cause, false);
  assert.equal(failure.stage, "proxy");
  assert.equal(failure.transient, false);
  assert.equal(failure.cause, cause);
  assert.match(failure.message, /: it answered 403 Forbidden\n/);
});

function exchangeError(message: string, stalled = false): ExchangeError {
  return new ExchangeError(message, { stalled, answered: false });
}

const REQUEST = {
  method: "PATCH",
  url: "https://api.lab.test:6443/k8s/c-1/v2/?_state=secret",
};

Deno.test("transferFailure() leaves the query out of the message", () => {
  const failure = transferFailure(
    CONNECTION,
    REQUEST,
    exchangeError("The connection was closed"),
  );
  assert.equal(failure.stage, "transfer");
  assert.equal(failure.transient, true);
  assert.equal(
    failure.message,
    'Cannot finish PATCH "/k8s/c-1/v2/" at the API server ' +
      '"https://api.lab.test:6443/k8s/c-1": the connection was closed',
  );
});

Deno.test("transferFailure() tells a stall from a break", () => {
  const failure = transferFailure(
    CONNECTION,
    REQUEST,
    exchangeError("No byte moved for 60 seconds", true),
  );
  assert.equal(failure.stage, "stall");
  assert.match(failure.message, /: no byte moved for 60 seconds$/);
});

Deno.test("transferFailure() recognises a refused client certificate", () => {
  const failure = transferFailure(
    CONNECTION,
    REQUEST,
    exchangeError("received fatal alert: CertificateExpired"),
  );
  assert.equal(failure.stage, "tls");
  assert.equal(failure.transient, false);
});
