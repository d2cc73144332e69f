import {
  LineCounter,
  parseAllDocuments,
  type ScalarTag,
  type YAMLError,
} from "yaml";

/**
 * Uses of anchors that a document may make. A kubeconfig that shares one
 * authority among its clusters has some hundreds; an alias bomb has millions.
 */
const MAX_ALIAS_COUNT = 10_000;

const TRUE = /^(?:y|yes|on|true|Y|Yes|On|True|YES|ON|TRUE)$/;
const FALSE = /^(?:n|no|off|false|N|No|Off|False|NO|OFF|FALSE)$/;
const INTEGER = /^[-+]?(?:0b[01_]+|0o[0-7_]+|0x[\da-fA-F_]+|\d[\d_]*)$/;
const DECIMAL = /^[-+]?(?:\.\d[\d_]*|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?$/;
const NOT_FINITE = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/**
 * The plain scalars that kubectl's parser takes for something else than text:
 * YAML 1.1 without its times and base-60 numbers.
 *
 * @see https://github.com/kubernetes-sigs/yaml/blob/v1.4.0/goyaml.v2/resolve.go
 */
const SCALAR_TAGS: ScalarTag[] = [
  {
    tag: "tag:yaml.org,2002:bool",
    default: true,
    test: TRUE,
    resolve: () => true,
  },
  {
    tag: "tag:yaml.org,2002:bool",
    default: true,
    test: FALSE,
    resolve: () => false,
  },
  {
    tag: "tag:yaml.org,2002:int",
    default: true,
    test: INTEGER,
    resolve: toInteger,
  },
  {
    tag: "tag:yaml.org,2002:float",
    default: true,
    test: DECIMAL,
    resolve: (text) => Number(text.replaceAll("_", "")),
  },
  {
    tag: "tag:yaml.org,2002:float",
    default: true,
    test: NOT_FINITE,
    resolve: (_text, onError) => onError("The number is not finite"),
  },
  { tag: "tag:yaml.org,2002:binary", resolve: toText },
];

function toInteger(text: string): number {
  const digits = text.replaceAll("_", "").replace(/^[-+]/, "");
  const sign = text.startsWith("-") ? -1 : 1;
  // A leading zero means octal in YAML 1.1, where the digits allow it.
  const octal = /^0[0-7]+$/.test(digits);
  return sign * Number(octal ? `0o${digits}` : digits);
}

function toText(base64: string, onError: (message: string) => void): string {
  try {
    const bytes = Uint8Array.fromBase64(base64);
    return new TextDecoder().decode(bytes);
  } catch {
    onError("The binary value is not base64");
    return "";
  }
}

/**
 * Parses the documents of a YAML 1.1 or JSON file, as kubectl does, into what
 * JSON can hold. Of two equal keys the last one wins.
 *
 * A fault is thrown when its document is asked for: one in the second document
 * does not matter to who only wants the first.
 *
 * @throws {SyntaxError} when a document is not YAML; the message does not
 *   quote the text, which may be secret
 */
export function* parseYamlDocuments(bytes: Uint8Array): Generator<unknown> {
  const text = decode(bytes);
  const json = parseJson(text);
  if (json !== undefined) {
    yield json;
    return;
  }
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter,
    version: "1.1",
    schema: "failsafe",
    merge: true,
    customTags: ["null", ...SCALAR_TAGS],
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  if (!Array.isArray(documents)) return;
  for (const document of documents) {
    const [error] = document.errors;
    if (error) throw syntaxError(error, lineCounter);
    yield toJson(() => document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }));
  }
}

/** Windows PowerShell writes UTF-16 with a byte order mark. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) {
    return new TextDecoder("utf-16le").decode(bytes);
  }
  if (first === 0xfe && second === 0xff) {
    return new TextDecoder("utf-16be").decode(bytes);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError("The text is not UTF-8", { cause });
  }
}

/** JSON allows tabs where YAML does not; all else of it is YAML. */
function parseJson(text: string): unknown {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undoes sharing, so that what comes out is a tree. */
function toJson(toValue: () => unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(toValue() ?? null));
  } catch (cause) {
    throw new SyntaxError(
      "An anchor is missing, holds itself or is used too often",
      { cause },
    );
  }
}

// The parser's own message is no cause: it may quote the text.
function syntaxError(error: YAMLError, lineCounter: LineCounter): SyntaxError {
  const { line, col } = lineCounter.linePos(error.pos[0]);
  return new SyntaxError(
    `The text is not YAML at line ${line}, column ${col} (${error.code})`,
  );
}
