export { nearestName, unknownName } from "./did-you-mean";
export { encodePart, isWellFormed } from "./encode-part";
export { printable } from "./printable";
export { redact, rememberSecret } from "./redact";
export { describeRemedy, plainRemedies, type Remedy, type RemedyWords, wordRemedies } from "./remedy";
export { keepEnvironmentOutOfReports } from "./report";
export {
  asSnapstateError,
  type ErrorFacts,
  type ErrorKind,
  IN_FLIGHT,
  ignoreNotFound,
  isSnapstateError,
  SnapstateError,
} from "./snapstate-error";
export { isUntrusted } from "./untrusted";
export { zodErrorMap } from "./zod-error-map";
