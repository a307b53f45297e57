import { type Clock, realClock } from "./clock";

/** The time by which a call must have ended. Monotonic, so that changing the wall clock does not move it. */
export class Deadline {
  private readonly end: number;

  /**
   * @param milliseconds from now; `Infinity` is refused, since every wait must end
   * @param clock used by the call and everything that waits for it
   */
  constructor(
    private readonly milliseconds: number,
    readonly clock: Clock = realClock,
  ) {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) throw new RangeError(`not a duration: ${milliseconds}`);
    this.end = clock.now() + milliseconds;
  }

  /** Milliseconds left, never negative. */
  get left(): number {
    return Math.max(0, this.end - this.clock.now());
  }

  get passed(): boolean {
    return this.left === 0;
  }

  describe(): string {
    const seconds = this.milliseconds / 1000;
    return seconds >= 120 ? `${Math.round(seconds / 60)} minutes` : `${Number(seconds.toFixed(1))} seconds`;
  }
}
