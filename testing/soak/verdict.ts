import type { Sample } from "./worker";

/**
 * Growth between the second and the last quarter that is acceptable: a connection that is kept open, a cache that
 * fills.
 */
const MOST_FILES = 2;
const MOST_HEAP_MIB = 8;

/** Descriptions of leaks; empty if there are none. The first quarter is warm-up. */
export function leaks(samples: readonly Sample[]): string[] {
  const quarter = Math.floor(samples.length / 4);
  if (quarter === 0) return ["too few samples to tell: let it run for longer"];
  const middle = (list: readonly Sample[], of: (sample: Sample) => number) =>
    list.map(of).sort((one, other) => one - other)[Math.floor(list.length / 2)] as number;
  const grown = (of: (sample: Sample) => number) =>
    middle(samples.slice(-quarter), of) - middle(samples.slice(quarter, 2 * quarter), of);
  const files = grown((sample) => sample.files);
  const heap = grown((sample) => sample.heapMib);
  const listeners = Math.max(...samples.map((sample) => sample.listeners));
  return [
    ...(files > MOST_FILES ? [`${files} more open files and sockets`] : []),
    ...(heap > MOST_HEAP_MIB ? [`${heap.toFixed(1)} MiB more heap`] : []),
    ...(listeners > 0 ? [`${listeners} listeners between operations`] : []),
  ];
}
