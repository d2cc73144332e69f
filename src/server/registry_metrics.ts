import { Counter, Gauge, Histogram, Registry } from "prom-client";
import project from "../../deno.json" with { type: "json" };
import { freeBytes } from "../content/free_space.ts";
import type { RegistryStore } from "./registry_store.ts";
import type { RequestRecord } from "./server_record.ts";

const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
]);

/** What the server counts, in the text format of Prometheus. */
export class RegistryMetrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<"method" | "route" | "status">;
  readonly #duration: Histogram<"method" | "route">;
  readonly #received: Counter;
  readonly #sent: Counter;
  readonly #collected: Counter;

  /** Starts to count from zero, as each process does. */
  constructor(store: RegistryStore) {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: "k8scr_registry_requests_total",
      help: "Requests that were answered",
      labelNames: ["method", "route", "status"],
      registers,
    });
    this.#duration = new Histogram({
      name: "k8scr_registry_request_duration_seconds",
      help: "Time until the last byte of an answer",
      labelNames: ["method", "route"],
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600],
      registers,
    });
    this.#received = new Counter({
      name: "k8scr_registry_received_bytes_total",
      help: "Bytes of request bodies",
      registers,
    });
    this.#sent = new Counter({
      name: "k8scr_registry_sent_bytes_total",
      help: "Bytes of response bodies",
      registers,
    });
    this.#collected = new Counter({
      name: "k8scr_registry_collected_bytes_total",
      help: "Bytes that garbage collection freed",
      registers,
    });
    addBuildInfo(this.#registry);
    addGauges(this.#registry, store);
  }

  /** Media type of {@linkcode text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counts a request that was answered. */
  observe(record: RequestRecord): void {
    const { route, status } = record;
    // A label must not grow with what clients make up.
    const method = METHODS.has(record.method) ? record.method : "other";
    this.#requests.inc({ method, route, status: String(status) });
    this.#duration.observe({ method, route }, record.seconds);
    this.#received.inc(record.bytesReceived);
    this.#sent.inc(record.bytesSent);
  }

  /** Counts what garbage collection freed. */
  observeCollection(bytes: number): void {
    this.#collected.inc(bytes);
  }

  /** Returns all numbers as text. */
  async text(): Promise<string> {
    return await this.#registry.metrics();
  }
}

/** Which program it is, as Prometheus is told such things: by a label. */
function addBuildInfo(registry: Registry): void {
  new Gauge({
    name: "k8scr_registry_build_info",
    help: "1, with the version of the program",
    labelNames: ["version"],
    registers: [registry],
  }).set({ version: project.version }, 1);
}

type GaugeValue = () => number | Promise<number>;

function addGauges(registry: Registry, store: RegistryStore): void {
  const gauges: [name: string, help: string, value: GaugeValue][] = [
    [
      "k8scr_registry_storage_bytes",
      "Bytes of content and of unfinished uploads in the store",
      () => store.budget.used,
    ],
    [
      "k8scr_registry_storage_limit_bytes",
      "Most bytes that the store may hold; +Inf without a limit",
      () => store.budget.maxSize,
    ],
    [
      "k8scr_registry_storage_free_bytes",
      "Bytes that the store's file system has left; NaN where nobody knows",
      async () => await freeBytes(store.layout.root) ?? NaN,
    ],
    [
      "k8scr_registry_uploads_open",
      "Upload sessions that are open",
      () => store.uploads.open,
    ],
    [
      "k8scr_registry_transfers_running",
      "Bodies that are being sent or received",
      () => store.load.running,
    ],
  ];
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await value());
      },
    });
  }
}
