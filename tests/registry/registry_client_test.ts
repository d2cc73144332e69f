import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import { RegistryClient } from "../../src/registry/registry_client.ts";
import { quickRetry, streamOf } from "./upload_fixture.ts";

/** A transport that keeps the requests and answers all of them alike. */
function recorder(status = 200): { transport: Transport; seen: Request[] } {
  const seen: Request[] = [];
  const transport = (request: Request) => {
    seen.push(request);
    return Promise.resolve(new Response(null, { status }));
  };
  return { transport, seen };
}

const PING = {
  method: "GET",
  path: "/v2/?_state=x%3D",
  action: "ping",
  expected: [200],
} as const;

Deno.test("RegistryClient sends to the virtual origin and keeps the path", async () => {
  const { transport, seen } = recorder();
  await new RegistryClient(transport).send(PING);
  assert.equal(seen[0]?.url, "http://registry/v2/?_state=x%3D");
  assert.equal(seen[0]?.redirect, "manual");
  assert.equal(seen[0]?.headers.get("accept-encoding"), "identity");
});

Deno.test("RegistryClient sends to the origin that it is given", async () => {
  const { transport, seen } = recorder();
  const origin = "https://r.example:5000";
  await new RegistryClient(transport, { origin }).send(PING);
  assert.equal(seen[0]?.url, "https://r.example:5000/v2/?_state=x%3D");
});

Deno.test("RegistryClient states the length of bodies, and of none", async () => {
  const { transport, seen } = recorder();
  const client = new RegistryClient(transport);
  await client.send({ ...PING, method: "POST" });
  await client.send({
    ...PING,
    method: "PUT",
    body: {
      stream: () => streamOf(new Uint8Array(4), 4),
      size: 4,
      mediaType: "text/plain",
    },
  });
  const [empty, full] = seen;
  assert.equal(empty?.headers.get("content-length"), "0");
  assert.equal(empty?.body, null);
  assert.equal(full?.headers.get("content-length"), "4");
  assert.equal(full?.headers.get("content-type"), "text/plain");
  assert.equal((await full?.bytes())?.length, 4);
});

Deno.test("RegistryClient leaves the query out of errors", async () => {
  const { transport } = recorder(403);
  await assert.rejects(new RegistryClient(transport).send(PING), {
    name: "RegistryError",
    path: "/v2/",
    message: "Cannot ping: the registry answers 403",
  });
});

Deno.test("RegistryClient.send() sends once, sendSafely() again", async () => {
  const { transport, seen } = recorder(503);
  const client = new RegistryClient(transport, {
    retry: quickRetry({ maxAttempts: 3 }),
  });
  await assert.rejects(client.send(PING));
  assert.equal(seen.length, 1);
  await assert.rejects(client.sendSafely(PING));
  assert.equal(seen.length, 4);
});

Deno.test("RegistryClient.withPatience() changes nothing but the patience", async () => {
  const { transport, seen } = recorder(503);
  const origin = "https://r.example:5000";
  const client = new RegistryClient(transport, { origin, retry: quickRetry() })
    .withPatience({ maxAttempts: 2 });
  await assert.rejects(client.sendSafely(PING), { status: 503 });
  assert.deepEqual(seen.map(({ url }) => url), [
    "https://r.example:5000/v2/?_state=x%3D",
    "https://r.example:5000/v2/?_state=x%3D",
  ]);
});
