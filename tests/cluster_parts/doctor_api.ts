import type { DoctorLink } from "../../src/cluster/doctor_link.ts";
import type { Transport } from "../../src/http/transport.ts";
import type { Connection } from "../../src/kube/connection.ts";
import { KubeApi } from "../../src/kube/kube_api.ts";
import { fakeConnection } from "../support/fake_connection.ts";

/** What an API server answers, by method and path. */
export type Answers = Readonly<Record<string, Answer>>;

/** An object, or what is answered to one request. */
export type Answer =
  | object
  | ((request: Request) => Response | Promise<Response>);

/** Where the API server of {@linkcode doctorLink} is said to be. */
export const SERVER = "https://api.test:6443";

/** Makes a refusal of an API server. */
export function refusal(code: number, message: string): () => Response {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure" };
  return () => Response.json({ ...status, code, message }, { status: code });
}

/** Refuses to show something, as RBAC does. */
export function forbidden(what: string): () => Response {
  return refusal(403, `${what} is forbidden: User "jane" cannot get it`);
}

/**
 * Answers as an API server would that has these objects alone. A question that
 * is put as an object is answered by what stands for its path.
 */
export async function answer(
  answers: Answers,
  request: Request,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const found = answers[`${request.method} ${pathname}`];
  if (found === undefined) {
    await request.body?.cancel();
    return refusal(404, `"${pathname}" not found`)();
  }
  if (typeof found === "function") return await found(request);
  await request.body?.cancel();
  return Response.json(found);
}

/** Makes the way to an API server that has these objects alone. */
export function doctorLink(
  answers: Answers | Transport,
  changes: Partial<Connection> = {},
): DoctorLink {
  const connection = { ...fakeConnection(new URL(SERVER)), ...changes };
  const transport: Transport = typeof answers === "function"
    ? answers
    : (request) => answer(answers, request);
  const { server } = connection;
  return {
    connection,
    namespace: "infra",
    apiTransport: transport,
    podTransport: transport,
    api: new KubeApi(transport, { server }),
    [Symbol.dispose]: () => {},
  };
}

/** Options for {@linkcode podObject}. */
export interface PodObjectOptions {
  /** Default `Running`. */
  readonly phase?: string;
  /** Default yes. */
  readonly ready?: boolean;
  /** Ports that its container declares; default 5000. */
  readonly ports?: readonly object[];
  /** Further fields of the status of its container. */
  readonly container?: object;
  /** Its labels. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** Makes the Pod `reg` as an API server gives it. */
export function podObject(options: PodObjectOptions = {}): object {
  const { phase = "Running", ready = true, labels = {} } = options;
  const ports = options.ports ?? [{ containerPort: 5000 }];
  return {
    metadata: { name: "reg", uid: "reg-uid", labels },
    spec: { nodeName: "node-1", containers: [{ name: "registry", ports }] },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [{
        name: "registry",
        image: "registry:3",
        ready,
        restartCount: 0,
        state: { running: {} },
        ...options.container,
      }],
    },
  };
}

/** Path of {@linkcode podObject}. */
export const POD = "GET /api/v1/namespaces/infra/pods/reg";
