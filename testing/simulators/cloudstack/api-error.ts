/** The management server's error code for each kind of Java exception. */
export const CS_CODES = {
  /** `CloudRuntimeException` */
  runtime: 4250,
  /** `InvalidParameterValueException` */
  invalidValue: 4350,
  /** `PermissionDeniedException` */
  permission: 4365,
  /** `ResourceAllocationException` */
  allocation: 4370,
  /** All `ServerApiException`. */
  api: 9999,
} as const;

/** An error of the API in its own words. The HTTP status is the error code. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly csCode: number | undefined,
    text: string,
    /** What an admin sees instead of a masked text. */
    readonly forAdmins?: string,
  ) {
    super(text);
    this.name = "ApiError";
  }

  as(role: "User" | "Admin"): ApiError {
    if (role === "User" || this.forAdmins === undefined) return this;
    return new ApiError(this.code, this.csCode, this.forAdmins);
  }

  /** @param wrapper name of the object around the error, `createsnapshotresponse` or `errorresponse` */
  reply(wrapper: string): { status: number; body: object; headers: Record<string, string> } {
    const error = {
      uuidList: [],
      errorcode: this.code,
      ...(this.csCode !== undefined && { cserrorcode: this.csCode }),
      errortext: this.message,
    };
    // Headers allow only Latin-1; the server itself replaces the rest.
    const description = this.message.replace(/[^\x20-\x7e\xa0-\xff]/g, "?");
    return {
      status: this.code,
      headers: this.csCode === undefined ? {} : { "X-Description": description },
      body: { [wrapper]: error },
    };
  }
}

/** A bad signature, an expired one, an unknown key and an unknown command all have the same message. */
export const notVerified = () =>
  new ApiError(401, undefined, "unable to verify user credentials and/or request signature");

export const invalidValue = (text: string) => new ApiError(431, CS_CODES.invalidValue, text);

export const noPermission = () =>
  new ApiError(531, CS_CODES.permission, "Caller does not have permission to operate with provided resource.");

/** What other callers than admins see of most unexpected failures. */
export const MASKED = "Internal error executing command, please contact your system administrator";

/** @param forAdmins the cause, which tenants do not see */
export const masked = (forAdmins: string, csCode: number = CS_CODES.runtime) =>
  new ApiError(530, csCode, MASKED, forAdmins);
