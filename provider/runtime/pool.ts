import type { Driver } from "../platforms/contract";
import { type ConnectionSources, defineConnection } from "./definitions";

/** One open driver for each connection name, for the life of a process. */
export class ConnectionPool {
  private readonly open = new Map<string, Driver>();

  constructor(private readonly sources: () => ConnectionSources) {}

  /** @throws SnapstateError `bad-input` when the connection is not defined, or defined wrongly */
  get(name: string): Driver {
    const known = this.open.get(name);
    if (known) return known;
    const { platform, settings } = defineConnection(name, this.sources());
    const driver = platform.connect(settings, (other) => this.get(other));
    this.open.set(name, driver);
    return driver;
  }

  /** Ends every session, ignoring failures to log out. */
  async close(): Promise<void> {
    const drivers = [...this.open.values()];
    this.open.clear();
    await Promise.allSettled(drivers.map((driver) => driver.close()));
  }
}
