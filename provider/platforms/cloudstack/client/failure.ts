/** CloudStack's refusal or failure. It becomes a `SnapstateError` in the driver. */
export class CloudStackFailure extends Error {
  constructor(
    readonly command: string,
    /** `errorcode`: 431, 530, 535. It is also the HTTP status. */
    readonly code: number,
    /** `errortext`. For users it may be hidden behind "Internal error executing command". */
    readonly text: string,
    /** The failed job; undefined if the call was refused immediately. */
    readonly jobId?: string,
    /** Milliseconds to wait, as the server requests. */
    readonly retryAfter?: number,
  ) {
    super(`${command}: ${code} ${text}`);
  }
}
