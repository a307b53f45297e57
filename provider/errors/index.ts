export { redact, rememberSecret } from "./redact";
export { asSnapstateError, type ErrorFacts, type ErrorKind, isSnapstateError, SnapstateError } from "./snapstate-error";
