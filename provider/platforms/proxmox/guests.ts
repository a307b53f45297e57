import { isSnapstateError, SnapstateError } from "../../core/errors";
import { CoalescedReader, type OperationContext } from "../../core/operation";
import type { InspectOptions } from "../contract";
import { type ProxmoxApi, path } from "./client/api";
import { NOT_ON_THIS_NODE } from "./client/failure";
import { type GuestRow, permissionsReply, resourcesReply, type SnapshotRow, snapshotsReply } from "./client/replies";
import { idOf } from "./targets";

/** Milliseconds for which a guest's row may be used by a fresh read; its snapshots are always read. */
const MAX_AGE_MS = 1000;

/** The API's path of a guest. */
export function guestPath({ node, type, vmid }: GuestRow): string {
  return path`/nodes/${node}/${type}/${vmid}`;
}

/** Reads guests: one list for all, and a list of snapshots for each. */
export class Guests {
  private readonly all: CoalescedReader<GuestRow[]>;
  private readonly lists = new Map<string, CoalescedReader<SnapshotRow[]>>();
  /** Where each guest was last seen. */
  private readonly places = new Map<string, GuestRow>();

  constructor(
    private readonly api: ProxmoxApi,
    private readonly nodes: readonly string[] | undefined,
  ) {
    this.all = new CoalescedReader((call) => api.get("/cluster/resources", { type: "vm" }, resourcesReply, call));
  }

  /** Called before and after a change: earlier reads are no longer recent. */
  changed(id: string): void {
    this.all.changed();
    this.lists.get(id)?.changed();
  }

  /** Every visible guest. @param maxAge maximum age of the list in milliseconds; 0 sends a request */
  async rows(maxAge: number, call: OperationContext): Promise<GuestRow[]> {
    const rows = await (maxAge > 0 ? this.all.recent(call, maxAge) : this.all.fresh(call));
    return this.nodes === undefined ? rows : rows.filter(({ node }) => this.nodes?.includes(node));
  }

  /** @throws SnapstateError `not-found` when it is proven that the guest does not exist */
  async row(id: string, maxAge: number, call: OperationContext): Promise<GuestRow> {
    const found = (await this.rows(maxAge, call)).find((row) => idOf(row) === id);
    if (found !== undefined) return found;
    const [again, all] = [await this.rows(0, call), await this.all.recent(call)];
    const row = again.find((one) => idOf(one) === id);
    if (row !== undefined) return row;
    const hidden = all.find((one) => idOf(one) === id);
    return hidden === undefined ? this.proveGone(id, call) : excluded(id, hidden, call);
  }

  /** A guest with its snapshots. @param maxAge maximum age of the row in milliseconds if no task is running */
  async read(id: string, { freshness = "fresh" }: InspectOptions, call: OperationContext) {
    const recent = freshness === "recent";
    const row = await this.row(id, recent ? 5000 : MAX_AGE_MS, call);
    const read = await this.onItsNode(row, (at) => this.snapshots(at, recent, call), call);
    // Running tasks are read at the same time as their traces in the list.
    const busy = read.row.lock !== undefined || read.value.some(({ snapstate }) => snapstate !== undefined);
    return { row: busy ? await this.row(id, 0, call) : read.row, snapshots: read.value };
  }

  snapshots(row: GuestRow, recent: boolean, call: OperationContext): Promise<SnapshotRow[]> {
    const id = idOf(row);
    this.places.set(id, row);
    const list =
      this.lists.get(id) ??
      new CoalescedReader((shared) =>
        this.api.get(`${guestPath(this.places.get(id) ?? row)}/snapshot`, {}, snapshotsReply, shared),
      );
    this.lists.set(id, list);
    return recent ? list.recent(call) : list.fresh(call);
  }

  /**
   * Calls the guest's node, and once more if the guest has moved. Such a refusal comes before any change.
   *
   * @throws SnapstateError `not-found` when the guest does not exist
   */
  async onItsNode<T>(
    row: GuestRow,
    ask: (row: GuestRow) => Promise<T>,
    call: OperationContext,
  ): Promise<{ row: GuestRow; value: T }> {
    try {
      return { row, value: await ask(row) };
    } catch (error) {
      const mayBeElsewhere =
        isSnapstateError(error, "permission") ||
        (isSnapstateError(error) && NOT_ON_THIS_NODE.test(error.detail ?? "") && error.code === "500");
      if (!mayBeElsewhere) throw error;
      this.all.changed();
      const now = await this.row(idOf(row), 0, call);
      if (isSnapstateError(error, "permission")) throw error;
      if (now.node === row.node) throw contradiction(row, error as SnapstateError);
      return { row: now, value: await ask(now) };
    }
  }

  /**
   * Absence from the list is no proof: invisible guests are omitted too. With the right to see the guest, it is proof.
   */
  private async proveGone(id: string, call: OperationContext): Promise<never> {
    const where = `/vms/${id.split("/")[1] ?? ""}`;
    const rights = await this.api.get("/access/permissions", { path: where }, permissionsReply, call);
    if (Object.values(rights).some((held) => "VM.Audit" in held)) {
      throw new SnapstateError({
        kind: "not-found",
        operation: call.operation,
        detail: `guest ${id} does not exist: it is missing from a list that would include it`,
      });
    }
    throw new SnapstateError({
      kind: "permission",
      operation: call.operation,
      detail: `the guest ${id} is not in the list, and this user or token has no VM.Audit on ${where}`,
      hint: `Grant that right, or remove the resource from the state if the guest was destroyed. The state is unchanged`,
    });
  }
}

function excluded(id: string, { node }: GuestRow, call: OperationContext): never {
  throw new SnapstateError({
    kind: "conflict",
    operation: call.operation,
    detail: `the guest ${id} is on the node ${node}, which the connection's setting nodes excludes`,
    hint: "Add the node to `nodes`. The state is unchanged",
  });
}

function contradiction({ node }: GuestRow, { operation, detail, code }: SnapstateError): SnapstateError {
  const why = `the cluster lists the guest on ${node}, but the node replied: ${detail}`;
  const hint = "The guest is probably being moved or destroyed. Run again; the state is unchanged";
  return new SnapstateError({ kind: "conflict", operation, detail: why, code, hint });
}
