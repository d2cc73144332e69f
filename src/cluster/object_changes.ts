/** A field that is to be another. */
export interface FieldChange {
  /** The field: `spec.template.spec.containers[0].image`. */
  readonly field: string;
  /** What it is, as JSON; absent when it is not there. */
  readonly before?: string;
  /** What it is to be; absent when it is to go. */
  readonly after?: string;
}

/** Fields that the API server keeps for itself. */
const KEPT_BY_SERVER: ReadonlySet<string> = new Set([
  "status",
  "metadata.creationTimestamp",
  "metadata.generation",
  "metadata.managedFields",
  "metadata.resourceVersion",
  "metadata.uid",
]);

/** Finds the fields in which two states of an object differ. */
export function objectChanges(
  before: unknown,
  after: unknown,
): readonly FieldChange[] {
  return changesAt("", before, after);
}

function changesAt(
  field: string,
  before: unknown,
  after: unknown,
): readonly FieldChange[] {
  if (KEPT_BY_SERVER.has(field)) return [];
  const [old, young] = [fieldsOf(before), fieldsOf(after)];
  if (old === undefined || young === undefined) {
    return leafChange(field, before, after);
  }
  const keys = new Set([...old.keys(), ...young.keys()]);
  return [...keys].flatMap((key) => {
    const path = Array.isArray(after) ? `${field}[${key}]` : join(field, key);
    return changesAt(path, old.get(key), young.get(key));
  });
}

function leafChange(
  field: string,
  before: unknown,
  after: unknown,
): readonly FieldChange[] {
  const old = JSON.stringify(before);
  const young = JSON.stringify(after);
  if (old === young) return [];
  return [{
    field,
    ...old !== undefined && { before: old },
    ...young !== undefined && { after: young },
  }];
}

/** The members of a mapping or a list; `undefined` for anything else. */
function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map(Object.entries(value));
}

function join(field: string, key: string): string {
  return field === "" ? key : `${field}.${key}`;
}
