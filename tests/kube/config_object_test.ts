import { strict as assert } from "node:assert";
import {
  ConfigFieldError,
  ConfigObject,
} from "../../src/kube/config_object.ts";

Deno.test("ConfigObject reads absent and null fields as empty", () => {
  const config = new ConfigObject({ nothing: null });
  for (const key of ["nothing", "absent", "constructor", "__proto__"]) {
    assert.equal(config.has(key), false);
    assert.equal(config.value(key), null);
    assert.equal(config.string(key), "");
    assert.equal(config.boolean(key), false);
    assert.deepEqual(config.strings(key), []);
    assert.deepEqual(config.objects(key), []);
    assert.deepEqual(config.object(key).keys, []);
    assert.equal(config.base64(key), "");
  }
});

Deno.test("ConfigObject reads fields of the right type", () => {
  const config = new ConfigObject({
    text: "a",
    truth: true,
    list: ["a", null],
    objects: [{ name: "b" }],
  });
  assert.equal(config.string("text"), "a");
  assert.equal(config.boolean("truth"), true);
  assert.deepEqual(config.strings("list"), ["a", ""]);
  assert.equal(config.objects("objects")[0]?.string("name"), "b");
});

Deno.test("ConfigObject names the field whose type is wrong", () => {
  const config = new ConfigObject({
    users: [{ user: { token: 12345, name: true, args: "x", exec: [] } }],
    text: "yes",
  });
  const user = config.objects("users")[0]?.object("user");
  assert.throws(() => user?.string("token"), {
    name: "ConfigFieldError",
    field: "users[0].user.token",
    message:
      "users[0].user.token is a number, but text is wanted\nWrite the value in quotes",
  });
  assert.throws(() => user?.string("name"), {
    message:
      "users[0].user.name is a boolean, but text is wanted\nWrite the value in quotes",
  });
  assert.throws(() => user?.strings("args"), {
    message: "users[0].user.args is text, but a list is wanted",
  });
  assert.throws(() => user?.object("exec"), {
    message: "users[0].user.exec is a list, but a mapping is wanted",
  });
  assert.throws(() => config.boolean("text"), {
    message: "text is text, but true or false is wanted",
  });
  assert.throws(() => config.string("users"), {
    message: "users is a list, but text is wanted",
  });
});

Deno.test("ConfigObject refuses a document that is not a mapping", () => {
  assert.throws(() => new ConfigObject(["a"]), {
    name: "ConfigFieldError",
    field: "",
    message: "The document is a list, but a mapping is wanted",
  });
  assert.throws(() => new ConfigObject("a"), ConfigFieldError);
  assert.deepEqual(new ConfigObject(null).keys, []);
});

Deno.test("ConfigObject decodes standard base64 with padding and line breaks", () => {
  const texts = { "": "", "YQ==": "a", "YWI=": "ab", "YW\nJj\r\n": "abc" };
  for (const [base64, text] of Object.entries(texts)) {
    assert.equal(new ConfigObject({ data: base64 }).base64("data"), text);
  }
});

Deno.test("ConfigObject refuses other base64 and says where it goes wrong", () => {
  const faults = {
    "LS0t_S1C": 4,
    "YWJj=": 5,
    "YQ": 2,
    "YQ= =": 2,
    "-WJj": 0,
    "A===": 1,
  };
  for (const [base64, position] of Object.entries(faults)) {
    assert.throws(() => new ConfigObject({ data: base64 }).base64("data"), {
      message: `data has illegal base64 data at input byte ${position}`,
    }, base64);
  }
});
