/** What a create found by its marker, and so took over. */
export interface TakenOver {
  /** The installation, and the target or the kind. */
  place: readonly string[];
  marker: string;
  /** Absent in the state of an interrupted create, which only has the marker. */
  id?: string | undefined;
}

/** {@link Created.takenOver} of it. */
export function takenOverKey({ place, marker, id = "" }: TakenOver): string {
  return [...place, marker, id].join("\n");
}

/** Whether another state of this run has what a state describes, so that its delete must keep it. */
export function isTakenOver(key: string | undefined, state: TakenOver): boolean {
  const own = takenOverKey(state);
  return state.id === undefined ? key?.startsWith(own) === true : key === own;
}
