/** A field of a configuration document holds something else than it should. */
export class ConfigFieldError extends TypeError {
  /** Tells this class from other errors. */
  override readonly name = "ConfigFieldError";
  /** The field, as a path from the top: `users[0].user.token`. */
  readonly field: string;

  /** Makes the error of what its fields say. */
  constructor(field: string, problem: string) {
    super(field === "" ? `The document ${problem}` : `${field} ${problem}`);
    this.field = field;
  }
}

/**
 * A mapping of a parsed configuration document, with typed access to its
 * fields. As in Go's decoder an absent field, a `null` and an empty value are
 * the same; unknown fields are ignored; keys are case-sensitive.
 */
export class ConfigObject {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /**
   * Takes a parsed value; `null` is an empty mapping.
   *
   * @throws {ConfigFieldError} when the value is not a mapping
   */
  constructor(value: unknown, path = "") {
    if (!isRecord(value ?? {})) {
      throw wrongType(path, value, { wanted: "a mapping" });
    }
    this.#fields = isRecord(value) ? value : {};
    this.#path = path;
  }

  /** Where the object is in its document; empty for the document itself. */
  get path(): string {
    return this.#path;
  }

  /** The names of the fields that are there. */
  get keys(): readonly string[] {
    return Object.keys(this.#fields);
  }

  /** Returns the path of a field from the top of the document. */
  fieldPath(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }

  /** Tells whether the field is there and not `null`. */
  has(key: string): boolean {
    return this.value(key) !== null;
  }

  /** Returns the field as it was parsed; `null` when it is absent. */
  value(key: string): unknown {
    return Object.hasOwn(this.#fields, key) ? this.#fields[key] ?? null : null;
  }

  /** Returns a text; empty when it is absent. */
  string(key: string): string {
    return toString(this.value(key), this.fieldPath(key));
  }

  /** Returns a truth value; false when it is absent. */
  boolean(key: string): boolean {
    const value = this.value(key) ?? false;
    if (typeof value === "boolean") return value;
    throw wrongType(this.fieldPath(key), value, { wanted: "true or false" });
  }

  /** Returns a mapping; an empty one when it is absent. */
  object(key: string): ConfigObject {
    return new ConfigObject(this.value(key), this.fieldPath(key));
  }

  /** Returns a list of mappings; empty when it is absent. */
  objects(key: string): readonly ConfigObject[] {
    return this.#list(key).map((value, index) =>
      new ConfigObject(value, `${this.fieldPath(key)}[${index}]`)
    );
  }

  /** Returns a list of texts; empty when it is absent. */
  strings(key: string): readonly string[] {
    return this.#list(key).map((value, index) =>
      toString(value, `${this.fieldPath(key)}[${index}]`)
    );
  }

  /** Returns the text that a field holds as standard base64 with padding. */
  base64(key: string): string {
    const text = this.string(key).replaceAll(/[\r\n]/g, "");
    const bad = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ""));
    if (bad || text.length % 4 !== 0) {
      const position = bad?.index ?? text.length;
      throw new ConfigFieldError(
        this.fieldPath(key),
        `has illegal base64 data at input byte ${position}`,
      );
    }
    return new TextDecoder().decode(Uint8Array.fromBase64(text));
  }

  #list(key: string): readonly unknown[] {
    const value = this.value(key) ?? [];
    if (Array.isArray(value)) return value;
    throw wrongType(this.fieldPath(key), value, { wanted: "a list" });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toString(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  if (value === null) return "";
  const advice = typeof value === "object" ? "" : "\nWrite the value in quotes";
  throw wrongType(field, value, { wanted: "text", advice });
}

function wrongType(
  field: string,
  value: unknown,
  options: { readonly wanted: string; readonly advice?: string },
): ConfigFieldError {
  const { wanted, advice = "" } = options;
  return new ConfigFieldError(
    field,
    `is ${typeName(value)}, but ${wanted} is wanted${advice}`,
  );
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "boolean") return "a boolean";
  if (typeof value === "number") return "a number";
  return "text";
}
