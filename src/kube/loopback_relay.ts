import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * Makes a TCP socket out of a stream: a pair of connected sockets on loopback,
 * the far one joined to the stream. TLS inside TLS needs it, as Deno 2.6
 * presents no client certificate over a stream that is not a TCP socket.
 *
 * The socket is paused; who closes it closes the stream.
 */
export async function relay(stream: Duplex): Promise<Socket> {
  const server = createServer({ pauseOnConnect: true });
  const arrived: Socket[] = [];
  server.on("connection", (socket) => arrived.push(socket));
  try {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const near = connect(portOf(server.address()), "127.0.0.1");
    near.pause();
    near.on("error", () => {});
    await once(near, "connect");
    join(stream, await farEnd(server, near, arrived));
    return near;
  } finally {
    server.close();
  }
}

/** Others on this computer may connect too: the port tells them apart. */
async function farEnd(
  server: Server,
  near: Socket,
  arrived: Socket[],
): Promise<Socket> {
  while (true) {
    const socket = arrived.pop();
    if (socket === undefined) await once(server, "connection");
    else if (socket.remotePort === near.localPort) return socket;
    else socket.destroy();
  }
}

function join(stream: Duplex, socket: Socket): void {
  socket.on("error", () => stream.destroy());
  socket.on("close", () => stream.destroy());
  stream.on("error", () => socket.destroy());
  stream.on("close", () => socket.destroy());
  socket.pipe(stream);
  stream.pipe(socket);
}

function portOf(address: ReturnType<Socket["address"]> | string | null) {
  if (address !== null && typeof address === "object" && "port" in address) {
    return Number(address.port);
  }
  throw new Error("Cannot listen on loopback");
}
