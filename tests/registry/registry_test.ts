import { strict as assert } from "node:assert";
import {
  ConnectionError,
  type ConnectionStage,
} from "../../src/http/connection_error.ts";
import type { Transport } from "../../src/http/transport.ts";
import { Registry } from "../../src/registry/registry.ts";
import {
  type ScriptedExchange,
  withScript,
} from "../support/scripted_server.ts";
import { quickRetry } from "./upload_fixture.ts";

async function ping(...script: ScriptedExchange[]): Promise<void> {
  await withScript(script, async (transport) => {
    await new Registry(transport, { retry: quickRetry() }).ping();
  });
}

const PING = { request: "GET /v2/" };

Deno.test("Registry.ping() accepts what registries answer", async () => {
  await ping({
    ...PING,
    text: "{}",
    answer: { "docker-distribution-api-version": "registry/2.0" },
  });
  // go-containerregistry has no body, zot no version.
  await ping(PING);
  await ping({ ...PING, text: "{}\n" });
});

Deno.test("Registry.ping() rejects what is no registry", async () => {
  await assert.rejects(
    ping({ ...PING, text: "<html><body>hi</body></html>" }),
    {
      name: "RegistryError",
      message: "Cannot reach the registry: what answers is no registry, " +
        "it sends an HTML page\nCheck the name and the port of the registry",
    },
  );
  await assert.rejects(
    ping({ ...PING, text: "hello" }),
    /what answers is no registry, it sends something else/,
  );
  await assert.rejects(
    ping({ ...PING, status: 404, text: "404 page not found" }),
    /^RegistryError: Cannot reach the registry: .* 404, 404 page not found$/,
  );
});

Deno.test("Registry.ping() explains a registry that wants a login", async () => {
  await assert.rejects(
    ping({
      ...PING,
      status: 401,
      answer: { "www-authenticate": "Bearer realm=x" },
    }),
    (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /login, which cannot pass the Pod proxy/);
      return true;
    },
  );
});

Deno.test("Registry.ping() tries again what may pass, but not for long", async () => {
  await ping({ ...PING, status: 503 }, { ...PING, lost: true }, PING);
  await assert.rejects(
    ping(...[1, 2, 3].map(() => ({ ...PING, status: 503 }))),
    /the registry answers 503/,
  );
});

Deno.test("Registry.ping() tells at once that there is no way", async () => {
  for (const stage of ["lookup", "connect", "proxy", "tls"] as const) {
    assert.equal(await triesAfter(stage), 1, stage);
  }
  assert.equal(await triesAfter("transfer"), 3);
});

async function triesAfter(stage: ConnectionStage): Promise<number> {
  let tries = 0;
  const transport: Transport = () => {
    tries += 1;
    return Promise.reject(
      new ConnectionError("Cannot reach x", {
        address: "x:1",
        stage,
        transient: true,
      }),
    );
  };
  await assert.rejects(
    new Registry(transport, { retry: quickRetry() }).ping(),
    { name: "ConnectionError", stage },
  );
  return tries;
}

Deno.test("Registry.repository() rejects what is no repository name", async () => {
  await withScript([], (transport) => {
    const registry = new Registry(transport);
    for (const name of ["", "A", "a/../b", "a//b", "a?x", "a%2fb"]) {
      assert.throws(() => registry.repository(name), {
        name: "ReferenceSyntaxError",
        input: name,
      });
    }
    return Promise.resolve();
  });
});

Deno.test("Registry.repositories() lists the catalog", async () => {
  await withScript([{
    request: "GET /v2/_catalog?n=1000",
    text: '{"repositories":["a","b/c"]}',
  }], async (transport) => {
    const names = await Array.fromAsync(
      new Registry(transport).repositories(),
    );
    assert.deepEqual(names, ["a", "b/c"]);
  });
});
