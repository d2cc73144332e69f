import { strict as assert } from "node:assert";
import {
  probeRegistry,
  type RegistryTraits,
} from "../../src/cluster/doctor_registry_probe.ts";
import type { Permissions } from "../../src/cluster/check_permissions.ts";
import { RegistryClient } from "../../src/registry/registry_client.ts";

/** What a registry answers, by method and the beginning of the path. */
type Script = Readonly<Record<string, () => Response>>;

const UPLOADS = "/v2/k8scr-doctor/blobs/uploads/";

function answers(status: number, headers: Record<string, string> = {}) {
  return () => new Response(null, { status, headers });
}

function probe(
  script: Script,
  options: {
    readonly headers?: Record<string, string>;
    readonly permissions?: Permissions;
    readonly requests?: string[];
  } = {},
): Promise<RegistryTraits> {
  const { headers = {}, permissions = {}, requests = [] } = options;
  const client = new RegistryClient((request) => {
    const { pathname, search } = new URL(request.url);
    const line = `${request.method} ${pathname}${search}`;
    requests.push(line);
    const key = Object.keys(script).find((start) => line.startsWith(start));
    const found = key === undefined ? undefined : script[key];
    return Promise.resolve(found?.() ?? new Response(null, { status: 404 }));
  }, { retry: { maxAttempts: 1 } });
  const registry = { client, headers: new Headers(headers) };
  return probeRegistry(registry, { isOwn: false, permissions });
}

/** As the answers of distribution were measured. */
const DISTRIBUTION: Script = {
  [`POST ${UPLOADS}`]: answers(202, { location: `${UPLOADS}1?_state=a` }),
  [`GET ${UPLOADS}1?_state=a`]: answers(204, {
    location: `${UPLOADS}1?_state=b`,
    range: "0-0",
  }),
  [`DELETE ${UPLOADS}1?_state=a`]: answers(204),
  "DELETE /v2/k8scr-doctor/manifests/": answers(405),
  "GET /v2/_catalog": answers(200),
};

Deno.test("probeRegistry() knows distribution by its signed uploads", async () => {
  const type = "application/json";
  assert.deepEqual(
    await probe(DISTRIBUTION, { headers: { "content-type": type } }),
    {
      kind: "distribution 3",
      uploads: true,
      status: true,
      cancel: true,
      mount: true,
      referrers: false,
      delete: false,
      catalog: true,
    },
  );
  const old = await probe(DISTRIBUTION, {
    headers: { "content-type": `${type}; charset=utf-8` },
  });
  assert.equal(old.kind, "distribution 2");
});

Deno.test("probeRegistry() knows go-containerregistry by what it lacks", async () => {
  const traits = await probe({
    [`POST ${UPLOADS}`]: answers(202, { location: `${UPLOADS}780` }),
    [`GET ${UPLOADS}`]: answers(400),
    [`DELETE ${UPLOADS}`]: answers(400),
    "GET /v2/_catalog": answers(200),
  });
  assert.match(traits.kind, /^go-containerregistry/);
  assert.equal(traits.status, false);
  assert.equal(traits.cancel, false);
  assert.equal(traits.mount, false);
  assert.equal(traits.delete, true);
});

Deno.test("probeRegistry() knows zot by its extensions, and others by their front", async () => {
  const uploads: Script = {
    [`POST ${UPLOADS}`]: answers(202, { location: `${UPLOADS}1` }),
    [`GET ${UPLOADS}1`]: answers(204, { range: "0-0" }),
    [`DELETE ${UPLOADS}1`]: answers(204),
    "GET /v2/k8scr-doctor/referrers/": answers(200),
  };
  const extensions: Script = {
    "GET /v2/_oci/ext/discover": answers(200),
    // As zot 2.1 says it of a repository that it does not have.
    "DELETE /v2/k8scr-doctor/manifests/": () =>
      Response.json({ errors: [{ code: "NAME_UNKNOWN" }] }, { status: 400 }),
  };
  const zot = await probe({ ...uploads, ...extensions });
  assert.equal(zot.kind, "zot");
  assert.equal(zot.referrers, true);
  assert.equal(zot.delete, true);
  assert.equal(zot.catalog, false);
  const other = await probe(uploads, { headers: { server: "nginx" } });
  assert.equal(other.kind, "a registry behind nginx");
  assert.equal("mount" in other, false);
  assert.equal((await probe(uploads)).kind, "a registry");
});

Deno.test("probeRegistry() takes nothing back that it may not", async () => {
  const requests: string[] = [];
  const permissions = { create: true, delete: false };
  const traits = await probe(DISTRIBUTION, { permissions, requests });
  assert.equal("cancel" in traits, false);
  assert.equal("delete" in traits, false);
  assert.ok(requests.every((line) => !line.startsWith("DELETE")));
});

Deno.test("probeRegistry() throws when the registry breaks, and takes its upload back", async () => {
  const requests: string[] = [];
  const broken = { ...DISTRIBUTION, [`GET ${UPLOADS}`]: answers(500) };
  const script = Object.fromEntries(
    Object.entries(broken).filter(([key]) =>
      key !== `GET ${UPLOADS}1?_state=a`
    ),
  );
  await assert.rejects(probe(script, { requests }), {
    name: "RegistryError",
    status: 500,
  });
  assert.equal(requests.at(-1), `DELETE ${UPLOADS}1?_state=a`);
});
