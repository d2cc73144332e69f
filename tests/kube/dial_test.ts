import { strict as assert } from "node:assert";
import { ConnectionError } from "../../src/http/connection_error.ts";
import { clusterTransport } from "../../src/kube/cluster_transport.ts";
import type { Connection } from "../../src/kube/connection.ts";
import { dial } from "../../src/kube/dial.ts";
import {
  fakeConnection,
  type FakeConnectionOptions,
} from "../support/fake_connection.ts";
import { startFakeProxy } from "../support/fake_proxy.ts";
import {
  type FakeRawConnection,
  startFakeRawServer,
} from "../support/fake_raw_server.ts";
import { createAuthority, type KeyPair } from "../support/pki.ts";

const AUTHORITY = createAuthority("lab authority");
const OTHER = createAuthority("other authority");
const TRUSTED = { tls: { ca: AUTHORITY.cert } };

function serverCertificate(options: {
  names?: string[];
  notBefore?: Date;
  notAfter?: Date;
} = {}): KeyPair {
  return AUTHORITY.issue("apiserver", {
    use: "server",
    names: ["127.0.0.1", "api.lab.test"],
    ...options,
  });
}

async function answerOk(connection: FakeRawConnection): Promise<void> {
  while (await connection.readHead() !== "") {
    await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  }
}

async function get(connection: Connection): Promise<string> {
  const cluster = clusterTransport(connection);
  try {
    const url = new URL("/version", connection.server);
    return await (await cluster.transport(new Request(url))).text();
  } finally {
    cluster.close();
  }
}

async function failureOf(connection: Connection): Promise<ConnectionError> {
  const { signal } = new AbortController();
  const reason: unknown = await dial(connection, { signal }).then(
    (socket) => socket.destroy(),
    (reason) => reason,
  );
  assert(reason instanceof ConnectionError, String(reason));
  return reason;
}

/** Dials a server with the certificate and returns why that failed. */
async function tlsFailureOf(
  certificate: KeyPair,
  options: FakeConnectionOptions,
): Promise<{ failure: ConnectionError; url: string }> {
  await using server = startFakeRawServer(answerOk, { certificate });
  const failure = await failureOf(fakeConnection(server.url, options));
  assert.equal(failure.stage, "tls");
  assert.equal(failure.address, server.url.host);
  return { failure, url: server.url.origin };
}

Deno.test("dial() reaches a server whose certificate the authority signed", async () => {
  const certificate = serverCertificate();
  await using server = startFakeRawServer(answerOk, { certificate });
  assert.equal(await get(fakeConnection(server.url, TRUSTED)), "ok");
});

Deno.test("dial() verifies the name that tls-server-name gives", async () => {
  const certificate = serverCertificate({ names: ["api.lab.test"] });
  await using server = startFakeRawServer(answerOk, { certificate });
  const tls = { ca: AUTHORITY.cert, serverName: "api.lab.test" };
  assert.equal(await get(fakeConnection(server.url, { tls })), "ok");
});

Deno.test("dial() accepts any certificate when it is told to", async () => {
  const certificate = serverCertificate({ names: ["elsewhere.test"] });
  await using server = startFakeRawServer(answerOk, { certificate });
  const tls = { insecure: true };
  assert.equal(await get(fakeConnection(server.url, { tls })), "ok");
});

Deno.test("dial() names the authority that the kubeconfig does not have", async () => {
  const { failure, url } = await tlsFailureOf(serverCertificate(), {
    tls: { ca: OTHER.cert },
  });
  assert.equal(failure.transient, false);
  assert.equal(
    failure.message,
    `Cannot trust the API server "${url}": its certificate is signed by ` +
      `"lab authority", an authority that is not the one in the kubeconfig\n` +
      `Check "certificate-authority" of cluster "lab" in ` +
      `/home/jane/.kube/config: a cluster that was made anew has a new one`,
  );
});

Deno.test("dial() trusts only public authorities when none is named", async () => {
  const { failure, url } = await tlsFailureOf(serverCertificate(), {});
  assert.equal(
    failure.message,
    `Cannot trust the API server "${url}": its certificate is signed by ` +
      `"lab authority", an authority that is not publicly known\n` +
      `Name it by "certificate-authority" of cluster "lab" in ` +
      `/home/jane/.kube/config (--certificate-authority)`,
  );
});

Deno.test("dial() says which names a certificate has", async () => {
  const { failure, url } = await tlsFailureOf(serverCertificate(), {
    tls: { ca: AUTHORITY.cert, serverName: "wrong.test" },
  });
  assert.equal(failure.transient, false);
  const [problem = "", advice] = failure.message.split("\n");
  assert(problem.startsWith(`Cannot trust the API server "${url}": its `));
  assert.match(
    problem,
    /made out to .*"api\.lab\.test".* not to "wrong\.test"$/,
  );
  assert.match(problem, /"127\.0\.0\.1"/);
  assert.equal(
    advice,
    `Use one of these names in "server" of cluster "lab" in ` +
      `/home/jane/.kube/config, or as "tls-server-name" (--tls-server-name)`,
  );
});

Deno.test("dial() says when a certificate expired", async () => {
  const certificate = serverCertificate({
    notBefore: new Date("2020-01-01T00:00:00Z"),
    notAfter: new Date("2021-02-03T04:05:00Z"),
  });
  const { failure } = await tlsFailureOf(certificate, TRUSTED);
  assert.match(
    failure.message,
    /: its certificate expired on 2021-02-03T04:05Z\nRenew it on the API server, or check the clock/,
  );
});

Deno.test("dial() says when a certificate is not valid yet", async () => {
  const certificate = serverCertificate({
    notBefore: new Date("2045-01-01T00:00:00Z"),
    notAfter: new Date("2046-01-01T00:00:00Z"),
  });
  const { failure } = await tlsFailureOf(certificate, TRUSTED);
  assert.match(
    failure.message,
    /: its certificate is valid from 2045-01-01T00:00Z on\n/,
  );
});

Deno.test("dial() recognises a server without TLS", async () => {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readBytes(5);
    await connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const url = new URL(server.url.href.replace("http:", "https:"));
  const failure = await failureOf(fakeConnection(url, TRUSTED));
  assert.equal(failure.stage, "tls");
  assert.equal(failure.transient, false);
  assert.equal(
    failure.message,
    `Cannot reach the API server "${url.origin}": it does not speak TLS on ` +
      `this port\nCheck the port and the scheme of "server" of cluster "lab" ` +
      `in /home/jane/.kube/config`,
  );
});

Deno.test("dial() counts a handshake that breaks off as passing", async () => {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readBytes(5);
  });
  const url = new URL(server.url.href.replace("http:", "https:"));
  const failure = await failureOf(fakeConnection(url, TRUSTED));
  assert.equal(failure.stage, "tls");
  assert.equal(failure.transient, true);
});

Deno.test("dial() counts a refused connection as passing", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const url = new URL(`https://127.0.0.1:${port}`);
  const failure = await failureOf(fakeConnection(url));
  assert.equal(failure.stage, "connect");
  assert.equal(failure.transient, true);
  assert.equal(failure.address, url.host);
  assert.equal(
    failure.message,
    `Cannot reach the API server "${url.origin}": the connection was refused\n` +
      `Check that the cluster runs and that "server" of cluster "lab" in ` +
      `/home/jane/.kube/config is right`,
  );
});

Deno.test("dial() counts a name without an address as lasting", async () => {
  const url = new URL("https://api.lab.invalid:6443");
  const failure = await failureOf(fakeConnection(url));
  assert.equal(failure.stage, "lookup");
  assert.match(
    failure.message,
    /: the name "api\.lab\.invalid" has no address\n/,
  );
});

Deno.test("dial() stops when it is aborted", async () => {
  const heard = Promise.withResolvers<void>();
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    heard.resolve();
    await connection.readToEnd();
  });
  const controller = new AbortController();
  const reason = new Error("Interrupted");
  const { signal } = controller;
  const connection = fakeConnection(new URL("https://api.lab.test"), {
    proxy: server.url,
  });
  const dialled = dial(connection, { signal });
  heard.promise.then(() => controller.abort(reason));
  await assert.rejects(dialled, (error) => error === reason);
});

const PROXY_KINDS = ["http", "https", "socks5"] as const;

function withLogin(url: URL, login: string): URL {
  return new URL(url.href.replace("//", `//${login}@`));
}

for (const kind of PROXY_KINDS) {
  Deno.test(`dial() goes through a proxy that speaks ${kind}`, async () => {
    const certificate = serverCertificate({ names: ["api.lab.test"] });
    await using server = startFakeRawServer(answerOk, { certificate });
    using proxy = await startFakeProxy({
      kind,
      login: "us er:p@ss",
      port: Number(server.url.port),
      ...(kind === "https"
        ? {
          certificate: AUTHORITY.issue("proxy", {
            use: "server",
            names: ["localhost"],
          }),
        }
        : {}),
    });
    const connection = fakeConnection(new URL("https://api.lab.test:6443"), {
      ...TRUSTED,
      proxy: withLogin(proxy.url, "us%20er:p%40ss"),
      credentials: () => ({
        certificate: AUTHORITY.issue("jane", { use: "client" }),
      }),
    });
    assert.equal(await get(connection), "ok");
    assert.deepEqual(proxy.targets, ["api.lab.test:6443"]);
  });
}

Deno.test("dial() has an HTTP proxy forward requests to a server without TLS", async () => {
  await using server = startFakeRawServer(answerOk);
  using proxy = await startFakeProxy({ kind: "http", login: "user:secret" });
  const connection = fakeConnection(server.url, {
    proxy: withLogin(proxy.url, "user:secret"),
  });
  assert.equal(await get(connection), "ok");
  assert.deepEqual(proxy.targets, [`${server.url.origin}/version`]);
});

Deno.test("dial() names the proxy that refused", async () => {
  const refusals = [
    {
      kind: "http",
      refusal: "403 Forbidden",
      reason: "it answered 403 Forbidden",
      transient: false,
    },
    {
      kind: "http",
      refusal: "502 Bad Gateway",
      reason: "it answered 502 Bad Gateway",
      transient: true,
    },
    {
      kind: "socks5",
      refusal: 2,
      reason:
        "it did not connect to api.lab.test:6443: its rules do not allow it",
      transient: false,
    },
    {
      kind: "socks5",
      refusal: 5,
      reason: "it did not connect to api.lab.test:6443: connection refused",
      transient: true,
    },
  ] as const;
  for (const { kind, refusal, reason, transient } of refusals) {
    using proxy = await startFakeProxy({ kind, refusal });
    const failure = await failureOf(
      fakeConnection(new URL("https://api.lab.test:6443"), {
        proxy: withLogin(proxy.url, "user:secret"),
      }),
    );
    assert.equal(failure.stage, "proxy");
    assert.equal(failure.address, proxy.url.host);
    assert.equal(failure.transient, transient);
    assert.equal(
      failure.message,
      `Cannot reach the API server "https://api.lab.test:6443" through the ` +
        `proxy "${kind}://${proxy.url.host}": ${reason}\n` +
        `Check "proxy-url" in /home/jane/.kube/config, or HTTPS_PROXY and NO_PROXY`,
    );
  }
});

Deno.test("dial() says when a proxy wants a login", async () => {
  const reasons = {
    http: "it answered 407 Proxy Authentication Required",
    socks5: "it accepts none of the offered ways to log in",
  };
  for (const kind of ["http", "socks5"] as const) {
    using proxy = await startFakeProxy({ kind, login: "user:secret" });
    const failure = await failureOf(
      fakeConnection(new URL("https://api.lab.test"), { proxy: proxy.url }),
    );
    assert(failure.message.includes(`: ${reasons[kind]}\n`), failure.message);
    assert.equal(failure.transient, false);
  }
});

Deno.test("dial() names the proxy that is not there", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const failure = await failureOf(
    fakeConnection(new URL("https://api.lab.test"), {
      proxy: new URL(`http://127.0.0.1:${port}`),
    }),
  );
  assert.equal(failure.stage, "proxy");
  assert.equal(failure.address, `127.0.0.1:${port}`);
  assert.match(
    failure.message,
    /through the proxy .*: the connection was refused\n/,
  );
});
