import { strict as assert } from "node:assert";
import type { Permissions } from "../../src/cluster/check_permissions.ts";
import {
  checkReach,
  checkRegistry,
  type ReachedRegistry,
} from "../../src/cluster/check_registry.ts";
import type { DoctorLink } from "../../src/cluster/doctor_link.ts";
import { refusal } from "./doctor_api.ts";
import { SEGMENT, withRegistry } from "./doctor_registry.ts";

const ALL: Permissions = {
  get: true,
  create: true,
  patch: true,
  update: true,
  delete: true,
};

async function reach(link: DoctorLink): Promise<ReachedRegistry> {
  const { value } = await checkReach(SEGMENT, link, {});
  assert.ok(value);
  return value;
}

Deno.test("checkReach() asks the registry once, and keeps its answer", async () => {
  await withRegistry({}, async ({ link, requests }) => {
    const { value, ...finding } = await checkReach(SEGMENT, link, {});
    assert.deepEqual(requests, ["GET /v2/"]);
    assert.equal(finding.status, "ok");
    assert.equal(
      value?.headers.get("docker-distribution-api-version"),
      "registry/2.0",
    );
  });
});

Deno.test("checkReach() throws at the first refusal, whoever it is of", async () => {
  const way = "error trying to reach service: dial tcp: connection refused";
  const instead = { pod: refusal(503, way), registry: () => unauthorized() };
  await withRegistry({ instead: instead.pod }, async ({ link, requests }) => {
    await assert.rejects(checkReach(SEGMENT, link, {}), {
      name: "KubernetesError",
      hop: "pod",
    });
    assert.equal(requests.length, 1);
  });
  await withRegistry({ instead: instead.registry }, async ({ link }) => {
    await assert.rejects(checkReach(SEGMENT, link, {}), /wants a login/);
  });
});

function unauthorized(): Response {
  const headers = { "www-authenticate": 'Basic realm="registry"' };
  return new Response(null, { status: 401, headers });
}

Deno.test("checkRegistry() tells what a registry of our own can do, and leaves nothing", async () => {
  await withRegistry({}, async ({ link, left }) => {
    const options = { permissions: ALL };
    const { value, ...finding } = await checkRegistry(
      await reach(link),
      options,
    );
    assert.deepEqual(finding, {
      status: "ok",
      text:
        "k8scr, takes uploads; has upload status, upload cancelling, mounts, referrers, deletion, catalog",
      facts: {
        kind: "k8scr",
        uploads: true,
        status: true,
        cancel: true,
        mount: true,
        referrers: true,
        delete: true,
        catalog: true,
      },
    });
    assert.equal(value?.usage?.bytes, 0);
    assert.deepEqual(await left(), { uploads: 0, bytes: 0 });
  });
});

Deno.test("checkRegistry() sends nothing that is not allowed", async () => {
  await withRegistry({}, async ({ link, requests }) => {
    const permissions = { get: true, create: false, delete: false };
    const registry = await reach(link);
    const result = await checkRegistry(registry, { permissions });
    assert.equal(
      result.text,
      "k8scr, uploads were not tried; has mounts, referrers, catalog",
    );
    assert.ok(requests.every((request) => request.startsWith("GET ")));
  });
});

Deno.test("checkRegistry() throws when the registry takes no uploads", async () => {
  await withRegistry({
    instead: ({ method }) =>
      method === "POST" ? new Response(null, { status: 405 }) : undefined,
  }, async ({ link }) => {
    const registry = await reach(link);
    await assert.rejects(
      checkRegistry(registry, { permissions: ALL }),
      /may be read-only/,
    );
  });
});
