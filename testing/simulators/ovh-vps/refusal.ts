/** An error response in OVHcloud's format. */
export class Refusal extends Error {
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 409 | 460 | 500,
    message: string,
    /** Error code for credentials: `INVALID_SIGNATURE`. */
    readonly errorCode?: string,
  ) {
    super(message);
  }

  body(): Record<string, string> {
    const [http, className] = NAMES[this.status];
    const { message, errorCode } = this;
    if (errorCode !== undefined) return { message, httpCode: `${this.status} ${http}`, errorCode };
    return { class: className, message };
  }
}

const NAMES = {
  400: ["Bad Request", "Client::BadRequest"],
  401: ["Unauthorized", "Client::Unauthorized"],
  403: ["Forbidden", "Client::Forbidden"],
  404: ["Not Found", "Client::NotFound"],
  409: ["Conflict", "Client::Conflict"],
  460: ["Expired", "Client::ResourceExpired"],
  500: ["Internal Server Error", "Server::InternalServerError"],
} as const;

export function noSuchService(): Refusal {
  return new Refusal(404, "This service does not exist");
}

export function noSuchObject(what: string): Refusal {
  return new Refusal(404, `The requested object (${what}) does not exist`);
}

export function badParameter(name: string, why: string): Refusal {
  return new Refusal(400, `[${name}] ${why}`);
}
