import { Config } from "@pulumi/pulumi";
import { snapshotBefore } from "snapstate";
import { Deploy } from "./deploy";

/*
 * A deploy to a VM that is reverted when it fails:
 *
 *   pulumi config set vm /DC0/vm/prod/web-1
 *   pulumi config set command './deploy.sh'        # is given VERSION and VM in its environment
 *   pulumi config set version 43 && pulumi up
 *
 * Before the deploy a snapshot is taken. When the command succeeds, it is dropped. When the command fails, the VM is
 * reverted, and the snapshot stays until a deploy succeeds. Nothing of this is in the preview: hooks run in an `up` only.
 */

const config = new Config();
const vm = config.require("vm");

const deploy = new Deploy(
  "deploy",
  { version: config.require("version"), command: config.require("command"), vm },
  {
    hooks: snapshotBefore(vm, {
      connection: config.get("connection") ?? "default",
      // The first deploy creates the resource, the later ones update it.
      on: ["create", "update"],
      // With the memory, a revert brings the running machine back. Without it the VM is off after a revert.
      consistency: config.get<"crash" | "filesystem" | "memory">("consistency") ?? "memory",
      revertOnError: true,
    }),
  },
);

export const deployed = deploy.version;
