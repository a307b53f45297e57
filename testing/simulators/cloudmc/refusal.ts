/** An error response in CloudMC's format. */
export class Refusal extends Error {
  constructor(
    readonly status: 400 | 403 | 404 | 405 | 500,
    readonly code: number,
    message: string,
    readonly context?: { id: string; currentState: string; expectedStates: string[]; type: string },
  ) {
    super(message);
  }
}

export function wrongState(id: string, type: string, currentState: string, ...expectedStates: string[]): Refusal {
  const message = `The ${type} is in state ${currentState}, expected ${expectedStates.join(" or ")}.`;
  return new Refusal(400, 2012, message, { id, currentState, expectedStates, type });
}

export function missing(type: string, id: string): Refusal {
  return new Refusal(404, 2006, `The ${type} with id ${id} could not be found.`);
}

export function badField(message: string): Refusal {
  return new Refusal(400, 2010, message);
}
