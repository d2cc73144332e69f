import { strict as assert } from "node:assert";
import { startApiFront } from "./support/api_front.ts";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { withNamespace } from "./support/cluster.ts";
import { assertFound, doctor } from "./support/doctor.ts";
import { imagesOfDockerArchive } from "./support/expected_images.ts";
import { programPath } from "./support/program.ts";
import {
  assertDone,
  assertFailed,
  assertPrinted,
  push,
} from "./support/pushes.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";

const scratch = new Scratch();
const archive = once(async () => {
  const path = scratch.path("image.tar");
  const layer = { filling: "noise", size: 8 * MEBIBYTE } as const;
  await writeBigImage(path, "front/image:1", [layer]);
  return path;
});

Deno.test.afterAll(() => scratch.remove());

Deno.test("push sends smaller chunks when something in front refuses large ones", async () => {
  let refused = 0;
  const { instead } = limitedTo(MEBIBYTE);
  await withFront((request) => {
    const answer = instead(request);
    if (answer !== undefined) refused += 1;
    return answer;
  }, async (registry, flags) => {
    const result = await push(registry, [await archive(), ...flags]);
    assertDone(result);
    const images = await imagesOfDockerArchive(await archive());
    await assertPrinted(registry, result, images);
    assert.ok(refused > 0 && refused < 4, `${refused} were refused`);
    assertFound(await doctor(registry, flags), 0, {
      transfer: /^warning .*; larger ones are refused \(413\)$/,
    });
  });
});

Deno.test("push says what to change when nothing is small enough for what is in front", async () => {
  await withFront(limitedTo(64 * 1024).instead, async (registry, flags) => {
    const result = await push(registry, [await archive(), ...flags]);
    assertFailed(result, 1, /\(413\)/, /^Raise its limit for request bodies/m);
    const seen = await doctor(registry, flags);
    assertFound(seen, 1, { transfer: /^failed .*\(413\)/ });
    assert.match(seen.stdout, /: raise its limit \(nginx: /);
  });
});

Deno.test("push waits as long as a 429 asks it to, and goes on", async () => {
  const times: number[] = [];
  await withFront(({ method }) => {
    if (method !== "PATCH") return undefined;
    times.push(performance.now());
    if (times.length > 1) return undefined;
    const headers = { "retry-after": "1" };
    return new Response("Too many requests", { status: 429, headers });
  }, async (registry, flags) => {
    const result = await push(registry, [await archive(), ...flags]);
    assertDone(result);
    const images = await imagesOfDockerArchive(await archive());
    await assertPrinted(registry, result, images);
    const [refused = 0, again = 0] = times;
    assert.ok(again - refused >= 1000, `${again - refused} ms`);
  });
});

Deno.test("doctor says of a 429 that there is too much to do", async () => {
  await withFront(({ method }) => {
    if (method !== "PATCH") return undefined;
    return new Response("Too many requests", { status: 429 });
  }, async (registry, flags) => {
    const seen = await doctor(registry, flags);
    assertFound(seen, 1, { transfer: /^failed .*429/ });
    assert.match(seen.stdout, /^ +A push waits and tries again/m);
  });
});

for (const form of ["text", "json"]) {
  Deno.test(`push ends with 0 when nobody reads its ${form} any more`, async () => {
    await withNamespace("push-front", async (namespace) => {
      const registry = await startRegistry(namespace, "distribution-3");
      const shell = 'set -o pipefail; "$0" "$@" | true';
      const result = await push(registry, [await archive(), "-o", form], {
        command: ["bash", "-c", shell, programPath()],
      });
      assertDone(result);
      assert.equal(result.stdout, "");
      const path = `http://${registry.address}/v2/front/image/manifests/1`;
      const accept = "application/vnd.oci.image.manifest.v1+json";
      const there = await fetch(path, { headers: { accept } });
      await there.body?.cancel();
      assert.equal(there.status, 200);
    });
  });
}

/** Refuses larger bodies, as nginx does. */
function limitedTo(bytes: number) {
  return {
    instead({ headers }: Request): Response | undefined {
      if (Number(headers.get("content-length") ?? 0) <= bytes) return undefined;
      return new Response(
        "<html><title>413 Request Entity Too Large</title></html>",
        { status: 413, headers: { "content-type": "text/html" } },
      );
    },
  };
}

function withFront(
  instead: (request: Request) => Response | undefined,
  body: (registry: Registry, flags: readonly string[]) => Promise<void>,
): Promise<void> {
  return withNamespace("push-front", async (namespace) => {
    const registry = await startRegistry(namespace, "distribution-3");
    const folder = await scratch.folder(namespace);
    await using front = await startApiFront(folder, { instead });
    await body(registry, front.flags);
  });
}
