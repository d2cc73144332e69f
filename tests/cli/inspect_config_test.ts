import { strict as assert } from "node:assert";
import {
  isImageConfig,
  parseInspectedConfig,
} from "../../src/cli/inspect_config.ts";
import { toJson } from "../support/images.ts";

Deno.test("parseInspectedConfig() reads how an image runs and was made", () => {
  const config = parseInspectedConfig(
    toJson({
      os: "linux",
      architecture: "arm",
      variant: "v7",
      created: "2024-01-02T03:04:05Z",
      config: {
        Env: ["PATH=/bin"],
        Entrypoint: ["/app", "-x"],
        Cmd: null,
        User: "1000",
        WorkingDir: "",
        ExposedPorts: { "80/tcp": {}, "443/tcp": {} },
        Labels: { a: "b" },
      },
      history: [
        { created: "2024-01-01T00:00:00Z", created_by: "ADD x" },
        { comment: "buildkit", empty_layer: true },
      ],
    }),
    "the config",
  );
  assert.deepEqual(config.platform, {
    os: "linux",
    architecture: "arm",
    variant: "v7",
  });
  assert.equal(config.created, "2024-01-02T03:04:05Z");
  assert.deepEqual([...config.execution], [
    ["Entrypoint", ["/app", "-x"]],
    ["Env", ["PATH=/bin"]],
    ["User", "1000"],
    ["ExposedPorts", ["80/tcp", "443/tcp"]],
  ]);
  assert.deepEqual({ ...config.labels }, { a: "b" });
  assert.deepEqual(config.history, [
    { created: "2024-01-01T00:00:00Z", createdBy: "ADD x", isEmpty: false },
    { createdBy: "buildkit", isEmpty: true },
  ]);
});

Deno.test("parseInspectedConfig() is content with an empty config", () => {
  const config = parseInspectedConfig(toJson({}), "the config");
  assert.equal(config.execution.size, 0);
  assert.deepEqual(config.history, []);
  assert.deepEqual(config.platform, { os: "", architecture: "" });
});

Deno.test("parseInspectedConfig() names the field that is wrong", () => {
  assert.throws(
    () => parseInspectedConfig(toJson({ config: { Env: [1] } }), "the config"),
    {
      name: "DocumentSyntaxError",
      message: "Cannot read the config: config.Env[0] must be a string",
    },
  );
});

Deno.test("isImageConfig() tells images from artifacts", () => {
  assert.ok(isImageConfig("application/vnd.oci.image.config.v1+json"));
  assert.ok(isImageConfig("application/vnd.docker.container.image.v1+json"));
  assert.ok(!isImageConfig("application/vnd.oci.empty.v1+json"));
});
