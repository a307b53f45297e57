import { describe } from "node:test";
import { contractBench, type Setup } from "./contract-bench";
import { changeRules } from "./rules/change-rules";
import { targetRules } from "./rules/target-rules";
import { textRules } from "./rules/text-rules";
import { waitRules } from "./rules/wait-rules";

/**
 * The rules of `provider/platforms/contract.ts` that every driver must follow.
 *
 * @param leaveOut titles of rules that do not apply to this driver
 */
export function describeDriverContract(name: string, setup: Setup, leaveOut: readonly string[] = []): void {
  describe(`${name} as a hypervisor`, () => {
    const bench = contractBench(setup, leaveOut);
    targetRules(bench);
    textRules(bench);
    changeRules(bench);
    waitRules(bench);
  });
}
