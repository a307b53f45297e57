import { type Machine, Refusal, type Wire } from "./bare-driver";

/** The platform behind {@link BareDriver}. Its jobs continue without a client. */
export class BarePlatform implements Wire {
  taskTime = 0;
  loseNext = false;
  private readonly all = new Map<string, Machine>();
  private readonly jobs = new Map<string, { ended: boolean; made?: string }>();
  private counter = 0;

  add(label: string): { id: string; name: string } {
    const id = `machine-${++this.counter}`;
    this.all.set(id, { id, label, copies: [], jobs: [] });
    return { id, name: label };
  }

  remove(id: string): void {
    this.all.delete(id);
  }

  async machines(): Promise<Machine[]> {
    return structuredClone([...this.all.values()]);
  }

  async job(id: string): Promise<{ ended: boolean; made?: string }> {
    return { ...(this.jobs.get(id) ?? { ended: true }) };
  }

  async begin(what: string, machineId: string, details: Record<string, string | undefined> = {}): Promise<string> {
    const id = `job-${++this.counter}`;
    const machine = this.all.get(machineId);
    if (!machine) throw new Refusal("no such machine", id);
    if (details.copy !== undefined && !machine.copies.some((copy) => copy.id === details.copy)) {
      throw new Refusal("no such copy", id);
    }
    if (machine.jobs.length > 0) throw new Refusal("machine has a job", id);
    const job: { ended: boolean; made?: string } = { ended: false };
    this.jobs.set(id, job);
    machine.jobs.push({ id, what });
    const end = () => {
      machine.jobs = [];
      Object.assign(job, { ended: true, made: carryOut(machine, what, details, `copy-${id}`) });
    };
    if (this.taskTime === 0) end();
    else setTimeout(end, this.taskTime);
    if (this.loseNext) {
      this.loseNext = false;
      throw new Error("socket hang up");
    }
    return id;
  }
}

function carryOut(
  machine: Machine,
  what: string,
  { copy, label, text }: Record<string, string | undefined>,
  newId: string,
): string | undefined {
  const known = machine.copies.find(({ id }) => id === copy);
  if (what === "copy") machine.copies.push({ id: newId, label: label ?? "", text: text ?? "", taken: Date.now() });
  if (what === "drop") machine.copies = machine.copies.filter((other) => other !== known);
  if (what === "edit" && known) Object.assign(known, { label: label ?? known.label, text: text ?? known.text });
  return what === "copy" ? newId : undefined;
}
