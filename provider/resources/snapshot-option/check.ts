import { asSnapstateError, isSnapstateError } from "../../errors";
import type { SnapshotOptionCalls, Target } from "../../hypervisors/contract";
import type { Call } from "../../waiting";
import { assignMarker, isFailure, openForCheck } from "../core/check-parts";
import { checkFields } from "../core/fields";
import type { CheckResult, Context, Values } from "../core/lifecycle";
import { beginCall } from "../core/operation";
import { describeTarget, selectorOf } from "../core/target-input";
import { hasUnknown } from "../core/unknown";
import { type OptionInputs, optionFields } from "./fields";
import { offerInWords, price } from "./order";

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
  if (olds !== undefined || hasUnknown(inputs)) return { inputs, failures, warnings: [] };
  const named = describeTarget(wanted.target);
  const call = beginCall("read", wanted.timeouts, `check the snapshot option of ${named}`, context);
  const find = () => findTarget.call(hypervisor, "snapshot", selectorOf(wanted.target), call);
  return { inputs, failures, warnings: await foresee(wanted, snapshotOption, find, call) };
}

async function foresee(
  { target, policy, maxPrice }: OptionInputs,
  option: SnapshotOptionCalls,
  find: () => Promise<Target>,
  call: Call,
): Promise<string[]> {
  const named = describeTarget(target);
  try {
    const { id } = await find();
    if ((await option.state(id, call)) === "subscribed") return [];
    const offer = offerInWords(await option.offer(id, call));
    if (policy === "require")
      return [`${named}: the snapshot option is not subscribed; ${offer}. The create will fail.`];
    return [
      `${named}: the snapshot option is about to be ordered and paid; ${offer}. Nothing is ordered for more than ${maxPrice ? price(maxPrice) : "maxPrice"}, taxes included.`,
    ];
  } catch (error) {
    if (isSnapstateError(error, "not-found")) return [`${named} does not exist yet.`];
    return [asSnapstateError(error, call.doing).message];
  }
}
