import { strict as assert } from "node:assert";
import {
  guessSoftware,
  SOFTWARE_NAMES,
  softwareOf,
} from "../../src/cluster/registry_software.ts";

Deno.test("guessSoftware() goes by the last word of an image's name", () => {
  const images = {
    "k8scr.local/k8scr:0.1.0": "k8scr",
    "registry.example:5000/tools/k8scr@sha256:0123": "k8scr",
    "ghcr.io/project-zot/zot-linux-amd64:v2.1.8": "zot",
    "ghcr.io/project-zot/zot:latest": "zot",
    "registry:3": "distribution",
    "registry.example:5000/registry": "distribution",
    "example/zotero": "distribution",
  };
  for (const [image, software] of Object.entries(images)) {
    assert.equal(guessSoftware(image), software, image);
  }
});

Deno.test("softwareOf() has every program listen on port 5000", () => {
  for (const name of SOFTWARE_NAMES) {
    assert.match(JSON.stringify(softwareOf(name)), /5000/, name);
  }
});

Deno.test("softwareOf() knows that one process owns k8scr's store", () => {
  assert.equal(softwareOf("k8scr").canShareStorage, false);
  assert.equal(softwareOf("distribution").canShareStorage, true);
});

Deno.test("softwareOf() has zot take images in Docker's format", () => {
  const { configText = "" } = softwareOf("zot");
  const { http, storage } = JSON.parse(configText);
  assert.deepEqual(http.compat, ["docker2s2"]);
  assert.equal(http.port, "5000");
  assert.equal(storage.rootDirectory, softwareOf("zot").dataFolder);
});
