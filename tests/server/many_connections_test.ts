/** A server that has no file descriptor for one more connection goes on. */
import { strict as assert } from "node:assert";
import { ServerProcess } from "./server_process.ts";
import { bytesOf, withDirectory } from "./registry_fixture.ts";

Deno.test({
  name: "a registry with too many connections closes them and serves on",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withDirectory(async (directory) => {
      const server = new ServerProcess(directory, { maxOpenFiles: 128 });
      await server.start();
      try {
        await exhaust(server);
        assert.equal(await untilAnswered(`${server.url}/v2/`), 200);
      } finally {
        await server.kill();
      }
    });
  },
});

/** Opens connections that begin a request, until one is closed. */
async function exhaust({ url }: ServerProcess): Promise<void> {
  const { hostname, port } = new URL(url);
  const connections: Deno.Conn[] = [];
  try {
    for (let count = 0; count < 200; count++) {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      connections.push(connection);
      await connection.write(bytesOf("GET /v2/ HT"));
    }
    const [first] = connections;
    assert.equal(await first?.read(new Uint8Array(1)), null);
  } catch (error) {
    // It was closed already, or there is nobody to connect to for a moment.
    assert.match(String(error), /ConnectionRefused|BrokenPipe|ConnectionReset/);
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function untilAnswered(url: string): Promise<number> {
  for (let attempt = 0;; attempt++) {
    try {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
