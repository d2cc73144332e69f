/** What an engine said while it loaded an archive. */
export interface LoadAnswer {
  /** The names of the images that it loaded. */
  readonly names: readonly string[];
  /** The IDs of those without a name. */
  readonly ids: readonly string[];
  /** Why it failed, where it did. */
  readonly failure?: string;
}

/** A message is a line; more is not one. */
const MAX_LINE = 256 * 1024;

/**
 * Reads the messages of a load to their end. The status of such an answer is
 * 200 whatever happens: what counts is what is said in it.
 *
 * @throws {SyntaxError} when they are no messages of an engine
 */
export async function readLoadAnswer(
  body: ReadableStream<Uint8Array>,
): Promise<LoadAnswer> {
  const names: string[] = [];
  const ids: string[] = [];
  let failure: string | undefined;
  for await (const line of linesOf(body)) {
    const message = parseMessage(line);
    failure ??= failureIn(message);
    const text = stringIn(message, "stream")?.trim() ?? "";
    const [, id] = /^Loaded image ID: (\S+)$/.exec(text) ?? [];
    if (id !== undefined) ids.push(id);
    // Podman puts all names on one line.
    const [, list] = /^Loaded image(?:\(s\))?: (.+)$/s.exec(text) ?? [];
    if (list !== undefined) names.push(...list.split(/\s*,\s*/));
  }
  return { names, ids, ...failure !== undefined && { failure } };
}

/** With containerd's store, a damaged layer is told as text, after success. */
function failureIn(message: object): string | undefined {
  const text = stringIn(message, "stream")?.trim();
  const detail = "errorDetail" in message ? message.errorDetail : undefined;
  const told = typeof detail === "object" && detail !== null
    ? stringIn(detail, "message")
    : undefined;
  return stringIn(message, "error") ?? told ??
    (text?.startsWith("Error unpacking image") ? text : undefined);
}

function stringIn(message: object, field: string): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(message, field)?.value;
  return typeof value === "string" ? value : undefined;
}

function parseMessage(line: string): object {
  const message: unknown = JSON.parse(line);
  if (typeof message === "object" && message !== null) return message;
  throw new SyntaxError(`The message "${line}" is no object`);
}

async function* linesOf(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter(isMessage);
    if (rest.length > MAX_LINE) {
      throw new SyntaxError(`A message has more than ${MAX_LINE} characters`);
    }
  }
  if (isMessage(rest)) yield rest;
}

function isMessage(line: string): boolean {
  return line.trim() !== "";
}
