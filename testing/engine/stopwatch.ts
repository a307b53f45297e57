/** Adds up the time during which at least one of its runs is under way. */
export class Stopwatch {
  private total = 0;
  private running = 0;
  private begun = 0;

  start(): () => void {
    if (this.running++ === 0) this.begun = performance.now();
    return () => {
      if (--this.running === 0) this.total += performance.now() - this.begun;
    };
  }

  get milliseconds(): number {
    return this.total + (this.running > 0 ? performance.now() - this.begun : 0);
  }
}
