export { type BackoffOptions, backoff, retryAfter } from "./backoff";
export { type Call, type Progress, throwIfOver } from "./call";
export { Deadline } from "./deadline";
export { shared, whenOver, within } from "./shared";
export { sleep } from "./sleep";
export { Together } from "./together";
