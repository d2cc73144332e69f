import { makeForms } from "./support/all_forms.ts";
import { withNamespace } from "./support/cluster.ts";
import { lookalikeForms } from "./support/lookalikes.ts";
import { assertPushed } from "./support/pushes.ts";
import { REGISTRY_KINDS, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { scriptForms } from "./support/script_images.ts";

const scratch = new Scratch();

const allForms = once(() =>
  makeForms(scratch, { script: scriptForms, lookalike: lookalikeForms })
);

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
