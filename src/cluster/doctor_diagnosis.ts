import type { TransportWrapper } from "../http/transport.ts";
import type { Connection } from "../kube/connection.ts";
import type { ConnectionFlags } from "../kube/connection_flags.ts";
import type { KubeHost } from "../kube/kube_host.ts";
import { podAndReplica } from "../kube/pod_or_replica.ts";
import { checkCredentials, checkKubeconfig } from "./check_kubeconfig.ts";
import { checkNodes } from "./check_nodes.ts";
import { checkPermissions, type Permissions } from "./check_permissions.ts";
import { checkPod, checkTarget, type SeenPod } from "./check_pod.ts";
import { checkReach, checkRegistry } from "./check_registry.ts";
import { checkClock, checkServer } from "./check_server.ts";
import { checkStorage } from "./check_storage.ts";
import { checkRoundTrip, checkTransfer } from "./check_transfer.ts";
import { checkUser } from "./check_user.ts";
import {
  Examination,
  type ExaminationOptions,
  type NamedFinding,
  type Outcome,
} from "./doctor_examination.ts";
import { type DoctorLink, openDoctorLink } from "./doctor_link.ts";

/** What is to be looked at. */
export interface Patient {
  /** How to reach the API server. */
  readonly connection: ConnectionFlags;
  /** What the kubeconfig needs of this computer. */
  readonly host: KubeHost;
  /** `--registry`, as it was typed. */
  readonly registry: string;
  /** Whether it names the first Pod of a StatefulSet as well. */
  readonly orReplica: boolean;
  /** Bytes of a chunk, as a push would send them. */
  readonly chunkSize: number;
  /** Milliseconds without a byte after which a request has failed. */
  readonly stallTimeout: number;
  /** Whether nothing is sent that takes its time. */
  readonly quick: boolean;
  /** The `User-Agent` header. */
  readonly userAgent: string;
  /** Wraps the transport, to watch it. */
  readonly trace?: TransportWrapper;
}

/**
 * Looks at all that a push needs, from the kubeconfig to the room that the
 * registry has, in the order in which a push needs it. Nothing is changed in
 * the cluster, and what is sent to the registry is taken back.
 *
 * @throws {unknown} the signal's reason
 */
export async function diagnose(
  patient: Patient,
  options: ExaminationOptions,
): Promise<readonly NamedFinding[]> {
  using links = new DisposableStack();
  const examination = new Examination(options);
  const signal = options.signal && { signal: options.signal };
  const round: Round = {
    patient,
    examination,
    signal,
    open: (connection) =>
      links.use(openDoctorLink(connection, { ...patient, ...signal })),
  };
  const server = await examineWay(round);
  const target = await examinePod(round, server);
  await examineRegistry(round, target);
  return examination.findings;
}

/** What the checks share. */
interface Round {
  readonly patient: Patient;
  readonly examination: Examination;
  readonly signal: { readonly signal: AbortSignal } | undefined;
  /** Opens the way to the API server, for as long as the round takes. */
  readonly open: (connection: Connection) => DoctorLink;
}

/** The way to the API server. */
async function examineWay(
  { patient, examination, open }: Round,
): Promise<Outcome<DoctorLink>> {
  const { host } = patient;
  const now = () => host.now();
  const connection = await examination.check(
    "kubeconfig",
    () => checkKubeconfig(patient.connection, host),
  );
  const credentials = await examination.check(
    "credentials",
    () => checkCredentials(connection.need(), new Date(now())),
  );
  const server = await examination.check(
    "server",
    () => checkServer(open(credentials.need()), now),
  );
  await examination.check("clock", () => checkClock(server.need()));
  return server.map(({ link }) => link);
}

/** What is known of the registry before it is spoken to. */
interface Target {
  readonly link: Outcome<DoctorLink>;
  readonly segment: Outcome<string>;
  readonly permissions: Outcome<Permissions>;
  readonly pod: Outcome<SeenPod>;
}

/** The caller, and the registry's Pod as the API server knows it. */
async function examinePod(
  { patient, examination }: Round,
  link: Outcome<DoctorLink>,
): Promise<Target> {
  const user = await examination.check("user", () => checkUser(link.need()));
  const segment = await examination.check(
    "target",
    () => checkTarget(patient.registry, link.need(), patient),
    { after: [user] },
  );
  const permissions = await examination.check(
    "permissions",
    () =>
      checkPermissions(link.need(), {
        segment: segment.need(),
        ...patient.orReplica && { segments: podAndReplica(patient.registry) },
        ...user.need(),
      }),
  );
  const pod = await examination.check(
    "pod",
    () => checkPod(segment.need(), link.need()),
  );
  return { link, segment, permissions, pod };
}

/** The registry, and how nodes get to it. */
async function examineRegistry(
  { patient, examination, signal }: Round,
  { link, segment, permissions, pod }: Target,
): Promise<void> {
  const reached = await examination.check("reach", () => {
    permissions.need();
    return checkReach(segment.need(), link.need(), { ...signal });
  }, { after: [pod] });
  const registry = await examination.check(
    "registry",
    () =>
      checkRegistry(reached.need(), {
        permissions: permissions.need(),
        ...signal,
      }),
  );
  await examination.check(
    "round trip",
    () => checkRoundTrip(reached.need(), { ...signal }),
  );
  const { chunkSize, quick } = patient;
  await examination.check("transfer", () => {
    if (quick) return { status: "skipped", text: "left out by --quick" };
    return checkTransfer(registry.need(), { chunkSize, ...signal });
  });
  await examination.check("nodes", () => checkNodes(link.need(), pod.get()));
  await examination.check(
    "storage",
    () => checkStorage(registry.need().usage),
  );
}
