import { strict as assert } from "node:assert";

/** Takes the YAML that begins at `apiVersion:` out of a message. */
export function manifestsIn(text: string): string {
  const manifest = /^( *)apiVersion:.*\n(?:\1.*\S.*\n?)+/m.exec(text);
  assert.ok(manifest, text);
  const [yaml, indent = ""] = manifest;
  return yaml.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}
