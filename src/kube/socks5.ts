import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { type Endpoint, formatEndpoint } from "./endpoint.ts";
import { TunnelReader } from "./tunnel_reader.ts";

/** A name and a password for a proxy. */
export interface ProxyLogin {
  /** The name, as it is sent. */
  readonly username: string;
  /** The password, as it is sent. */
  readonly password: string;
}

/** A SOCKS proxy refused; the message says why. */
export class SocksError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "SocksError";
  /** Whether the same request may work a little later. */
  readonly transient: boolean;

  constructor(message: string, transient = false) {
    super(message);
    this.transient = transient;
  }
}

const NO_LOGIN = 0;
const PASSWORD_LOGIN = 2;

/**
 * Asks a SOCKS 5 proxy for a connection to the target, which is named, not
 * looked up: the proxy may know names that this host does not.
 *
 * @throws {SocksError} when the proxy refuses
 * @see https://www.rfc-editor.org/rfc/rfc1928
 */
export async function openSocks5(
  socket: Duplex,
  target: Endpoint,
  login?: ProxyLogin,
): Promise<void> {
  const reader = new TunnelReader(socket);
  const methods = login ? [NO_LOGIN, PASSWORD_LOGIN] : [NO_LOGIN];
  socket.write(Buffer.from([5, methods.length, ...methods]));
  const [version, method] = await take(reader, 2);
  if (version !== 5) throw new SocksError("It does not speak SOCKS 5");
  if (method === PASSWORD_LOGIN && login) {
    await logIn(socket, reader, login);
  } else if (method !== NO_LOGIN) {
    throw new SocksError("It accepts none of the offered ways to log in");
  }
  await connect(socket, reader, target);
}

/** @see https://www.rfc-editor.org/rfc/rfc1929 */
async function logIn(
  socket: Duplex,
  reader: TunnelReader,
  login: ProxyLogin,
): Promise<void> {
  const parts = [login.username, login.password].map((part) => {
    const bytes = Buffer.from(part);
    if (bytes.length > 255) {
      throw new SocksError("Its user name or password is over 255 bytes");
    }
    return [bytes.length, ...bytes];
  });
  socket.write(Buffer.from([1, ...parts.flat()]));
  const [, status] = await take(reader, 2);
  if (status !== 0) throw new SocksError("It refused the login");
}

async function connect(
  socket: Duplex,
  reader: TunnelReader,
  target: Endpoint,
): Promise<void> {
  const host = Buffer.from(target.host);
  if (host.length > 255) throw new SocksError("The host name is too long");
  const port = [target.port >> 8, target.port & 0xff];
  socket.write(Buffer.from([5, 1, 0, 3, host.length, ...host, ...port]));
  const [, code = 1, , kind = 0] = await take(reader, 4);
  if (code !== 0) throw refusal(code, target);
  const [nameLength = 0] = kind === 3 ? await take(reader, 1) : [];
  // The address the proxy uses is of no use; it is only read past.
  await take(reader, 2 + (kind === 1 ? 4 : kind === 4 ? 16 : nameLength));
}

/** @see https://www.rfc-editor.org/rfc/rfc1928#section-6 */
const REFUSALS: Readonly<Record<number, [message: string, retry: boolean]>> = {
  1: ["general failure", true],
  2: ["its rules do not allow it", false],
  3: ["network unreachable", true],
  4: ["host unreachable", true],
  5: ["connection refused", true],
  6: ["time to live expired", true],
  7: ["it cannot connect", false],
  8: ["it does not know this kind of address", false],
};

function refusal(code: number, target: Endpoint): SocksError {
  const [reason, transient] = REFUSALS[code] ?? [`code ${code}`, false];
  return new SocksError(
    `It did not connect to ${formatEndpoint(target)}: ${reason}`,
    transient,
  );
}

async function take(reader: TunnelReader, count: number): Promise<Uint8Array> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < count) {
    const more = await reader.read();
    if (more === null) throw new SocksError("It closed the connection", true);
    bytes = Buffer.concat([bytes, more]);
  }
  reader.unread(bytes.subarray(count));
  return bytes.subarray(0, count);
}
