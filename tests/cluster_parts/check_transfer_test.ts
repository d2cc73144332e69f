import { strict as assert } from "node:assert";
import {
  checkReach,
  checkRegistry,
  type KnownRegistry,
} from "../../src/cluster/check_registry.ts";
import {
  checkRoundTrip,
  checkTransfer,
} from "../../src/cluster/check_transfer.ts";
import type { DoctorLink } from "../../src/cluster/doctor_link.ts";
import {
  type DoctorRegistryOptions,
  SEGMENT,
  withRegistry,
} from "./doctor_registry.ts";

const MEBIBYTE = 2 ** 20;

async function known(link: DoctorLink): Promise<KnownRegistry> {
  const reached = await checkReach(SEGMENT, link, {});
  assert.ok(reached.value);
  const { value } = await checkRegistry(reached.value, { permissions: {} });
  assert.ok(value);
  return value;
}

/** Refuses requests that are longer. */
function limitedTo(bytes: number): DoctorRegistryOptions {
  return {
    instead: ({ headers }) =>
      Number(headers.get("content-length") ?? 0) > bytes
        ? new Response("<html>", { status: 413 })
        : undefined,
  };
}

Deno.test("checkRoundTrip() asks the registry a few times", async () => {
  await withRegistry({}, async ({ link, requests }) => {
    const registry = await known(link);
    const before = requests.length;
    const result = await checkRoundTrip(registry, {});
    assert.deepEqual(requests.slice(before), Array(5).fill("GET /v2/"));
    assert.match(result.text, /^[0-9.]+ ms to the registry and back$/);
    assert.ok(result.value && result.value > 0);
  });
});

Deno.test("checkTransfer() sends 8 MiB in chunks, and takes them back", async () => {
  await withRegistry({}, async ({ link, requests, left }) => {
    const registry = await known(link);
    const result = await checkTransfer(registry, { chunkSize: 4 * MEBIBYTE });
    assert.equal(result.status, "ok");
    assert.match(
      result.text,
      /^requests of 4 MiB pass, [0-9.]+ MB\/s in one upload$/,
    );
    assert.equal(result.facts?.bytes, 8 * MEBIBYTE);
    const chunks = requests.filter((line) => line.startsWith("PATCH "));
    assert.equal(chunks.length, 2);
    assert.deepEqual(await left(), { uploads: 0, bytes: 0 });
  });
});

Deno.test("checkTransfer() finds how big a request may be", async () => {
  await withRegistry(limitedTo(600_000), async ({ link, left }) => {
    const registry = await known(link);
    const result = await checkTransfer(registry, { chunkSize: 4 * MEBIBYTE });
    assert.equal(result.status, "warning");
    assert.match(result.text, /^requests of 512 KiB pass, .*refused \(413\)$/);
    assert.match(result.advice ?? "", /--chunk-size 512Ki/);
    assert.equal(result.facts?.largestRequest, 512 * 1024);
    assert.deepEqual(await left(), { uploads: 0, bytes: 0 });
  });
});

Deno.test("checkTransfer() fails when no request is small enough, and leaves nothing", async () => {
  await withRegistry(limitedTo(1000), async ({ link, left }) => {
    const registry = await known(link);
    const result = await checkTransfer(registry, { chunkSize: MEBIBYTE });
    assert.equal(result.status, "failed");
    assert.equal(result.text, "requests of 256 KiB are refused (413)");
    assert.match(result.advice ?? "", /client_max_body_size/);
    assert.deepEqual(await left(), { uploads: 0, bytes: 0 });
  });
});

Deno.test("checkTransfer() sends nothing that it could not take back", async () => {
  await withRegistry({}, async ({ link, requests }) => {
    const registry = await known(link);
    const before = requests.length;
    const { cancel: _, ...traits } = registry.traits;
    for (const changed of [traits, { ...traits, cancel: false }]) {
      const result = await checkTransfer({ ...registry, traits: changed }, {
        chunkSize: MEBIBYTE,
      });
      assert.equal(result.status, "skipped");
    }
    assert.equal(requests.length, before);
  });
});
