import { strict as assert } from "node:assert";
import { copyCommand } from "../../src/cli/commands/copy.ts";
import { readCopySettings } from "../../src/cli/copy_settings.ts";
import { callOf } from "./command_call.ts";

function read(...args: string[]) {
  return readCopySettings(callOf(copyCommand, ...args));
}

Deno.test("readCopySettings() puts the flags of one end before those for both", async () => {
  const { from, to } = await read(
    ...["a:1", "b:1", "--context", "both", "-n", "all", "-r", "reg"],
    ...["--from-namespace", "dev", "--to-context", "west"],
    ...["--to-registry", "other:5000"],
  );
  assert.equal(from.connection.context, "both");
  assert.equal(from.connection.namespace, "dev");
  assert.equal(from.registry, "reg");
  assert.equal(to.connection.context, "west");
  assert.equal(to.connection.namespace, "all");
  assert.equal(to.registry, "other:5000");
});

Deno.test("readCopySettings() takes the context in front of a name", async () => {
  const { from, to } = await read("context:east/a:1", "b:1");
  assert.equal(from.connection.context, "east");
  assert.equal(to.connection.context, undefined);
  await assert.rejects(
    read("context:east/a:1", "b:1", "--from-context", "west"),
    {
      name: "UsageError",
      message:
        'Cannot use --from-context "west": SOURCE names the context "east"',
    },
  );
});

Deno.test("readCopySettings() refuses flags of an end that is in no cluster", async () => {
  await assert.rejects(read("a:1", "a.tar", "--to-namespace", "prod"), {
    message:
      "Cannot use the flags --to-…: TARGET is not in the registry of a cluster",
  });
  await assert.rejects(
    read("registry:ghcr.io/a", "b", "--from-registry", "r"),
    {
      message: /^Cannot use the flags --from-…: SOURCE is not/,
    },
  );
});

Deno.test("readCopySettings() compresses, but not for a docker-archive", async () => {
  const layout = await read("a:1", "oci:dir", "--compression", "zstd");
  assert.equal(layout.encoding.compression, "zstd");
  assert.equal(layout.forDocker, false);
  const docker = await read("a:1", "a.tar", "--compression", "zstd");
  assert.equal(docker.encoding.compression, "none");
  assert.equal(docker.forDocker, true);
  await assert.rejects(read("a:1", "oci:dir", "--decompress"), {
    message: /^Cannot use --decompress/,
  });
});

Deno.test("readCopySettings() takes --all for a repository alone", async () => {
  assert.equal((await read("a", "b", "--all")).all, true);
  await assert.rejects(read("a", "b:1", "--all"), {
    message: 'Cannot use --all with "1": name the repository alone, "b"',
  });
  await assert.rejects(read("docker-archive:a.tar", "b", "--all"), {
    message: /^Cannot use --all: SOURCE is no repository/,
  });
});

Deno.test("readCopySettings() reads the other flags", async () => {
  const settings = await read(
    ...["a", "b", "--platform", "linux/arm64", "--no-referrers"],
    ...["--plain-http", "--jobs", "3"],
  );
  assert.deepEqual(settings.platform, { os: "linux", architecture: "arm64" });
  assert.equal(settings.referrers, false);
  assert.equal(settings.plainHttp, true);
  assert.equal(settings.jobs, 3);
});
