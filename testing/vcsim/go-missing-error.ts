/** Go is not installed, so the vCenter simulator cannot be built. Tests are skipped; a quickstart reports it. */
export class GoMissingError extends Error {
  override readonly name = "GoMissingError";

  constructor() {
    super(
      "The vCenter simulator is a Go program and no `go` is on the PATH. Install Go 1.25 or newer (https://go.dev/dl) " +
        "and run this again; everything that needs no vCenter works without it.",
    );
  }
}
