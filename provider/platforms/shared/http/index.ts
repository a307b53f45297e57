export { HttpClient, type HttpReply, type HttpRequest, MAX_BODY } from "./client";
export { parseBody } from "./parse";
export { READ_TRIES, type RetryReadRules, retryRead, unanswered } from "./retry-read";
export { type Endpoint, type EndpointOptions, endpointUrl, type NetworkSettings, networkSettings } from "./settings";
