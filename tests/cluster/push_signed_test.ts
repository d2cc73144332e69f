import { strict as assert } from "node:assert";
import {
  buildImage,
  buildIndex,
  type BuiltContent,
} from "../support/images.ts";
import { type LayoutEntry, writeLayout } from "../support/layouts.ts";
import { withNamespace } from "./support/cluster.ts";
import { pulledDigest } from "./support/pulls.ts";
import { assertDone, push } from "./support/pushes.ts";
import { crane, listTags } from "./support/readers.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";
import { succeed } from "./support/command.ts";

const scratch = new Scratch();
const SIGNATURE = buildImage({ layers: [{ signature: "1" }] });

Deno.test.afterAll(() => scratch.remove());

/** Writes a layout as `cosign save` and hauler do: kinds, perhaps a name. */
async function writeSigned(
  image: BuiltContent,
  maker: "dev.cosignproject.cosign" | "dev.hauler",
  name?: string,
): Promise<string> {
  const entry = (content: BuiltContent, kind: string): LayoutEntry => ({
    content,
    annotations: { kind: `${maker}/${kind}` },
    ...name !== undefined && { name },
  });
  const folder = scratch.path(maker);
  await writeLayout(folder, [
    entry(image, "image"),
    entry(SIGNATURE, "sigs"),
  ]);
  return folder;
}

/** Asserts that crane and skopeo find the signature where cosign looks. */
async function assertSigned(
  registry: Registry,
  name: string,
  image: BuiltContent,
): Promise<void> {
  const [repository = "", tag = ""] = name.split(":");
  const { digest } = image.descriptor;
  const signature = `${digest.replace(":", "-")}.sig`;
  assert.deepEqual(
    (await listTags(registry, repository)).toSorted(),
    [tag, signature].toSorted(),
  );
  const address = `${registry.address}/${repository}`;
  const found = await crane("digest", `${address}:${signature}`);
  assert.equal(found.trim(), SIGNATURE.descriptor.digest);
  assert.equal((await crane("digest", `${address}:${tag}`)).trim(), digest);
  const { Tags: tags } = JSON.parse(
    await succeed([
      ...["skopeo", "list-tags", "--tls-verify=false"],
      `docker://${address}`,
    ]),
  );
  assert.ok(tags.includes(signature));
}

Deno.test("push keeps the signatures of cosign and hauler, there and back", async () => {
  await withNamespace("push-signed", async (namespace) => {
    const registry = await startRegistry(namespace);
    const image = buildImage();
    const index = buildIndex([image]);
    const saved = await writeSigned(index, "dev.cosignproject.cosign");
    assertDone(await push(registry, [saved, "--as", "cosign/app:1"]));
    await assertSigned(registry, "cosign/app:1", index);

    const stored = await writeSigned(image, "dev.hauler", "hauler/app:2");
    assertDone(await push(registry, [stored]));
    await assertSigned(registry, "hauler/app:2", image);

    const layout = `oci:${scratch.path("pulled")}`;
    await pulledDigest(registry, "cosign/app:1", layout);
    const again = ["--as", "again/app:1"];
    assertDone(await push(registry, [scratch.path("pulled"), ...again]));
    await assertSigned(registry, "again/app:1", index);
  });
});
