import { diffFields } from "../../schema/fields";
import { describeTarget, selectorOf } from "../../schema/target-input";
import { hasUnknown } from "../../schema/unknown";
import { beginOperation } from "../shared/begin-operation";
import { unmatchable } from "../shared/check-parts";
import type { Planning } from "../shared/plan";
import { type Finding, preflight, refusal, refusalsOf, warning } from "../shared/preflight";
import { type OptionInputs, optionFields, optionOutputs } from "./fields";
import { nextOrder, offerInWords, price, type Subscribing } from "./order";

/** The plan of a SnapshotOption: whether it would buy something, and the price. */
export const optionPlanning: Planning = {
  fields: optionFields,
  outputs: optionOutputs,
  validate: ({ policy, maxPrice }) => {
    if (policy !== "order" || maxPrice !== undefined) return [];
    const reason = "is required with policy: order. Set the most that the order may cost, taxes included";
    return [{ property: "maxPrice", reason }];
  },
  limits: (inputs, before, driver) => {
    if (driver.subscription !== undefined) {
      return refusalsOf(unmatchable(driver, "snapshot", inputs.target, before?.target));
    }
    const none = `${driver.platform} has no paid snapshot option. Remove the SnapshotOption`;
    return [refusal(none, "connection")];
  },
  observe: async (prior, values, driver, context) => {
    const inputs = values as unknown as OptionInputs;
    const { subscription: option } = driver;
    if (prior !== undefined || option === undefined || hasUnknown(inputs.target)) return { findings: [] };
    const named = describeTarget(inputs.target);
    const call = beginOperation("read", inputs.timeouts, `check the snapshot option of ${named}`, context);
    const findings = await preflight({ named, operation: call.operation }, async () => {
      const target = await driver.findTarget("snapshot", selectorOf(inputs.target), call);
      if ((await option.state(target.id, call)) === "subscribed") return [];
      return guardOrder({ inputs, option, target, call });
    });
    return { findings };
  },
  compare: (state, inputs) => {
    const { updates, replaces } = diffFields(optionFields, state, inputs);
    // An interrupted create is finished by update.
    if (updates.length === 0 && state.optionState !== "subscribed") updates.push("optionState");
    return { updates, replaces, deleteBeforeReplace: false };
  },
};

/** The pending purchase, or why nothing can be bought. */
async function guardOrder(job: Subscribing): Promise<Finding[]> {
  const { policy, target, maxPrice } = { ...job.inputs, target: job.target };
  const named = `VPS ${JSON.stringify(target.name)}`;
  // For an interrupted run's order it only waits.
  if (policy === "order" && (await nextOrder(job)).made !== undefined) return [];
  const offer = await job.option.offer(target.id, job.call);
  const words = `${named}: the snapshot option is not subscribed; ${offerInWords(offer)}`;
  const remedy = "Subscribe to it in the control panel";
  if (policy === "require") {
    return [refusal(`${words}. ${remedy}, or set policy: order and a maxPrice to order it`, "policy")];
  }
  if (hasUnknown(policy) || hasUnknown(maxPrice) || maxPrice === undefined) return [];
  if (offer === undefined) return [refusal(`${words}. ${remedy}`, "policy")];
  const { price: before } = offer;
  // Taxes are added, so a price above the limit before taxes is above it after.
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
