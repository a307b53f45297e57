import { channel } from "node:diagnostics_channel";

/** One call to a platform, without its contents: no header, no body, no query. */
export interface TracedCall {
  /** Host and port, or the path of a socket. */
  where: string;
  /** The platform's name of the operation, or method and path. */
  operation: string;
  /** The operation it belongs to. */
  purpose: string;
  /** An HTTP status, `ok`, or `failed`. */
  outcome: string;
  milliseconds: number;
}

const calls = channel("snapstate:call");

/** Makes a call and reports it to the listeners, if there are any. */
export async function traced<T>(
  what: Pick<TracedCall, "where" | "operation" | "purpose">,
  make: () => Promise<T>,
  outcomeOf: (value: T) => string = () => "ok",
): Promise<T> {
  if (!calls.hasSubscribers) return make();
  const began = performance.now();
  const publish = (outcome: string) => {
    const finished: TracedCall = { ...what, outcome, milliseconds: Math.round(performance.now() - began) };
    calls.publish(finished);
  };
  try {
    const value = await make();
    publish(outcomeOf(value));
    return value;
  } catch (error) {
    publish("failed");
    throw error;
  }
}

/** @returns a function that unsubscribes */
export function onCall(listener: (call: TracedCall) => void): () => void {
  const receive = (message: unknown) => listener(message as TracedCall);
  calls.subscribe(receive);
  return () => calls.unsubscribe(receive);
}
