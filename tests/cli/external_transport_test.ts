import { strict as assert } from "node:assert";
import { join } from "node:path";
import {
  type ExternalTransport,
  openExternalTransport,
} from "../../src/cli/external_transport.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import { RegistryConnectionError } from "../../src/registry/registry_connection_error.ts";
import { startFakeRawServer } from "../support/fake_raw_server.ts";
import { startFakeTlsFront } from "../support/fake_tls_front.ts";
import { createAuthority } from "../support/pki.ts";
import { FakeIo } from "./fake_io.ts";

async function withTransport(
  action: (way: ExternalTransport) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  using way = await openExternalTransport({
    host: new FakeIo({ env }).kubeHost({ stdinTaken: true }),
    stallTimeout: 5_000,
  });
  await action(way);
}

function failureOf(work: Promise<unknown>): Promise<ConnectionError> {
  return work.then(
    () => assert.fail("it did not fail"),
    (error) => {
      assert.ok(error instanceof RegistryConnectionError, String(error));
      return error;
    },
  );
}

function startServer(
  handler: (request: Request) => Response,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    handler,
  );
}

/** A TLS server, and a file with the authority that signed its certificate. */
async function withTlsServer(
  action: (url: string, authorities: string) => Promise<void>,
): Promise<void> {
  const authority = createAuthority("registry authority");
  const server = startServer(() => new Response("ok"));
  const front = startFakeTlsFront(
    authority.issue("registry", { use: "server", names: ["127.0.0.1"] }),
    { port: server.addr.port },
  );
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "ca.pem");
    await Deno.writeTextFile(path, authority.cert);
    await action(`https://127.0.0.1:${front.port}/`, path);
  } finally {
    front.close();
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("openExternalTransport() reaches any host, each with its own connections", async () => {
  const one = startServer(({ headers }) =>
    new Response(headers.get("user-agent"))
  );
  const two = startServer(() => new Response("two"));
  await withTransport(async ({ transport }) => {
    for (const { addr } of [one, two]) {
      const url = `http://127.0.0.1:${addr.port}/v2/`;
      const response = await transport(new Request(url));
      assert.match(await response.text(), /^k8scr\/\d|^two$/);
    }
  });
  await one.shutdown();
  await two.shutdown();
});

Deno.test("openExternalTransport() trusts the authorities of SSL_CERT_FILE", async () => {
  await withTlsServer(async (url, authorities) => {
    await withTransport(async ({ transport }) => {
      const response = await transport(new Request(url));
      assert.equal(await response.text(), "ok");
    }, { SSL_CERT_FILE: authorities });
  });
});

Deno.test("openExternalTransport() trusts the authorities of the system where none are named", async () => {
  await withTlsServer(async (url, authorities) => {
    const pem = await Deno.readFile(authorities);
    const host = new FakeIo({ env: {} }).kubeHost({ stdinTaken: true });
    using way = await openExternalTransport({
      host: { ...host, readFile: () => Promise.resolve(pem) },
      stallTimeout: 5_000,
    });
    const response = await way.transport(new Request(url));
    assert.equal(await response.text(), "ok");
  });
});

Deno.test("openExternalTransport() explains a certificate that nobody signed", async () => {
  await withTlsServer(async (url) => {
    await withTransport(async ({ transport }) => {
      const error = await failureOf(transport(new Request(url)));
      assert.equal(error.stage, "tls");
      assert.match(error.message, /: its certificate is not trusted: /);
      assert.match(error.message, /\nName the authority .*\$SSL_CERT_FILE/);
      assert.doesNotMatch(error.message, /API server/);
    });
  });
});

Deno.test("openExternalTransport() refuses authorities that cannot be read", async () => {
  await assert.rejects(
    withTransport(() => assert.fail("it is not open"), {
      SSL_CERT_FILE: "/nonexistent/ca.pem",
    }),
    {
      name: "UsageError",
      message: "Cannot read the authorities of $SSL_CERT_FILE " +
        '"/nonexistent/ca.pem": no such file or directory',
    },
  );
});

Deno.test("openExternalTransport() explains that nobody listens", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await withTransport(async ({ transport }) => {
    const url = `http://127.0.0.1:${port}/v2/`;
    const error = await failureOf(transport(new Request(url)));
    assert.equal(error.stage, "connect");
    assert.equal(
      error.message,
      `Cannot reach the registry's host "127.0.0.1:${port}": the connection ` +
        "was refused\nCheck the name, and the network on the way to it",
    );
  });
});

Deno.test("openExternalTransport() explains TLS where there is none", async () => {
  const server = startServer(() => new Response("ok"));
  await withTransport(async ({ transport }) => {
    const url = `https://127.0.0.1:${server.addr.port}/`;
    const error = await failureOf(transport(new Request(url)));
    assert.match(error.message, /: it does not speak TLS on this port\n/);
    assert.match(error.message, /\nTry --plain-http$/);
  });
  await server.shutdown();
});

Deno.test("openExternalTransport() explains a body that breaks off", async () => {
  await using server = startFakeRawServer(async (connection) => {
    await connection.readHead();
    await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf");
  });
  await withTransport(async ({ transport }) => {
    const response = await transport(new Request(server.url));
    const error = await failureOf(response.text());
    assert.equal(error.stage, "transfer");
    assert.equal(error.transient, true);
  });
});

Deno.test("openExternalTransport() goes through the proxy of the environment", async () => {
  const proxy = startServer(({ url }) => new Response(`proxied ${url}`));
  await withTransport(async ({ transport }) => {
    const response = await transport(new Request("http://registry.test/v2/"));
    assert.match(await response.text(), /^proxied http:\/\/registry\.test/);
  }, { HTTP_PROXY: `http://127.0.0.1:${proxy.addr.port}` });
  await proxy.shutdown();
});
