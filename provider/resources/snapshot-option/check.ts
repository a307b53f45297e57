import { assignMarker, isFailure, openForCheck, unmatchable } from "../core/check-parts";
import { checkFields } from "../core/fields";
import type { CheckResult, Context, Values } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { type Finding, failuresOfFindings, preflight, refusal, warning, warningsOfFindings } from "../core/preflight";
import { describeTarget, selectorOf } from "../core/target-input";
import { hasUnknown } from "../core/unknown";
import { type OptionInputs, optionFields } from "./fields";
import { nextOrder, offerInWords, price, type Subscribing } from "./order";

/** Checks the inputs, and says at preview whether something is about to be bought, and for how much. */
export async function checkOption(olds: Values | undefined, news: Values, context: Context): Promise<CheckResult> {
  const { inputs, failures } = checkFields(optionFields, news);
  assignMarker(inputs, olds, context);
  if (inputs.policy === "order" && inputs.maxPrice === undefined) {
    failures.push({
      property: "maxPrice",
      reason: "is required with policy: order: say the most that the order may cost, taxes included",
    });
  }
  if (failures.length > 0 || hasUnknown(inputs.connection)) return { inputs, failures, warnings: [] };
  const wanted = inputs as unknown as OptionInputs;
  const hypervisor = openForCheck(wanted.connection, context);
  if (isFailure(hypervisor)) return { inputs, failures: [hypervisor], warnings: [] };
  const { platform, snapshotOption, findTarget } = hypervisor;
  if (snapshotOption === undefined) {
    const reason = `${platform} has no snapshot option that is paid for. Leave the SnapshotOption out`;
    return { inputs, failures: [{ property: "connection", reason }], warnings: [] };
  }
  failures.push(...unmatchable(hypervisor, "snapshot", inputs.target, olds?.target));
  if (olds !== undefined || failures.length > 0 || hasUnknown(inputs.target)) return { inputs, failures, warnings: [] };
  const named = describeTarget(wanted.target);
  const call = beginCall("read", wanted.timeouts, `check the snapshot option of ${named}`, context);
  const findings = await preflight({ named, doing: call.doing }, async () => {
    const target = await findTarget.call(hypervisor, "snapshot", selectorOf(wanted.target), call);
    if ((await snapshotOption.state(target.id, call)) === "subscribed") return [];
    return guardOrder({ inputs: wanted, option: snapshotOption, target, call });
  });
  failures.push(...failuresOfFindings(findings, "target"));
  return { inputs, failures, warnings: warningsOfFindings(findings) };
}

/** What is about to be bought, or why nothing can be. */
async function guardOrder(job: Subscribing): Promise<Finding[]> {
  const { policy, target, maxPrice } = { ...job.inputs, target: job.target };
  const named = `VPS ${JSON.stringify(target.name)}`;
  // What an interrupted run has ordered is only waited for.
  if (policy === "order" && (await nextOrder(job)).made !== undefined) return [];
  const offer = await job.option.offer(target.id, job.call);
  const words = `${named}: the snapshot option is not subscribed; ${offerInWords(offer)}`;
  const remedy = "Subscribe to it in the control panel";
  if (policy === "require") {
    return [refusal(`${words}. ${remedy}, or have it bought with policy: order and a maxPrice`, "policy")];
  }
  if (hasUnknown(policy) || hasUnknown(maxPrice) || maxPrice === undefined) return [];
  if (offer === undefined) return [refusal(`${words}. ${remedy}`, "policy")];
  const { price: before } = offer;
  // Taxes come on top, so that a price that is too high before them is too high.
  if (before.currency !== maxPrice.currency || before.amount > maxPrice.amount) {
    return [refusal(`${words}, and maxPrice is ${price(maxPrice)}. Raise maxPrice, or ${lower(remedy)}`, "maxPrice")];
  }
  const most = `Nothing is ordered for more than ${price(maxPrice)}, taxes included.`;
  const bought = `${named}: the snapshot option is about to be ordered and paid; ${offerInWords(offer)}. ${most}`;
  return [warning(bought)];
}

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
