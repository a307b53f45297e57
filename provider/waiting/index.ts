export { type BackoffOptions, backoff, retryAfter } from "./backoff";
export { Batcher, type Outcome } from "./batcher";
export { type Call, type Progress, throwIfOver } from "./call";
export { type Clock, pause, realClock } from "./clock";
export { Deadline } from "./deadline";
export { cancelSource, shared, whenOver, within } from "./shared";
export { sleep } from "./sleep";
export { type Look, type PolledTask, TaskPoll } from "./task-poll";
export { Together } from "./together";
