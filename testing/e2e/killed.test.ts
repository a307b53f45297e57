import assert from "node:assert/strict";
import { describe } from "node:test";
import type { VcsimVm } from "../vcsim/launcher";
import { kill, type Process, provider, runningCli, untilEnded } from "./processes";
import type { CliStack, Declared } from "./stack";
import { BOTH, fail, succeed, text, Vcenter } from "./vcenter";

/*
 * Kills processes of the real CLI while the platform runs a create. After a plain re-run there must be exactly one
 * snapshot, which the state knows; manual steps in between are those of docs/errors.md.
 */

const site = new Vcenter(24, { attached: false });

const snapshot = (vm: VcsimVm): Declared => ({ kind: "Snapshot", name: "one", args: { target: vm.path } });

/** An `up` whose processes are disturbed in the middle of a create. */
async function broken(
  stack: CliStack,
  vm: VcsimVm,
  end: (cli: Process, provider: Process, all: Process[]) => void,
): Promise<{ said: string; children: Process[] }> {
  await site.control.delay({ taskMs: 1500 });
  stack.declare(snapshot(vm));
  const running = stack.up();
  await site.untilCalled("CreateSnapshotEx_Task");
  const { cli, children } = runningCli();
  end(cli, provider(children), [cli, ...children]);
  const outcome = await running;
  assert.equal(outcome.ok, false, text(outcome));
  return { said: text(outcome), children };
}

/** A re-run with the expected result. */
async function rerun(stack: CliStack, vm: VcsimVm): Promise<string> {
  const again = await succeed(stack.up());
  const taken = (await site.now(vm)).snapshots;
  assert.deepEqual(
    taken.map(({ moref }) => moref),
    [(await stack.state()).one?.outputs.platformId],
  );
  assert.deepEqual((await succeed(stack.up())).summary, { same: 1 });
  return text(again);
}

const pending = async (stack: CliStack) => (await stack.deployment()).pending_operations ?? [];

describe("kill -9", () => {
  site.scenario(
    "of the CLI and all it started: its lock is refused until `pulumi cancel`, and nothing else has to be cleared",
    async (stack, vm) => {
      await broken(stack, vm, (_cli, _provider, all) => kill(...all));
      assert.deepEqual(
        (await pending(stack)).map(({ type }) => type),
        ["creating"],
      );
      await fail(stack.up(), /the stack is currently locked by 1 lock\(s\)/);
      await stack.cancel();
      assert.match(await rerun(stack, vm), /with 1 pending operations? from (the )?previous deployment/);
      assert.deepEqual(
        (await pending(stack)).map(({ type }) => type),
        ["creating"],
      );
      await succeed(stack.refresh({ clearPendingCreates: true }));
      assert.deepEqual(await pending(stack), []);
      await succeed(stack.destroy());
      assert.deepEqual((await site.now(vm)).snapshots, []);
    },
    BOTH,
  );

  site.scenario(
    "of the CLI alone: the provider that lives on takes no second snapshot",
    async (stack, vm, adapter) => {
      const { children } = await broken(stack, vm, (cli) => kill(cli));
      try {
        await stack.cancel();
        await rerun(stack, vm);
        // Pulumi's dynamic provider does not exit by itself, so it is ended here.
        if (adapter === "plugin") await untilEnded(children);
      } finally {
        kill(...children);
      }
    },
    BOTH,
  );

  site.scenario(
    "of the provider: the CLI says so, leaves no lock, and the next run takes the snapshot over",
    async (stack, vm) => {
      await broken(stack, vm, (_cli, process) => kill(process));
      await rerun(stack, vm);
    },
    BOTH,
  );
});

describe("SIGINT", () => {
  for (const [whom, choose] of [
    ["of the CLI", (cli) => [cli]],
    // A terminal sends it to all processes in the foreground.
    ["of the CLI and its provider together", (cli, one) => [cli, one]],
  ] as [string, (cli: Process, one: Process) => Process[]][]) {
    site.scenario(
      `${whom}: the run ends in order, without a lock, and the next one changes nothing`,
      async (stack, vm) => {
        await broken(stack, vm, (cli, one) => {
          for (const { pid } of choose(cli, one)) process.kill(pid, "SIGINT");
        });
        await rerun(stack, vm);
      },
      BOTH,
    );
  }
});
