import { strict as assert } from "node:assert";
import { withoutSources } from "../../scripts/build.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Stands in for a compiler that makes programs for one platform alone. */
const COMPILER = `
const output = Deno.args[Deno.args.indexOf("--output") + 1];
const bytes = new Uint8Array(64);
bytes.set([0x7f, 0x45, 0x4c, 0x46]);
bytes[18] = 0x3e;
await Deno.writeFile(output, bytes);
`;

const SCRIPT = new URL("../../scripts/build.ts", import.meta.url);
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const CALL = `
import { compileBundle } from ${JSON.stringify(SCRIPT)};
await Deno.mkdir("dist");
try {
  await compileBundle(Deno.args);
} catch (error) {
  console.error(error.message);
  Deno.exit(1);
}
`;

Deno.test("compileBundle() keeps only programs that are for their platform, and says which are not", async () => {
  await using dir = await tempDir();
  const write = (name: string, script: string) =>
    dir.write(name, new TextEncoder().encode(script));
  const compiler = await write("compiler.ts", COMPILER);
  const call = await write("call.ts", CALL);
  const flags = ["-A", "--quiet", "--config", CONFIG];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, call, "--target"],
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

/** `{"version":3,"sources":["a.ts"],"sourcesContent":["let a"],"mappings":"A"}` */
const MAP =
  "eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbImEudHMiXSwic291cmNlc0NvbnRlbnQiOlsibGV0IGEiXSwibWFwcGluZ3MiOiJBIn0=";
/** The same without `sourcesContent`. */
const SLIM = "eyJ2ZXJzaW9uIjozLCJzb3VyY2VzIjpbImEudHMiXSwibWFwcGluZ3MiOiJBIn0=";

Deno.test("withoutSources() leaves names and lines in a script's map", () => {
  const head = "let a;\n//# sourceMappingURL=data:application/json;base64,";
  assert.equal(withoutSources(`${head}${MAP}\n`), `${head}${SLIM}\n`);
});

Deno.test("withoutSources() leaves a script without a map as it is", () => {
  assert.equal(withoutSources("let a;\n"), "let a;\n");
});
