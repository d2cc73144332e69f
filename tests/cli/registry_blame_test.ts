import { strict as assert } from "node:assert";
import { blamingRegistry, findMismatch } from "../../src/cli/registry_blame.ts";
import { ContentMismatchError } from "../../src/content/content_mismatch_error.ts";
import { CopyError } from "../../src/content/copy_error.ts";

const MISMATCH = new ContentMismatchError("Cannot accept it", {}, {});

Deno.test("blamingRegistry() says who sent content that is wrong", async () => {
  const failure = new CopyError("a:1", "the layer", MISMATCH);
  await assert.rejects(blamingRegistry("reg", () => Promise.reject(failure)), {
    name: "RegistryError",
    message:
      'Cannot use what the registry "reg" sent: Cannot accept it\nCheck the storage of the registry, or push the image again',
    cause: failure,
  });
});

Deno.test("blamingRegistry() leaves other failures and results alone", async () => {
  const failure = new Error("Cannot do it");
  const caught = await blamingRegistry("reg", () => Promise.reject(failure))
    .catch((error) => error);
  assert.equal(caught, failure);
  assert.equal(await blamingRegistry("reg", () => Promise.resolve(1)), 1);
});

Deno.test("findMismatch() looks behind every cause", () => {
  const error = new Error("outer", {
    cause: new CopyError("a", "b", MISMATCH),
  });
  assert.equal(findMismatch(error), MISMATCH);
  assert.equal(findMismatch(new Error("other")), undefined);
});
