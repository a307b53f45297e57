import { ApiError, CS_CODES, invalidValue } from "../api-error";
import { LIST_RULES, listReply, type ParameterRules, visible } from "../parameters";
import type { VmRow, VmState } from "../records";
import { vmView } from "../views/machines";
import { type AsyncCommand, type Command, mayOperate, required } from "./command";
import { newestFirst } from "./snapshots";

const ID: ParameterRules = { id: { type: "uuid", of: "vms", required: true } };

const listVirtualMachines: Command = {
  name: "listVirtualMachines",
  parameters: {
    ...LIST_RULES,
    id: { type: "uuid", of: "vms" },
    ids: { type: "uuids", of: "vms" },
    name: { type: "text" },
    zoneid: { type: "uuid", of: "zones" },
    state: { type: "text" },
    hypervisor: { type: "text" },
    details: { type: "texts" },
  },
  answer(call) {
    const { parameters, state } = call;
    const id = parameters.text("id");
    const ids = parameters.texts("ids");
    const name = parameters.text("name");
    const zone = parameters.row("zoneid", state.zones);
    const wanted = parameters.text("state");
    const keyword = parameters.text("keyword");
    const rows = state.vms
      .filter((row) => id === undefined || row.id === id)
      .filter((row) => ids.length === 0 || ids.includes(row.id))
      .filter((row) => zone === undefined || row.zone === zone)
      .filter((row) => wanted === undefined || row.state === wanted)
      // Unlike for snapshots, a part of the name suffices.
      .filter((row) => name === undefined || row.name.includes(name))
      .filter((row) => keyword === undefined || row.name.includes(keyword) || row.displayName.includes(keyword));
    const seen = visible(call, rows, id !== undefined || ids.length > 0);
    return listReply(call, "virtualmachine", newestFirst(seen), (row) => vmView(state, row));
  },
};

/** A command that only changes the VM's state. */
function powerCommand(name: string, className: string, from: VmState, by: VmState, to: VmState): AsyncCommand {
  return {
    name,
    className: `user.vm.${className}`,
    parameters: { ...ID, forced: { type: "flag" } },
    begin(call) {
      const vm = mayOperate(call, existing(required(call.parameters.row("id", call.state.vms))));
      return {
        instance: { type: "VirtualMachine", id: vm.id },
        async work(run) {
          await run.pass("queued");
          if (vm.state !== from && vm.state !== to) {
            throw new ApiError(530, CS_CODES.runtime, `Failed to change the state of ${vm.instanceName}: ${vm.state}`);
          }
          vm.state = by;
          await run.pass("working");
          Object.assign(vm, { state: to, updated: new Date() });
          return { virtualmachine: vmView(call.state, vm) };
        },
      };
    },
  };
}

function existing(vm: VmRow): VmRow {
  if (vm.removed === true) throw invalidValue(`Unable to find a virtual machine with id ${vm.number}`);
  return vm;
}

export const machineCommands: Command[] = [
  listVirtualMachines,
  powerCommand("startVirtualMachine", "StartVMCmd", "Stopped", "Starting", "Running"),
  powerCommand("stopVirtualMachine", "StopVMCmd", "Running", "Stopping", "Stopped"),
];
