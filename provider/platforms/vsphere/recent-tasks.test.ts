import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { key } from "./client/reader";
import type { ObjectContent } from "./client/retrieve";
import { parseXml } from "./client/xml";
import { endedReverts, hasUnreadTask, runningTasks, unseenCreates } from "./recent-tasks";

function vmWith(...ids: string[]): ObjectContent {
  const refs = ids.map((id) => `<ManagedObjectReference type="Task">${id}</ManagedObjectReference>`).join("");
  const { val } = parseXml(`<Envelope><Body><val a="b">${refs}</val></Body></Envelope>`, "read");
  return { ref: { type: "VirtualMachine", id: "vm-1" }, properties: { recentTask: val } };
}

function tasks(...list: [id: string, state: string, operation: string][]): Map<string, ObjectContent> {
  return new Map(
    list.map(([id, state, operation]) => {
      const ref = { type: "Task", id };
      return [key(ref), { ref, properties: { "info.state": state, "info.descriptionId": operation } }];
    }),
  );
}

describe("a VM's running snapshot tasks", () => {
  it("are those that have not ended, and nothing but snapshot work", () => {
    const around = tasks(
      ["task-1", "running", "VirtualMachine.createSnapshotEx"],
      ["task-2", "queued", "vm.Snapshot.remove"],
      ["task-3", "success", "VirtualMachine.removeAllSnapshots"],
      ["task-4", "error", "VirtualMachine.consolidateDisks"],
      ["task-5", "running", "VirtualMachine.powerOn"],
      ["task-6", "running", "VirtualMachine.consolidateDisks"],
    );
    const vm = vmWith("task-1", "task-2", "task-3", "task-4", "task-5", "task-6");
    assert.deepEqual(runningTasks(vm, around), [
      { id: "task-1", operation: "VirtualMachine.createSnapshotEx" },
      { id: "task-2", operation: "vm.Snapshot.remove" },
      { id: "task-6", operation: "VirtualMachine.consolidateDisks" },
    ]);
  });

  it("are none without tasks, or when this user may not see them", () => {
    assert.deepEqual(runningTasks(vmWith(), tasks()), []);
    assert.deepEqual(runningTasks(vmWith("task-1"), tasks()), []);
    assert.deepEqual(runningTasks({ ref: { type: "VirtualMachine", id: "vm-1" }, properties: {} }, tasks()), []);
  });

  it("are not all told when the VM names one that did not come along", () => {
    const around = tasks(["task-1", "success", "VirtualMachine.createSnapshot"]);
    assert.equal(hasUnreadTask(vmWith("task-1"), around), false);
    assert.equal(hasUnreadTask(vmWith("task-1", "task-2"), around), true);
    assert.equal(hasUnreadTask(vmWith(), around), false);
  });

  it("include one task alone, in whatever case the operation is written", () => {
    const around = tasks(["task-1", "running", "VirtualMachine.RevertToSnapshot"]);
    assert.equal(runningTasks(vmWith("task-1"), around).length, 1);
  });
});

describe("a create that ended while the VM was read", () => {
  const read = (text: string) => parseXml(`<Envelope><Body>${text}</Body></Envelope>`, "read");
  const created = (state: string, operation = "VirtualMachine.createSnapshotEx") => {
    const around = tasks(["task-1", state, operation]);
    const { val } = read('<val type="VirtualMachineSnapshot">snapshot-2</val>');
    for (const task of around.values()) task.properties["info.result"] = val;
    return around;
  };

  it("is one whose snapshot the VM lacks", () => {
    const vm = vmWith("task-1");
    assert.deepEqual(unseenCreates(vm, created("success")), ["task-1"]);
    assert.deepEqual(unseenCreates(vm, created("running")), []);
    assert.deepEqual(unseenCreates(vm, created("success", "vm.Snapshot.remove")), []);
    const tree = '<rootSnapshotList><snapshot type="VirtualMachineSnapshot">snapshot-2</snapshot></rootSnapshotList>';
    vm.properties.snapshot = read(`<snapshot>${tree}</snapshot>`).snapshot;
    assert.deepEqual(unseenCreates(vm, created("success")), []);
  });
});

describe("a VM's ended reverts", () => {
  it("are those that ended well, and nothing else that did", () => {
    const around = tasks(
      ["task-1", "success", "VirtualMachine.revertToCurrentSnapshot"],
      ["task-2", "running", "vm.Snapshot.revert"],
      ["task-3", "error", "vm.Snapshot.revert"],
      ["task-4", "success", "vm.Snapshot.revert"],
      ["task-5", "success", "VirtualMachine.createSnapshotEx"],
    );
    const vm = vmWith("task-1", "task-2", "task-3", "task-4", "task-5", "task-6");
    assert.deepEqual(endedReverts(vm, around), ["task-1", "task-4"]);
  });
});
