import { invalidValue } from "../api-error";
import type { VmRow, VolumeRow } from "../records";
import type { CloudState } from "../state";
import { volumeView } from "../views/machines";
import { type AsyncCommand, mayOperate, required } from "./command";

/** @throws ApiError 431 in the job, for a VM with VM snapshots */
export function attach(state: CloudState, volume: VolumeRow, vm: VmRow): void {
  if (volume.vm !== undefined) throw invalidValue("Please specify a volume that is not attached to any VM.");
  if (vm.state !== "Running" && vm.state !== "Stopped") {
    throw invalidValue("Please specify a VM that is either running or stopped.");
  }
  if (state.vmSnapshotsOf(vm).length > 0) {
    throw invalidValue(
      `Unable to attach volume to VM ${vm.instanceName}/${vm.id}, please specify a VM that does not have VM snapshots`,
    );
  }
  if (volume.zone !== vm.zone) throw invalidValue("Please specify a VM that is in the same zone as the volume.");
  const used = new Set(state.volumesOf(vm).map(({ deviceId }) => deviceId));
  let deviceId = 1;
  while (used.has(deviceId)) deviceId++;
  Object.assign(volume, { vm, deviceId, attached: new Date(), state: "Ready" });
}

export const attachVolume: AsyncCommand = {
  name: "attachVolume",
  className: "user.volume.AttachVolumeCmd",
  parameters: {
    id: { type: "uuid", of: "volumes", required: true },
    virtualmachineid: { type: "uuid", of: "vms", required: true },
    deviceid: { type: "number" },
  },
  begin(call) {
    const { parameters, state } = call;
    const volume = mayOperate(call, required(parameters.row("id", state.volumes)));
    const vm = mayOperate(call, required(parameters.row("virtualmachineid", state.vms)));
    return {
      instance: { type: "Volume", id: volume.id },
      async work(run) {
        await run.pass("queued");
        await run.pass("working");
        attach(state, volume, vm);
        return { volume: volumeView(state, volume) };
      },
    };
  },
};

export const detachVolume: AsyncCommand = {
  name: "detachVolume",
  className: "user.volume.DetachVolumeCmd",
  parameters: {
    id: { type: "uuid", of: "volumes" },
    virtualmachineid: { type: "uuid", of: "vms" },
    deviceid: { type: "number" },
  },
  begin(call) {
    const { parameters, state } = call;
    const vm = parameters.row("virtualmachineid", state.vms);
    const device = parameters.number("deviceid");
    const found =
      parameters.row("id", state.volumes) ??
      state.volumes.filter((row) => vm !== undefined && row.vm === vm && row.deviceId === device)[0];
    if (found === undefined)
      throw invalidValue("Please provide either a volume id, or a tuple(device id, instance id)");
    const volume = mayOperate(call, found);
    return {
      instance: { type: "Volume", id: volume.id },
      async work(run) {
        await run.pass("queued");
        await run.pass("working");
        if (volume.vm === undefined) throw invalidValue("The specified volume is not attached to a VM.");
        if (volume.type === "ROOT" && volume.vm.state !== "Stopped") {
          throw invalidValue("Please specify a VM that is in stopped state.");
        }
        if (state.vmSnapshotsOf(volume.vm).length > 0) {
          throw invalidValue("Unable to detach volume, please specify a VM that does not have VM snapshots");
        }
        Object.assign(volume, { vm: undefined, deviceId: undefined, attached: undefined });
        return { volume: volumeView(state, volume) };
      },
    };
  },
};
