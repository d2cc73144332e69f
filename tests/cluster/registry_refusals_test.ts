import { strict as assert } from "node:assert";
import { join } from "node:path";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { kubectl, withNamespace } from "./support/cluster.ts";
import { succeed } from "./support/command.ts";
import { assertFound, doctor } from "./support/doctor.ts";
import { imagesOfDockerArchive } from "./support/expected_images.ts";
import {
  assertDone,
  assertFailed,
  assertPrinted,
  push,
} from "./support/pushes.ts";
import {
  type Registry,
  REGISTRY_PORT,
  type RegistryPodOptions,
  startRegistry,
} from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
const archive = once(async () =>
  await makeScriptImage(await scratch.folder("refusals"), "refusals")
);

/** Says nothing about what the registry answers. */
const LISTENS = { tcpSocket: { port: REGISTRY_PORT }, periodSeconds: 1 };

Deno.test.afterAll(() => scratch.remove());

Deno.test("push to a registry with TLS takes https and no certificate of it", async () => {
  await withTlsRegistry(async (registry) => {
    const target = `https:${registry.target}`;
    const result = await push({ ...registry, target }, [await archive()]);
    assertDone(result);
    const images = await imagesOfDockerArchive(await archive());
    await assertPrinted(registry, result, images);
  });
});

Deno.test("push over http to a registry with TLS says how to name it", async () => {
  await withTlsRegistry(async (registry) => {
    const result = await push(registry, [await archive()]);
    const advice = new RegExp(`https:${registry.target}`);
    assertFailed(result, 4, advice);
    const seen = await doctor(registry);
    assertFound(seen, 4, { reach: /^failed .*the registry speaks TLS/ });
    assert.match(seen.stdout, advice);
  });
});

Deno.test("push to a registry that wants a login says that none can pass", async () => {
  await withRegistry({
    env: {
      REGISTRY_AUTH: "htpasswd",
      REGISTRY_AUTH_HTPASSWD_REALM: "registry",
      // The registry makes the file with a password that nobody knows.
      REGISTRY_AUTH_HTPASSWD_PATH: "/tmp/htpasswd",
    },
    readinessProbe: LISTENS,
  }, async (registry) => {
    const result = await push(registry, [await archive()]);
    assertFailed(result, 1, /log ?in/i, /registry/);
    const seen = await doctor(registry);
    assertFound(seen, 1, { reach: /^failed .*the registry answers 401/ });
    assert.match(seen.stdout, /^ +The registry wants a login, /m);
  });
});

Deno.test("push to a registry that is read-only says so", async () => {
  await withRegistry({
    env: { REGISTRY_STORAGE_MAINTENANCE_READONLY: '{"enabled":true}' },
  }, async (registry) => {
    const result = await push(registry, [await archive()]);
    assertFailed(result, 1, /registry/, /read-only|unsupported/i);
    const seen = await doctor(registry);
    assertFound(seen, 1, { registry: /^failed .*the registry answers 405/ });
    assert.match(seen.stdout, /^ +The registry may be read-only/m);
  });
});

Deno.test("push to a registry without room says so", async () => {
  const path = scratch.path("large.tar");
  const layer = { filling: "noise", size: 32 * MEBIBYTE } as const;
  await writeBigImage(path, "big/large:1", [layer]);
  await withRegistry({
    data: { medium: "Memory", sizeLimit: "8Mi" },
  }, async (registry) => {
    const result = await push(registry, [path]);
    assertFailed(result, 1, /registry/, /no space left|room|space/i);
    const seen = await doctor(registry);
    assertFound(seen, 1, { registry: /^failed .*no space left/ });
  });
});

function withRegistry(
  options: RegistryPodOptions,
  body: (registry: Registry) => Promise<void>,
): Promise<void> {
  return withNamespace("push-refusals", async (namespace) => {
    await body(await startRegistry(namespace, "distribution-3", options));
  });
}

function withTlsRegistry(
  body: (registry: Registry) => Promise<void>,
): Promise<void> {
  return withNamespace("push-refusals", async (namespace) => {
    await makeCertificate(namespace);
    const registry = await startRegistry(namespace, "distribution-3", {
      env: {
        REGISTRY_HTTP_TLS_CERTIFICATE: "/tls/tls.crt",
        REGISTRY_HTTP_TLS_KEY: "/tls/tls.key",
      },
      volumes: { "/tls": { secret: { secretName: "tls" } } },
      scheme: "HTTPS",
    });
    await body(registry);
  });
}

async function makeCertificate(namespace: string): Promise<void> {
  const folder = await scratch.folder(namespace);
  const [key, cert] = [join(folder, "tls.key"), join(folder, "tls.crt")];
  await succeed([
    ...["openssl", "req", "-x509", "-nodes", "-days", "1"],
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-subj", "/CN=registry", "-keyout", key, "-out", cert],
  ]);
  await kubectl([
    ...["create", "secret", "tls", "tls", "-n", namespace],
    ...["--key", key, "--cert", cert],
  ]);
}
