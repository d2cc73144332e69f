import { strict as assert } from "node:assert";
import { tempDir } from "../support/temp_dir.ts";

/** Stands in for a compiler that makes programs for one platform alone. */
const COMPILER = `
const output = Deno.args[Deno.args.indexOf("--output") + 1];
const bytes = new Uint8Array(64);
bytes.set([0x7f, 0x45, 0x4c, 0x46]);
bytes[18] = 0x3e;
await Deno.writeFile(output, bytes);
`;

const SCRIPT = new URL("../../scripts/build.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

Deno.test("build.ts keeps only programs that are for their platform, and says which are not", async () => {
  await using dir = await tempDir();
  const compiler = await dir.write(
    "compiler.ts",
    new TextEncoder().encode(COMPILER),
  );
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", CONFIG, SCRIPT, "--target"],
    cwd: dir.path,
    env: { DENO_COMPILE: `${Deno.execPath()} run -A --quiet ${compiler}` },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(code, 1);
  assert.match(text(stdout), /^dist\/k8scr-\S+-linux-amd64\n$/);
  assert.match(
    text(stderr),
    /^Cannot compile for "aarch64-unknown-linux-gnu": what came out is for linux-amd64$/m,
  );
  assert.equal(text(stderr).match(/^Cannot compile/gm)?.length, 4);
  const [program = "", checksum = "", ...others] = (await Array.fromAsync(
    Deno.readDir(dir.file("dist")),
    ({ name }) => name,
  )).sort();
  assert.match(program, /^k8scr-[^-]+-linux-amd64$/);
  assert.equal(checksum, `${program}.sha256`);
  assert.deepEqual(others, []);
  const [sum, name] = (await Deno.readTextFile(dir.file(`dist/${checksum}`)))
    .trim().split("  ");
  assert.match(sum ?? "", /^[0-9a-f]{64}$/);
  assert.equal(name, program);
});
