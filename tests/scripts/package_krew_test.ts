import { strict as assert } from "node:assert";
import { parse } from "yaml";
import { krewManifest } from "../../scripts/package_krew.ts";
import { krewFaults } from "./krew_rules.ts";

const ARCHIVES = [{
  name: "k8scr-1.2.3-linux-amd64.tar.gz",
  os: "linux",
  arch: "amd64",
  sha256: "a".repeat(64),
  program: "k8scr",
}, {
  name: "k8scr-1.2.3-windows-amd64.zip",
  os: "windows",
  arch: "amd64",
  sha256: "b".repeat(64),
  program: "k8scr.exe",
}];

function manifest(url?: string) {
  return parse(krewManifest({ version: "1.2.3", archives: ARCHIVES, url }));
}

Deno.test("krewManifest() keeps the rules of krew", () => {
  assert.deepEqual(krewFaults(manifest()), []);
  assert.deepEqual(krewFaults(manifest("https://example.org/1")), []);
});

Deno.test("krewManifest() leads to an archive for each platform", () => {
  const { metadata, spec } = manifest("https://example.org/v1.2.3/");
  assert.equal(metadata.name, "k8scr");
  assert.equal(spec.version, "v1.2.3");
  assert.deepEqual(spec.platforms[1], {
    selector: { matchLabels: { os: "windows", arch: "amd64" } },
    uri: "https://example.org/v1.2.3/k8scr-1.2.3-windows-amd64.zip",
    sha256: "b".repeat(64),
    files: [{ from: "k8scr.exe", to: "." }, { from: "LICENSE", to: "." }],
    bin: "k8scr.exe",
  });
  assert.equal(
    manifest().spec.platforms[0].uri,
    "k8scr-1.2.3-linux-amd64.tar.gz",
  );
});

Deno.test("krewFaults() names what is wrong with a manifest", () => {
  const good = manifest();
  const [platform] = good.spec.platforms;
  const withSpec = (spec: object) => ({
    ...good,
    spec: { ...good.spec, ...spec },
  });
  const withPlatform = (fields: object) =>
    withSpec({ platforms: [{ ...platform, ...fields }] });
  for (
    const [bad, fault] of [
      [{ ...good, kind: "Pod" }, "kind"],
      [{ ...good, metadata: { name: "com1" } }, "metadata.name"],
      [withSpec({ version: "1.2.3" }), "spec.version"],
      [withSpec({ shortDescription: "a\nb" }), "spec.shortDescription"],
      [withPlatform({ uri: "a.rar" }), "platforms[0].uri"],
      [withPlatform({ sha256: "A".repeat(64) }), "platforms[0].sha256"],
      [withPlatform({ bin: "" }), "platforms[0].bin"],
      [withPlatform({ files: [] }), "platforms[0].files"],
      [
        withPlatform({ selector: { matchLabels: { cpu: "x" } } }),
        "platforms[0].selector",
      ],
    ] as const
  ) assert.deepEqual(krewFaults(bad), [fault]);
});
