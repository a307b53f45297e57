import type { OperationContext } from "./operation-context";
import { detachedContext, raceAbort } from "./race-abort";

/** Milliseconds for which questions are collected into one batch. */
const WINDOW = 12;

interface Waiting<Question, Answer> {
  question: Question;
  call: OperationContext;
  /** Latest time to send it, by `performance.now()`. */
  due: number;
  /** To which others that are asked meanwhile may move that time. */
  latest: number;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** The result of one question of a batch. */
export type Outcome<Answer> = { answer: Answer } | { error: unknown };

/** Batches questions: those asked within one short window, or while a batch is in flight, are sent together. */
export class Batcher<Question, Answer> {
  private waiting: Waiting<Question, Answer>[] = [];
  private busy = false;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param ask answers a batch, in its order; what it throws is the failure of every question in it
   * @param size questions in one batch
   */
  constructor(
    private readonly ask: (questions: readonly Question[], call: OperationContext) => Promise<Outcome<Answer>[]>,
    private readonly size: number,
  ) {}

  /**
   * @param maxDelayMs milliseconds it may wait for others; it joins an earlier batch if one is sent before that
   * @default 12
   * @param patienceMs milliseconds it may wait while others keep coming
   * @default maxDelayMs
   */
  answer(question: Question, call: OperationContext, maxDelayMs = WINDOW, patienceMs = maxDelayMs): Promise<Answer> {
    const found = new Promise<Answer>((resolve, reject) => {
      const now = performance.now();
      for (const one of this.waiting) one.due = Math.max(one.due, Math.min(one.latest, now + WINDOW));
      this.waiting.push({ question, call, due: now + maxDelayMs, latest: now + patienceMs, resolve, reject });
      this.schedule();
    });
    return raceAbort(call, found);
  }

  private schedule(): void {
    clearTimeout(this.timer);
    if (this.busy || this.waiting.length === 0) return;
    const due = Math.min(...this.waiting.map(({ due }) => due));
    this.timer = setTimeout(() => void this.flush(), Math.max(0, due - performance.now()));
  }

  private async flush(): Promise<void> {
    this.busy = true;
    const batch = this.waiting.splice(0, this.size);
    const [first] = batch as [Waiting<Question, Answer>];
    try {
      const questions = batch.map(({ question }) => question);
      const outcomes = await this.ask(questions, detachedContext(first.call));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index] as Outcome<Answer>;
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.answer);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.busy = false;
      // A caller that just got its answer is likely to ask the next question now.
      const soon = performance.now() + WINDOW;
      for (const waiting of this.waiting) waiting.due = Math.max(waiting.due, soon);
      this.schedule();
    }
  }
}
