import { strict as assert } from "node:assert";
import { ConnectionError } from "../../src/http/connection_error.ts";
import { clusterTransport } from "../../src/kube/cluster_transport.ts";
import type { Connection } from "../../src/kube/connection.ts";
import { fakeConnection } from "../support/fake_connection.ts";
import {
  type FakeRawConnection,
  startFakeRawServer,
} from "../support/fake_raw_server.ts";
import { createAuthority } from "../support/pki.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

const AUTHORITY = createAuthority("lab authority");
const TLS = { ca: AUTHORITY.cert };
const SERVER = AUTHORITY.issue("apiserver", {
  use: "server",
  names: ["127.0.0.1"],
});

const UNAUTHORIZED = JSON.stringify({
  kind: "Status",
  apiVersion: "v1",
  status: "Failure",
  message: "Unauthorized",
  reason: "Unauthorized",
  code: 401,
});

function answer(head: string, body: string): string {
  return `HTTP/1.1 ${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** Answers 401 as the API server does until the new token comes. */
async function untilRenewed(connection: FakeRawConnection): Promise<void> {
  while (true) {
    const head = await connection.readHead();
    if (head === "") return;
    await connection.write(
      head.includes("Bearer new")
        ? OK
        : answer("401 Unauthorized", UNAUTHORIZED),
    );
  }
}

async function withTransport(
  connection: Connection,
  work: (
    send: (path: string, init?: RequestInit) => Promise<Response>,
  ) => Promise<
    void
  >,
  options: { stallTimeout?: number; maxConnections?: number } = {},
): Promise<void> {
  const cluster = clusterTransport(connection, options);
  try {
    await work((path, init) =>
      cluster.transport(new Request(new URL(path, connection.server), init))
    );
  } finally {
    cluster.close();
  }
}

function failureOf(work: Promise<unknown>): Promise<ConnectionError> {
  return work.then(
    () => assert.fail("it did not fail"),
    (reason) => {
      assert(reason instanceof ConnectionError, String(reason));
      return reason;
    },
  );
}

Deno.test("clusterTransport() sends the path, the query and the headers as they are", async () => {
  const heads: string[] = [];
  await using server = startFakeRawServer(async (connection) => {
    heads.push(await connection.readHead());
    await connection.write(OK);
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    const response = await send("/v2/a%2Fb?_state=x%3D&y", {
      headers: { range: "bytes=0-1" },
    });
    assert.equal(await response.text(), "ok");
  });
  assert.deepEqual(heads[0]?.split("\r\n"), [
    "GET /v2/a%2Fb?_state=x%3D&y HTTP/1.1",
    `host: ${server.url.host}`,
    "user-agent: k8scr",
    "accept-encoding: identity",
    "range: bytes=0-1",
  ]);
});

Deno.test("clusterTransport() uses one connection for requests in a row", async () => {
  await using server = startFakeRawServer(async (connection) => {
    while (await connection.readHead() !== "") await connection.write(OK);
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    for (let round = 0; round < 3; round++) await (await send("/a")).text();
    assert.equal(server.connections, 1);
  });
});

Deno.test("clusterTransport() opens no more connections than it may", async () => {
  await using server = startFakeRawServer(async (connection) => {
    while (await connection.readHead() !== "") await connection.write(OK);
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    const answers = ["/a", "/b", "/c", "/d", "/e"].map(async (path) =>
      await (await send(path)).text()
    );
    assert.deepEqual(await Promise.all(answers), [
      "ok",
      "ok",
      "ok",
      "ok",
      "ok",
    ]);
    assert.equal(server.connections, 2);
  }, { maxConnections: 2 });
});

Deno.test("clusterTransport() refuses a URL that is not under the server", async () => {
  await using server = startFakeRawServer(() => Promise.resolve());
  const base = new URL("/k8s/clusters/c-1", server.url);
  const cluster = clusterTransport(fakeConnection(base));
  for (
    const url of [
      "https://evil.test/k8s/clusters/c-1/api",
      `http://127.0.0.1:1/k8s/clusters/c-1/api`,
      `${server.url.origin}/api`,
      `${server.url.origin}/k8s/clusters/c-10/api`,
      `${server.url.origin}/k8s/clusters/c-1/..%2F..%2Fapi`,
      `${base.href.replace("//", "//user@")}/api`,
    ]
  ) {
    await assert.rejects(
      cluster.transport(new Request(url)),
      TypeError,
      url,
    );
  }
  assert.equal(server.connections, 0);
  cluster.close();
});

Deno.test("clusterTransport() sends no credentials over plain HTTP", async () => {
  const heads: string[] = [];
  await using server = startFakeRawServer(async (connection) => {
    heads.push(await connection.readHead());
    await connection.write(OK);
  });
  const connection = fakeConnection(server.url, {
    credentials: () => ({ authorization: "Bearer secret" }),
    impersonation: [["Impersonate-User", "bob"], ["Impersonate-Group", "a"], [
      "Impersonate-Group",
      "b",
    ]],
  });
  await withTransport(connection, async (send) => {
    await (await send("/a")).text();
  });
  assert(!heads[0]?.includes("secret"));
  assert.deepEqual(heads[0]?.split("\r\n").slice(2, 5), [
    "Impersonate-User: bob",
    "Impersonate-Group: a",
    "Impersonate-Group: b",
  ]);
});

Deno.test("clusterTransport() repeats a GET when the idle connection was closed under it", async () => {
  await using server = startFakeRawServer(async (connection, index) => {
    await connection.readHead();
    await connection.write(OK);
    // The first connection ends in the moment in which it is used again.
    await connection.readHead();
    if (index > 0) await connection.write(OK);
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    await (await send("/a")).text();
    assert.equal(await (await send("/b")).text(), "ok");
    assert.equal(server.connections, 2);
  });
});

Deno.test("clusterTransport() does not repeat a POST on a closed connection", async () => {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    await connection.write(OK);
    await connection.readHead();
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    await (await send("/a")).text();
    const failure = await failureOf(send("/b", { method: "POST" }));
    assert.equal(failure.stage, "transfer");
    assert.equal(failure.transient, true);
    assert.equal(
      failure.message,
      `Cannot finish POST "/b" at the API server "${server.url.origin}": the connection was closed`,
    );
  });
});

Deno.test("clusterTransport() gives up when no byte moves", async () => {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    await connection.readToEnd();
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    const failure = await failureOf(send("/a"));
    assert.equal(failure.stage, "stall");
    assert.equal(failure.transient, true);
    assert(failure.message.endsWith("no byte moved for 0.05 seconds"));
  }, { stallTimeout: 50 });
});

Deno.test("clusterTransport() explains a body that breaks off", async () => {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    const response = await send("/v2/a/blobs/sha256:1?x=secret");
    const failure = await failureOf(response.text());
    assert.equal(failure.stage, "transfer");
    assert.equal(
      failure.message,
      `Cannot finish GET "/v2/a/blobs/sha256:1" at the API server ` +
        `"${server.url.origin}": the answer ends after 4 of 10 bytes`,
    );
  });
});

Deno.test("clusterTransport() throws the reason of an abort", async () => {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    await connection.readToEnd();
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    const controller = new AbortController();
    const sent = send("/a", { signal: controller.signal });
    const reason = new Error("Interrupted");
    controller.abort(reason);
    await assert.rejects(sent, (error) => error === reason);
  });
});

Deno.test("clusterTransport() renews the credentials once after a 401 of the API server", async () => {
  await using server = startFakeRawServer(untilRenewed, {
    certificate: SERVER,
  });
  let renewals = 0;
  const connection = fakeConnection(server.url, {
    tls: TLS,
    credentials: () => ({
      authorization: renewals === 0 ? "Bearer old" : "Bearer new",
    }),
    refresh: () => ++renewals > 0,
  });
  await withTransport(connection, async (send) => {
    assert.equal(await (await send("/a")).text(), "ok");
    assert.equal(renewals, 1);
  });
});

Deno.test("clusterTransport() hands over a 401 when a renewal does not help", async () => {
  await using server = startFakeRawServer(untilRenewed, {
    certificate: SERVER,
  });
  const connection = fakeConnection(server.url, {
    tls: TLS,
    credentials: () => ({ authorization: "Bearer old" }),
    refresh: () => true,
  });
  await withTransport(connection, async (send) => {
    const response = await send("/a");
    assert.equal(response.status, 401);
    assert.equal(await response.text(), UNAUTHORIZED);
  });
});

Deno.test("clusterTransport() never renews the credentials for a registry's 401", async () => {
  const denied = '{"errors":[{"code":"UNAUTHORIZED"}]}';
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    await connection.write(answer("401 Unauthorized", denied));
  }, { certificate: SERVER });
  const connection = fakeConnection(server.url, {
    tls: TLS,
    refresh: () => assert.fail("it was renewed"),
  });
  await withTransport(connection, async (send) => {
    assert.equal(await (await send("/a")).text(), denied);
  });
});

Deno.test("clusterTransport() leaves it to others to send a body again after a renewal", async () => {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    await connection.readBytes(4);
    await connection.write(answer("401 Unauthorized", UNAUTHORIZED));
  }, { certificate: SERVER });
  const connection = fakeConnection(server.url, {
    tls: TLS,
    refresh: () => true,
  });
  await withTransport(connection, async (send) => {
    const sent = send("/a", {
      method: "PUT",
      body: "body",
      headers: { "content-length": "4" },
    });
    await assert.rejects(sent, {
      name: "ConnectionError",
      transient: true,
      message: /have been renewed/,
    });
  });
});

Deno.test("clusterTransport() says so when the client certificate has expired", async () => {
  await using server = startFakeRawServer(untilRenewed, {
    certificate: SERVER,
  });
  const certificate = AUTHORITY.issue("jane", {
    use: "client",
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2021-02-03T04:05:00Z"),
  });
  const connection = fakeConnection(server.url, {
    tls: TLS,
    credentials: () => ({ certificate }),
  });
  await withTransport(connection, async (send) => {
    const failure = await failureOf(send("/a"));
    assert.equal(failure.stage, "tls");
    assert.equal(failure.transient, false);
    assert.match(
      failure.message,
      /: the client certificate of user "jane" expired on 2021-02-03T04:05Z\n/,
    );
  });
});

Deno.test("clusterTransport() opens new connections for a new client certificate", async () => {
  await using server = startFakeRawServer(async (connection) => {
    while (await connection.readHead() !== "") await connection.write(OK);
  }, { certificate: SERVER });
  let certificate = AUTHORITY.issue("jane", { use: "client" });
  const connection = fakeConnection(server.url, {
    tls: TLS,
    credentials: () => ({ certificate }),
  });
  await withTransport(connection, async (send) => {
    await (await send("/a")).text();
    await (await send("/a")).text();
    assert.equal(server.connections, 1);
    certificate = AUTHORITY.issue("jane", { use: "client" });
    await (await send("/a")).text();
    assert.equal(server.connections, 2);
  });
});

Deno.test("clusterTransport() sends nothing after close()", async () => {
  await using server = startFakeRawServer(() => Promise.resolve());
  const cluster = clusterTransport(fakeConnection(server.url));
  cluster.close();
  await assert.rejects(
    cluster.transport(new Request(new URL("/a", server.url))),
    TypeError,
  );
});

Deno.test("clusterTransport() says so when the server wants TLS", async () => {
  const text = "Client sent an HTTP request to an HTTPS server.\n";
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    await connection.write(`HTTP/1.0 400 Bad Request\r\n\r\n${text}`);
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    const failure = await failureOf(send("/api"));
    assert.equal(failure.stage, "tls");
    assert.equal(failure.transient, false);
    assert.equal(
      failure.message,
      `Cannot reach the API server "${server.url.origin}": it speaks TLS on ` +
        `this port\nWrite "https:" in "server" of cluster "lab" in ` +
        "/home/jane/.kube/config",
    );
  });
});

Deno.test("clusterTransport() leaves a registry that wants TLS to others", async () => {
  const text = "Client sent an HTTP request to an HTTPS server.\n";
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    await connection.write(
      answer("400 Bad Request\r\naudit-id: 1", text),
    );
  });
  await withTransport(fakeConnection(server.url), async (send) => {
    assert.equal(await (await send("/api")).text(), text);
  });
});
