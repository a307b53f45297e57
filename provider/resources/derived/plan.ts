import type { DerivedKind } from "../../platforms/derived";
import { diffFields } from "../../schema/fields";
import type { OutputTable } from "../../schema/outputs";
import { UNKNOWN } from "../../schema/unknown";
import { beginOperation } from "../shared/begin-operation";
import { unfitTexts, unmatchable } from "../shared/check-parts";
import type { Context, Values } from "../shared/lifecycle";
import type { Observed, Planning } from "../shared/plan";
import { refusal, refusalsOf } from "../shared/preflight";
import { platformIdOf } from "../snapshot/find";
import { derivedFieldsOf } from "./fields";
import { parseDerivedInputs, parseDerivedState, unsupportedReason } from "./inputs";
import { preflightDerived } from "./preflight";

interface DerivedObserved extends Observed {
  /** The same snapshot under another id: a refresh gives an interrupted create its final id. */
  sameSnapshot: boolean;
}

/** The plan of a Template or Volume. */
export function derivedPlanning(kind: DerivedKind, outputs: OutputTable): Planning<DerivedObserved> {
  const fields = derivedFieldsOf(kind);
  return {
    fields,
    outputs,
    subject: "snapshot",
    limits: (inputs, before, driver) => {
      const lack = unsupportedReason(driver, kind);
      const none = lack && refusal(`${driver.platform} ${lack.reason}. ${lack.remedy}`, "connection");
      const failures = [
        ...unmatchable(driver, "recovery-point", inputs.attachTo, before?.attachTo, "attachTo"),
        ...unfitTexts(driver.platform, driver.derived?.textLimits?.(kind), inputs, before),
      ];
      return [...(none === undefined ? [] : [none]), ...refusalsOf(failures)];
    },
    observe: async (prior, inputs, driver, context) => {
      const state = prior?.state;
      if (state === undefined) {
        const findings = await preflightDerived(kind, parseDerivedInputs(inputs), driver, context);
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
      if (parseDerivedState(state).platformId === undefined && updates.length === 0) updates.push("platformId");
      return { updates, replaces, deleteBeforeReplace: false };
    },
  };
}

async function sameSnapshot(state: Values, news: Values, context: Context): Promise<boolean> {
  if ([state.snapshot, news.snapshot, news.connection].some((one) => typeof one !== "string" || one === UNKNOWN)) {
    return false;
  }
  const call = beginOperation(
    "read",
    parseDerivedInputs(news).timeouts,
    `compare the snapshot of ${String(state.name)}`,
    context,
  );
  const driver = context.driver(String(news.connection));
  const idOf = (text: unknown) => platformIdOf(driver, "snapshot", String(text), call).catch(() => undefined);
  const [before, now] = await Promise.all([idOf(state.snapshot), idOf(news.snapshot)]);
  return before !== undefined && before === now;
}
