import { describe } from "node:test";
import { contractBench, type Setup } from "./contract-bench";
import { changeRules } from "./rules/change-rules";
import { targetRules } from "./rules/target-rules";
import { textRules } from "./rules/text-rules";
import { waitRules } from "./rules/wait-rules";

/**
 * The rules that every driver keeps, whatever its platform (`provider/platforms/contract.ts`).
 *
 * @param leaveOut titles of rules that this driver cannot be held to
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
