import type { SeededRandom } from "./seeded_random.ts";

/** What happens to a request on its way. */
export type Fault =
  /** The connection breaks after so many bytes of the body. */
  | { readonly kind: "cut"; readonly after: number }
  /** Nothing moves after so many bytes of the body. */
  | { readonly kind: "stall"; readonly after: number }
  /** It takes so many milliseconds longer. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** A bit of the body changes, about at this byte. */
  | { readonly kind: "corrupt"; readonly at: number }
  /** Something on the way answers in the server's place. */
  | { readonly kind: "answer"; readonly status: number }
  /** The server does its work, and its answer is lost. */
  | { readonly kind: "drop answer" }
  /** So many bytes of the answer arrive. */
  | { readonly kind: "cut answer"; readonly after: number }
  /** The connection closes after the answer, as if it had idled too long. */
  | { readonly kind: "close idle" };

/** A way on which faults happen, by where it leads. */
export type Hop = "api" | "registry";

/** The kinds of requests that a push consists of. */
export const REQUESTS = [
  "HEAD blob",
  "POST upload",
  "PATCH upload",
  "GET upload",
  "PUT upload",
  "DELETE upload",
  "HEAD manifest",
  "PUT manifest",
  "PUT tag",
  "HEAD tag",
  "GET list",
] as const;

/** A kind of request. */
export type RequestKind = typeof REQUESTS[number];

/** A fault, and which request it happens to. */
export interface PlannedFault {
  /** The way on which it happens. */
  readonly hop: Hop;
  /** The kind of request. */
  readonly request: RequestKind;
  /** How many requests of this kind pass unharmed before. */
  readonly after: number;
  /** What happens. */
  readonly fault: Fault;
}

/** The statuses that proxies and servers in trouble answer with. */
export const STATUSES = [413, 429, 500, 502, 503, 504] as const;

const MAX_FAULTS = 4;

/** Makes up the faults of one run, none to four. */
export function planFaults(
  random: SeededRandom,
  bodySize: number,
): readonly PlannedFault[] {
  const count = random.below(MAX_FAULTS + 1);
  return Array.from({ length: count }, () => {
    const request = random.pick(REQUESTS);
    return {
      hop: random.pick(["api", "registry"] as const),
      request,
      // A push has one root and one tag, but several blobs.
      after: /blob|upload/.test(request) ? random.below(3) : 0,
      fault: makeFault(random, bodySize),
    };
  });
}

function makeFault(random: SeededRandom, bodySize: number): Fault {
  const somewhere = random.below(bodySize);
  // A stall takes as long as the client's patience: a few of them will do.
  const dice = random.next();
  if (dice < 0.04) return { kind: "stall", after: somewhere };
  if (dice < 0.25) return { kind: "cut", after: somewhere };
  if (dice < 0.35) return { kind: "delay", milliseconds: random.below(10) };
  if (dice < 0.45) return { kind: "corrupt", at: somewhere };
  if (dice < 0.65) return { kind: "answer", status: random.pick(STATUSES) };
  if (dice < 0.8) return { kind: "drop answer" };
  if (dice < 0.9) return { kind: "cut answer", after: random.below(300) };
  return { kind: "close idle" };
}

/** Tells of what kind a request is, by its method and path. */
export function requestKind(method: string, path: string): string {
  if (path.includes("/blobs/uploads/")) return `${method} upload`;
  if (path.includes("/blobs/")) return `${method} blob`;
  if (path.includes("/manifests/sha256:")) return `${method} manifest`;
  return path.includes("/manifests/") ? `${method} tag` : `${method} list`;
}

/** Deals faults out to requests in the order in which they come. */
export class FaultDealer {
  readonly #waiting: PlannedFault[];
  readonly #seen = new Map<string, number>();
  /** The faults that happened. */
  readonly dealt: PlannedFault[] = [];

  constructor(faults: readonly PlannedFault[]) {
    this.#waiting = [...faults];
  }

  /** Returns what happens to the next request of a kind. */
  deal(hop: Hop, request: string): Fault | undefined {
    const key = `${hop} ${request}`;
    const before = this.#seen.get(key) ?? 0;
    this.#seen.set(key, before + 1);
    const index = this.#waiting.findIndex((planned) =>
      planned.hop === hop && planned.request === request &&
      planned.after === before
    );
    const [planned] = index === -1 ? [] : this.#waiting.splice(index, 1);
    if (planned !== undefined) this.dealt.push(planned);
    return planned?.fault;
  }
}
