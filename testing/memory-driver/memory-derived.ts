import { SnapstateError } from "../../provider/core/errors";
import type { OperationContext } from "../../provider/core/operation";
import type { Support } from "../../provider/platforms/contract";
import type { Derived, DerivedCapability, DerivedKind, DerivedSpec } from "../../provider/platforms/derived";

/** Templates and volumes in memory, which are ready immediately. */
export class MemoryDerived implements DerivedCapability {
  private counter = 0;

  constructor(readonly all: { kind: DerivedKind; copy: Derived }[] = []) {}

  supports(): Support {
    return { supported: true };
  }

  async list(kind: DerivedKind): Promise<Derived[]> {
    return this.all.flatMap((each) => (each.kind === kind ? [structuredClone(each.copy)] : []));
  }

  async read(kind: DerivedKind, id: string, { operation }: OperationContext): Promise<Derived> {
    return structuredClone(this.one(kind, id, operation));
  }

  async create(kind: DerivedKind, { name, description, ownership, attachTo }: DerivedSpec): Promise<string> {
    const id = `${kind}-${++this.counter}`;
    const createdAt = new Date().toISOString();
    const copy: Derived = {
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

  async remove(kind: DerivedKind, id: string, { operation }: OperationContext): Promise<void> {
    const copy = this.one(kind, id, operation);
    if (copy.attachedTo !== undefined) throw new SnapstateError({ kind: "conflict", operation, detail: "attached" });
    this.all.splice(
      this.all.findIndex((each) => each.copy === copy),
      1,
    );
  }

  async attach(volumeId: string, vmId: string | undefined, { operation }: OperationContext): Promise<void> {
    const copy = this.one("volume", volumeId, operation);
    delete copy.attachedTo;
    if (vmId !== undefined) copy.attachedTo = vmId;
  }

  private one(kind: DerivedKind, id: string, operation: string): Derived {
    const found = this.all.find((each) => each.kind === kind && each.copy.id === id);
    if (found) return found.copy;
    throw new SnapstateError({ kind: "not-found", operation, detail: `no ${kind} ${id}` });
  }
}
