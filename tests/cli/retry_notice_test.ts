import { strict as assert } from "node:assert";
import { LineDisplay } from "../../src/cli/line_display.ts";
import { retryNotice } from "../../src/cli/retry_notice.ts";
import { FakeIo } from "./fake_io.ts";

Deno.test("retryNotice() tells of a failure that lasts", () => {
  const io = new FakeIo();
  const notice = retryNotice(new LineDisplay(io, { steps: false }));
  const error = new Error("Cannot reach it: refused\nCheck the server");
  notice({ attempt: 1, delay: 250, error });
  notice({ attempt: 2, delay: 500, error });
  assert.equal(io.stderr.text, "");
  notice({ attempt: 3, delay: 1700, error });
  notice({ attempt: 4, delay: 300, error });
  assert.equal(
    io.stderr.text,
    "warning: Cannot reach it: refused; trying again in 2 s\n" +
      "warning: Cannot reach it: refused; trying again in 1 s\n",
  );
});
