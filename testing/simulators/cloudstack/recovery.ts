import type { Jobs } from "./jobs";
import type { CloudState } from "./state";

/**
 * What a management server does with existing rows when it starts again. Observed on a real one: pending jobs fail
 * without a result; VM snapshots in Creating and volume snapshots in BackingUp become Error; Allocated ones remain so
 * for ever. That Reverting becomes Ready and Expunging remains is taken from its state machine.
 */
export function recover(state: CloudState, jobs: Jobs): void {
  for (const job of state.jobs.filter(({ status }) => status === 0)) jobs.failAfterRestart(job);
  for (const row of state.vmSnapshots) {
    if (row.state === "Creating") row.state = "Error";
    if (row.state === "Reverting") row.state = "Ready";
  }
  for (const row of state.snapshots) {
    if (row.state === "Creating" || row.state === "CreatedOnPrimary" || row.state === "BackingUp") row.state = "Error";
  }
  for (const row of state.volumes) {
    if (row.state === "Snapshotting" || row.state === "Resizing") row.state = "Ready";
  }
  for (const row of state.vms) {
    if (row.state === "Starting") row.state = "Stopped";
    if (row.state === "Stopping") row.state = "Running";
  }
}
