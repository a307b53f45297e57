import { SnapstateError } from "../../provider/errors";
import type { Support } from "../../provider/hypervisors/contract";
import type { Copies, Copy, CopyKind, CopySpec } from "../../provider/hypervisors/copies";
import type { Call } from "../../provider/waiting";

/** Templates and volumes in memory, each ready at once. */
export class MemoryCopies implements Copies {
  private counter = 0;

  constructor(readonly all: { kind: CopyKind; copy: Copy }[] = []) {}

  supports(): Support {
    return { supported: true };
  }

  async list(kind: CopyKind): Promise<Copy[]> {
    return this.all.flatMap((each) => (each.kind === kind ? [structuredClone(each.copy)] : []));
  }

  async read(kind: CopyKind, id: string, { doing }: Call): Promise<Copy> {
    return structuredClone(this.one(kind, id, doing));
  }

  async create(kind: CopyKind, { name, description, ownership, attachTo }: CopySpec): Promise<string> {
    const id = `${kind}-${++this.counter}`;
    const createdAt = new Date().toISOString();
    const copy: Copy = {
      id,
      name,
      description,
      ownership,
      createdAt,
      state: "ready",
      stateWord: "Ready",
      sizeBytes: 1024,
    };
    this.all.push({ kind, copy: attachTo === undefined ? copy : { ...copy, attachedTo: attachTo } });
    return id;
  }

  async settle(): Promise<void> {}

  async remove(kind: CopyKind, id: string, { doing }: Call): Promise<void> {
    const copy = this.one(kind, id, doing);
    if (copy.attachedTo !== undefined) throw new SnapstateError({ kind: "conflict", doing, answered: "attached" });
    this.all.splice(
      this.all.findIndex((each) => each.copy === copy),
      1,
    );
  }

  async attach(volumeId: string, vmId: string | undefined, { doing }: Call): Promise<void> {
    const copy = this.one("volume", volumeId, doing);
    delete copy.attachedTo;
    if (vmId !== undefined) copy.attachedTo = vmId;
  }

  private one(kind: CopyKind, id: string, doing: string): Copy {
    const found = this.all.find((each) => each.kind === kind && each.copy.id === id);
    if (found) return found.copy;
    throw new SnapstateError({ kind: "not-found", doing, answered: `no ${kind} ${id}` });
  }
}
