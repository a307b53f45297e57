import type { Call } from "./call";
import { shared, within } from "./shared";

/** Milliseconds in which questions gather before they go out as one. */
const WINDOW = 12;

interface Waiting<Question, Answer> {
  question: Question;
  call: Call;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** What became of one question of a batch. */
export type Outcome<Answer> = { answer: Answer } | { error: unknown };

/**
 * Asks many questions at a time: what is asked within one short window, or while a batch is under way, goes out together.
 */
export class Batcher<Question, Answer> {
  private waiting: Waiting<Question, Answer>[] = [];
  private busy = false;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param ask answers a batch, in its order; what it throws is the failure of every question in it
   * @param size questions in one batch
   */
  constructor(
    private readonly ask: (questions: readonly Question[], call: Call) => Promise<Outcome<Answer>[]>,
    private readonly size: number,
  ) {}

  answer(question: Question, call: Call): Promise<Answer> {
    const found = new Promise<Answer>((resolve, reject) => {
      this.waiting.push({ question, call, resolve, reject });
      this.schedule();
    });
    return within(call, found);
  }

  private schedule(): void {
    if (this.busy || this.timer !== undefined || this.waiting.length === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.flush();
    }, WINDOW);
  }

  private async flush(): Promise<void> {
    this.busy = true;
    const batch = this.waiting.splice(0, this.size);
    const [first] = batch as [Waiting<Question, Answer>];
    try {
      const questions = batch.map(({ question }) => question);
      const outcomes = await this.ask(questions, shared(first.call));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index] as Outcome<Answer>;
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.answer);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.busy = false;
      this.schedule();
    }
  }
}
