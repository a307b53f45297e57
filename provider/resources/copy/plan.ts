import type { CopyKind } from "../../hypervisors/copies";
import { unfitTexts, unmatchable } from "../core/check-parts";
import { diffFields } from "../core/fields";
import type { Context, Values } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import type { OutputTable } from "../core/outputs";
import type { Observed, Planning } from "../core/plan";
import { refusal, refusalsOf } from "../core/preflight";
import { UNKNOWN } from "../core/unknown";
import { platformIdOf } from "../point/find";
import { copyFieldsOf } from "./fields";
import { copyInputs, copyState, lacking } from "./inputs";
import { preflightCopy } from "./preflight";

interface CopyObserved extends Observed {
  /** The same snapshot under another id: a refresh names one whose create was interrupted. */
  sameSnapshot: boolean;
}

/** What a run would do to a Template or Volume. */
export function copyPlanning(kind: CopyKind, outputs: OutputTable): Planning<CopyObserved> {
  const fields = copyFieldsOf(kind);
  return {
    fields,
    outputs,
    subject: "snapshot",
    limits: (inputs, before, hypervisor) => {
      const lack = lacking(hypervisor, kind);
      const none = lack && refusal(`${hypervisor.platform} ${lack.because}. ${lack.instead}`, "connection");
      const failures = [
        ...unmatchable(hypervisor, "recovery-point", inputs.attachTo, before?.attachTo, "attachTo"),
        ...unfitTexts(hypervisor.platform, hypervisor.copies?.textLimits?.(kind), inputs, before),
      ];
      return [...(none === undefined ? [] : [none]), ...refusalsOf(failures)];
    },
    observe: async (prior, inputs, hypervisor, context) => {
      const state = prior?.state;
      if (state === undefined) {
        const findings = await preflightCopy(kind, copyInputs(inputs), hypervisor, context);
        return { findings, sameSnapshot: false };
      }
      const moved = diffFields(fields, state, inputs).replaces.includes("snapshot");
      return { findings: [], sameSnapshot: moved && (await sameSnapshot(state, inputs, context)) };
    },
    compare: (state, inputs, observed) => {
      const { updates, replaces } = diffFields(fields, state, inputs);
      if (observed?.sameSnapshot) {
        replaces.splice(replaces.indexOf("snapshot"), 1);
        updates.push("snapshot");
      }
      // An interrupted create is finished by update, unless another copy is wanted.
      if (copyState(state).platformId === undefined && updates.length === 0) updates.push("platformId");
      return { updates, replaces, deleteBeforeReplace: false };
    },
  };
}

async function sameSnapshot(state: Values, news: Values, context: Context): Promise<boolean> {
  if ([state.snapshot, news.snapshot, news.connection].some((one) => typeof one !== "string" || one === UNKNOWN)) {
    return false;
  }
  const call = beginCall("read", copyInputs(news).timeouts, `compare the snapshot of ${String(state.name)}`, context);
  const hypervisor = context.hypervisor(String(news.connection));
  const idOf = (text: unknown) => platformIdOf(hypervisor, "snapshot", String(text), call).catch(() => undefined);
  const [before, now] = await Promise.all([idOf(state.snapshot), idOf(news.snapshot)]);
  return before !== undefined && before === now;
}
