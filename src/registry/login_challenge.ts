/** One way to log in that a server offers with its 401. */
export interface LoginChallenge {
  /** The scheme in lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Its parameters by their names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longer ones come from nobody who means well. */
const MAX_LENGTH = 8192;

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(
  `[\\s,]*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`,
  "y",
);
/** A scheme, with its token68 where it has that in place of parameters. */
const SCHEME = new RegExp(
  `[\\s,]*(${TOKEN})(?:[ \\t]+[A-Za-z0-9._~+/-]+=*(?=\\s*(?:,|$)))?`,
  "y",
);

/**
 * Parses a `WWW-Authenticate` header. What cannot be read ends the list: a
 * server that is not understood offers nothing.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(header: string): readonly LoginChallenge[] {
  const text = header.slice(0, MAX_LENGTH);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (let position = 0; position < text.length;) {
    const current = challenges.at(-1);
    const parameter = current && matchAt(PARAMETER, text, position);
    if (parameter) {
      const [, name = "", quoted, bare = ""] = parameter;
      const value = quoted?.replace(/\\(.)/g, "$1") ?? bare;
      current.parameters.set(name.toLowerCase(), value);
      position = PARAMETER.lastIndex;
      continue;
    }
    const scheme = matchAt(SCHEME, text, position)?.[1];
    if (scheme === undefined) break;
    challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    position = SCHEME.lastIndex;
  }
  return challenges;
}

function matchAt(
  pattern: RegExp,
  text: string,
  position: number,
): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}
