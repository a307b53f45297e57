import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { GuardedChange, type SnapshotBeforeOptions, snapshotBefore, snapshotBeforeTransform } from "../../sdk";

/** A deploy, and how it is guarded. */
export interface GuardedDeploy {
  how: "hooks" | "function" | "transform" | "component";
  target: string;
  args: { version: string; fail: boolean; vm: string };
  guard?: SnapshotBeforeOptions & { rollback?: string };
}

interface Inputs {
  version: string;
  fail: boolean;
}

// A resource that changes a VM, of any provider; it fails on request.
const provider: pulumi.dynamic.ResourceProvider = {
  create: async (inputs: Inputs) => {
    if (inputs.fail) throw new Error(`deploy of ${inputs.version} failed`);
    return { id: "deployed", outs: inputs };
  },
  update: async (_id: string, _olds: Inputs, news: Inputs) => {
    if (news.fail) throw new Error(`deploy of ${news.version} failed`);
    return { outs: news };
  },
  delete: async () => {},
};

class Deploy extends pulumi.dynamic.Resource {
  constructor(name: string, args: GuardedDeploy["args"], options?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, options, "deploytest", "Deploy");
  }
}

/** A program with a resource `deploy` that is guarded by a snapshot in one of the supported ways. */
export function guardedProgram({ how, target, args, guard = {} }: GuardedDeploy): PulumiFn {
  const { rollback, ...options } = guard;
  return async () => {
    if (how === "hooks") new Deploy("deploy", args, { hooks: snapshotBefore(target, options) });
    if (how === "function") {
      const hooks = snapshotBefore(
        ({ newInputs, oldInputs }) => pulumi.output((newInputs ?? oldInputs)?.vm as string),
        options,
      );
      new Deploy("deploy", args, { hooks });
    }
    if (how === "transform") {
      const types = {
        "pulumi-nodejs:dynamic/deploytest:Deploy": ({ newInputs }: { newInputs?: { vm?: string } }) => newInputs?.vm,
      };
      pulumi.runtime.registerResourceTransform(snapshotBeforeTransform({ ...options, types }));
      new Deploy("deploy", args);
    }
    if (how !== "component") return {};
    const change = (more: pulumi.CustomResourceOptions) => new Deploy("deploy", args, more);
    const guarded = new GuardedChange("deploy-guard", { target, triggers: [args.version], rollback, change });
    return { before: guarded.before.platformId, restored: guarded.restore.restored };
  };
}
