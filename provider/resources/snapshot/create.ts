import type { SnapshotKind } from "../../platforms/contract";
import { knownTarget } from "../shared/find-target";
import { printId } from "../shared/ids";
import { type Context, type Created, partialState, timeOf, type Values } from "../shared/lifecycle";
import { parseSnapshotInputs, snapshotKey } from "./inputs";
import { commonSnapshotOutputs, desiredOf } from "./outputs";
import { takeSnapshot } from "./take";

/** Takes the snapshot of a resource and returns its state. */
export async function createSnapshot(kind: SnapshotKind, values: Values, context: Context): Promise<Created> {
  const inputs = parseSnapshotInputs(kind, values);
  const known = knownTarget(context.replaces?.state, inputs);
  try {
    const { name, reused, ...taken } = await takeSnapshot(kind, { ...inputs, claims: context.claims }, context, known);
    const { state, snapshot } = taken;
    const targetId = state.target.id;
    const sources = { kind, ...taken, claim: snapshot.ownership?.claim, now: timeOf(context) };
    const outputs = commonSnapshotOutputs(values, sources, desiredOf(values, name));
    return {
      id: printId({ connection: inputs.connection, target: targetId, snapshot: snapshot.id }),
      outputs,
      ...(reused && { takenOver: snapshotKey(outputs) }),
    };
  } catch (error) {
    throw partialState(values, error);
  }
}
