/** How often to check that the parent is alive, in milliseconds. */
const WATCH = 1000;
/** The process that started this one, which may end at any time from now on. */
const parent = process.ppid;

/** Calls back once when the process that started this one is gone: a killed engine or shell does not end its children. */
export function onParentExit(exited: () => void): void {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    exited();
  }, WATCH).unref();
}
