import assert from "node:assert/strict";
import type { Vcsim, VcsimSnapshot, VcsimVm } from "../vcsim/launcher";
import { Site } from "./site";
import { TofuProject, type TofuResult } from "./tofu";

/** The vCenter simulator of one file of scenarios on OpenTofu; each scenario has its own project. */
export class TofuSite extends Site {
  scenario(
    name: string,
    work: (project: TofuProject, vm: VcsimVm) => Promise<void>,
    open: typeof TofuProject.open = TofuProject.attached,
  ): void {
    this.test(name, async (vm) => {
      const project = await open(environmentOf(this.vcsim));
      try {
        await work(project, vm);
      } finally {
        project.remove();
      }
    });
  }

  async snapshots(vm: VcsimVm): Promise<VcsimSnapshot[]> {
    return (await this.now(vm)).all;
  }

  async names(vm: VcsimVm): Promise<string[]> {
    return (await this.snapshots(vm)).map(({ name }) => name);
  }
}

/** Environment variables of the connection `default`. */
export function environmentOf({ host, port, username, password, fingerprint }: Vcsim): NodeJS.ProcessEnv {
  return {
    SNAPSTATE_DEFAULT_PLATFORM: "vsphere",
    SNAPSTATE_DEFAULT_ENDPOINT: `${host}:${port}`,
    SNAPSTATE_DEFAULT_USERNAME: username,
    SNAPSTATE_DEFAULT_PASSWORD: password,
    SNAPSTATE_DEFAULT_FINGERPRINT: fingerprint,
  };
}

export function succeeds(result: TofuResult): TofuResult {
  assert.equal(result.code, 0, result.output);
  return result;
}

export function fails(result: TofuResult, expected: RegExp): void {
  assert.equal(result.code, 1, result.output);
  assert.match(unwrapped(result.output), expected);
}

/** Undoes OpenTofu's line breaks and frames. */
export function unwrapped(output: string): string {
  return output.replace(/[│╷╵]/g, " ").replace(/\s+/g, " ");
}
