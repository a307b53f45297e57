import { type Diff, diffInputs, NO_DIFF } from "./property-diff";
import { parsePath, putBack } from "./property-path";
import type { DiffQuestion, Provider, Subject } from "./provider";
import type { Run } from "./run";
import type { Properties } from "./types";

/** `news` with what `ignoreChanges` names as it was. */
export function withIgnored(news: Properties, olds: Properties, ignoreChanges: readonly string[]): Properties {
  return ignoreChanges.reduce((inputs, path) => putBack(inputs, olds, parsePath(path)), news);
}

/** A provider's diff; where it does not know, the engine's own of the inputs. */
export async function diffResource(
  run: Run,
  provider: Provider,
  subject: Subject,
  question: DiffQuestion,
): Promise<Diff> {
  const reply = await provider.diff(subject, question);
  if (reply.changes === "unavailable") {
    run.report(
      "warning",
      "The provider for this resource has inputs that are not known during preview.\n" +
        "This preview may not correctly represent the changes that will be applied during an update.",
      subject.urn,
    );
    return { ...NO_DIFF, changes: true };
  }
  if (reply.changes !== "unknown") return { ...reply, changes: reply.changes };
  const { changes, changedKeys, detailed } = diffInputs(
    question.oldInputs,
    withIgnored(question.newInputs, question.oldInputs, question.ignoreChanges),
  );
  // Without a change, what the provider said about replacing has no occasion.
  if (!changes) return NO_DIFF;
  return { ...reply, changes, changedKeys, ...(detailed ? { detailed } : {}) };
}
