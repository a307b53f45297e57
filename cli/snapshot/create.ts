import { SnapstateError } from "../../provider/core/errors";
import { dueAt, firstMarker } from "../../provider/resources/shared/marker";
import { demandOf } from "../../provider/resources/snapshot/names";
import { preflightTake } from "../../provider/resources/snapshot/preflight-take";
import { type TakeSpec, takeSnapshot } from "../../provider/resources/snapshot/take";
import { confirmed } from "../confirm";
import { type ExitCode, exitCode } from "../exit-codes";
import { safe } from "../output/text";
import type { Session } from "../session";
import { type ActOptions, failOnPartialState, openSubject, reportPlan, type Subject } from "./act";

export interface CreateOptions extends ActOptions {
  name?: string;
  description?: string;
  memory?: boolean;
  quiesce?: "require" | "prefer" | "off";
  consistency?: "crash" | "filesystem" | "memory";
  ttl?: string;
  hold?: boolean;
  reuse?: boolean;
}

/** Takes a snapshot by the resource's own create: exactly one, found by its marker after an interrupted run. */
export async function create(session: Session, target: string, options: CreateOptions): Promise<ExitCode> {
  const subject = await openSubject(session, target, options);
  const { vm, kind, connection, context, label } = subject;
  const name = options.name ?? generatedName(vm.targetName);
  refuseRepeated(subject, name, options);
  const spec: TakeSpec = {
    connection,
    target: { id: vm.targetId },
    name,
    description: options.description,
    ttl: options.ttl,
    hold: options.hold,
    ...demand(options),
    // The same in every run of the same command, so that an interrupted create is found again.
    marker: firstMarker(`cli/${kind}/${vm.targetId}/${name}`),
  };
  const findings = await preflightTake(kind, spec, context);
  reportPlan(session, findings, `create snapshot ${JSON.stringify(name)} of VM ${label}`);
  const question = `Take snapshot ${JSON.stringify(safe(name))} of ${safe(label)}?`;
  const goOn = await confirmed(session, question, "Nothing created", options);
  const place = { connection, targetId: vm.targetId, targetName: vm.targetName, name };
  if (!goOn) {
    if (options.dryRun) session.show({ dryRun: true, ...place }, () => `would create ${safe(name)} of ${safe(label)}`);
    return exitCode.ok;
  }
  const again = `Run it again with --name ${JSON.stringify(name)} --reuse, which finds this snapshot instead of taking another`;
  const { snapshot } = await failOnPartialState(() => takeSnapshot(kind, spec, context), again);
  const { id, createdAt, consistency, ownership } = snapshot;
  const data = { dryRun: false, ...place, id, createdAt, consistency, expiresAt: dueAt(ownership, createdAt) };
  session.show(data, () => `created ${safe(name)} (${safe(id)}) of ${safe(label)}`);
  return exitCode.ok;
}

/** A second snapshot of the same name would be indistinguishable, and a reused one is an earlier point in time. */
function refuseRepeated({ vm, label }: Subject, name: string, options: CreateOptions): void {
  const there = vm.snapshots.find((one) => one.name === name && one.failed === undefined);
  if (there === undefined || (options.reuse && there.managed)) return;
  throw new SnapstateError({
    kind: "conflict",
    operation: `create snapshot ${JSON.stringify(name)} of VM ${label}`,
    detail: `it has a snapshot of that name (${there.id}, taken at ${there.createdAt || "an unknown time"})`,
    hint: there.managed ? "Use another --name, or --reuse to use the existing one" : "Use another --name",
  });
}

function demand({ kind, memory, quiesce, consistency }: CreateOptions): Pick<TakeSpec, "memory" | "quiesce"> {
  const refuse = (detail: string) => {
    throw new SnapstateError({ kind: "bad-input", operation: "create a snapshot", detail });
  };
  if (kind === "snapshot") {
    if (consistency !== undefined) refuse("--consistency is for --kind recovery-point: use --memory or --quiesce");
    return { memory, quiesce };
  }
  if (memory || quiesce !== undefined) refuse("--memory and --quiesce are for snapshots: use --consistency");
  return demandOf(consistency);
}

function generatedName(vm: string): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  return `${vm.slice(0, 60)}-${time}`;
}
