import { strict as assert } from "node:assert";
import { digestFile } from "../../src/server/digest_file.ts";
import { withDirectory } from "./registry_fixture.ts";

Deno.test("digestFile() reads a file of many blocks", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/data`;
    await Deno.writeFile(path, new Uint8Array(3_000_000));
    assert.equal(
      await digestFile(path, "sha256"),
      "sha256:35bce4eae54ec8e6cc2868baa8d157914d6ae2858811b4cc0c078c94460fa26f",
    );
    await Deno.writeTextFile(path, "hello");
    assert.equal(
      await digestFile(path, "sha512"),
      "sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043",
    );
  });
});
