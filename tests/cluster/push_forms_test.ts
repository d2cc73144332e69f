import { withNamespace } from "./support/cluster.ts";
import type { ImageForm } from "./support/image_form.ts";
import {
  buildahForms,
  craneForms,
  dockerForms,
  podmanForms,
  skopeoForms,
  umociForms,
} from "./support/image_makers.ts";
import { lookalikeForms } from "./support/lookalikes.ts";
import { assertPushed } from "./support/pushes.ts";
import { REGISTRY_KINDS, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { scriptForms } from "./support/script_images.ts";

const scratch = new Scratch();

const MAKERS: Readonly<
  Record<string, (folder: string) => Promise<ImageForm[]>>
> = {
  script: scriptForms,
  docker: dockerForms,
  podman: podmanForms,
  buildah: buildahForms,
  skopeo: skopeoForms,
  crane: craneForms,
  umoci: umociForms,
  lookalike: lookalikeForms,
};

const allForms = once(async () => {
  const forms: ImageForm[] = [];
  for (const [name, make] of Object.entries(MAKERS)) {
    forms.push(...await make(await scratch.folder(name)));
  }
  return forms;
});

Deno.test.afterAll(() => scratch.remove());

for (const kind of REGISTRY_KINDS) {
  Deno.test(`push brings every form of image to ${kind}`, async (t) => {
    const forms = await allForms();
    await withNamespace("push-forms", async (namespace) => {
      const registry = await startRegistry(namespace, kind);
      for (const form of forms) {
        await t.step(form.title, () => assertPushed(registry, form));
      }
    });
  });
}
