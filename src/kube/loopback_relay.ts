import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Makes a TCP socket out of a stream: a pair of connected sockets on loopback,
 * the far one joined to the stream. TLS inside TLS needs it, as Deno 2.6
 * presents no client certificate over a stream that is not a TCP socket.
 *
 * The socket is paused; who closes it closes the stream.
 */
export async function relay(stream: Duplex): Promise<Socket> {
  const server = createServer();
  const far: Socket[] = [];
  server.on("connection", (socket) => {
    socket.pause();
    far.push(socket);
  });
  try {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const near = connect(portOf(server.address()), "127.0.0.1");
    near.pause();
    const arrived = once(server, "connection");
    await once(near, "connect");
    await arrived;
    join(stream, near, far);
    return near;
  } finally {
    server.close();
  }
}

/** Others on this computer may have connected too: the port tells them apart. */
function join(stream: Duplex, near: Socket, far: readonly Socket[]): void {
  for (const socket of far) {
    socket.on("error", () => stream.destroy());
    if (socket.remotePort !== near.localPort) {
      socket.destroy();
      continue;
    }
    socket.on("close", () => stream.destroy());
    stream.on("error", () => socket.destroy());
    stream.on("close", () => socket.destroy());
    socket.pipe(stream);
    stream.pipe(socket);
  }
  if (!far.some((socket) => socket.remotePort === near.localPort)) {
    near.destroy();
    throw new Error("Cannot connect to the own port on loopback");
  }
}

function portOf(address: ReturnType<Socket["address"]> | string | null) {
  if (address !== null && typeof address === "object" && "port" in address) {
    return Number(address.port);
  }
  throw new Error("Cannot listen on loopback");
}
