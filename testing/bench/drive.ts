import type { Properties } from "../support/protocol";
import type { ProviderProcess } from "./provider-process";

/** One resource in an engine's state. */
export interface Made {
  name: string;
  id: string;
  inputs: Properties;
  state: Properties;
}

/** A resource to create: its name and inputs. */
export interface Declared {
  name: string;
  args: Properties;
}

/**
 * Calls a provider in the order in which Pulumi's engine does: checks one after the other, because the step generator
 * is serial, and everything else at the stack's parallelism.
 */
export class Drive {
  constructor(
    private readonly provider: ProviderProcess,
    private readonly type: string,
    private readonly parallel: number,
  ) {}

  async create(declared: readonly Declared[]): Promise<Made[]> {
    const made: Made[] = [];
    const started = new Set<Promise<void>>();
    let failure: unknown;
    for (const { name, args } of declared) {
      while (started.size >= this.parallel) await Promise.race(started);
      const client = this.provider.client.about(this.type, name);
      const { inputs, failures } = await client.check(args);
      if (failures.length > 0) throw new Error(`${name}: ${JSON.stringify(failures)}`);
      const creating = client
        .create(inputs)
        .then(({ id, state }) => void made.push({ name, id, inputs, state }))
        .catch((error: unknown) => {
          failure ??= error;
        })
        .finally(() => started.delete(creating));
      started.add(creating);
    }
    await Promise.all(started);
    if (failure) throw failure;
    return made;
  }

  async refresh(made: readonly Made[]): Promise<void> {
    await this.each(made, async ({ name, id, inputs, state }) => {
      const read = await this.provider.client.about(this.type, name).read(id, state, inputs);
      if (read.id !== id) throw new Error(`${name}: read ${read.id} and not ${id}`);
    });
  }

  async delete(made: readonly Made[]): Promise<void> {
    await this.each(made, async ({ name, id, state }) => {
      await this.provider.client.about(this.type, name).delete(id, state);
    });
  }

  private async each(items: readonly Made[], work: (item: Made) => Promise<void>): Promise<void> {
    const next = items.values();
    const worker = async () => {
      for (const item of next) await work(item);
    };
    await Promise.all(Array.from({ length: this.parallel }, worker));
  }
}
