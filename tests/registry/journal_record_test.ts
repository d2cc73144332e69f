import { strict as assert } from "node:assert";
import { parseDigest } from "../../src/oci/digest.ts";
import {
  formatRecord,
  parseRecord,
} from "../../src/registry/journal_record.ts";

const SUBJECT = {
  registry: "https://api.test/ infra k8scr",
  program: "k8scr 1",
  repository: "a",
  identity: "sha256:aa gzip-1",
};
const RECORD = {
  ...SUBJECT,
  location: "/v2/a/blobs/uploads/1?_state=x",
  offset: 4,
  savedAt: 1_000,
};

Deno.test("formatRecord() writes what parseRecord() reads", () => {
  const text = formatRecord(RECORD);
  assert.equal(text.indexOf("\n"), text.length - 1);
  assert.deepEqual(parseRecord(text, SUBJECT), RECORD);
});

Deno.test("parseRecord() reads the digest of a whole blob, and no other text", () => {
  const digest = parseDigest(`sha256:${"0".repeat(64)}`);
  const whole = { ...RECORD, digest };
  assert.deepEqual(parseRecord(formatRecord(whole), SUBJECT), whole);
  const text = formatRecord(whole).replace(':"sha256:0', ':"sha256-0');
  assert.deepEqual(parseRecord(text, SUBJECT), RECORD);
});

Deno.test("parseRecord() does not look beyond the first line", () => {
  const text = `${formatRecord(RECORD)}00,"savedAt":1}\n`;
  assert.deepEqual(parseRecord(text, SUBJECT), RECORD);
});

Deno.test("parseRecord() ignores a record that was cut off", () => {
  const text = formatRecord(RECORD);
  for (let end = 0; end < text.length; end++) {
    assert.equal(parseRecord(text.slice(0, end), SUBJECT), undefined);
  }
});

Deno.test("parseRecord() ignores a record that matches in all but one", () => {
  const text = formatRecord(RECORD);
  for (const name of ["registry", "program", "repository", "identity"]) {
    const other = { ...SUBJECT, [name]: "another" };
    assert.equal(parseRecord(text, other), undefined, name);
  }
});

Deno.test("parseRecord() ignores what is no record", () => {
  const lines = [
    "",
    "null",
    "[]",
    "{}",
    '"text"',
    JSON.stringify({ ...RECORD, form: 2 }),
    JSON.stringify({ ...RECORD, form: 1, location: 1 }),
    JSON.stringify({ ...RECORD, form: 1, offset: "4" }),
    JSON.stringify({ ...RECORD, form: 1, savedAt: null }),
  ];
  for (const line of lines) {
    assert.equal(parseRecord(`${line}\n`, SUBJECT), undefined, line);
  }
});
