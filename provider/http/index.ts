export { type Endpoint, HttpClient, type HttpReply, type HttpRequest, MAX_BODY } from "./client";
export { type EndpointOptions, endpointUrl, type NetworkSettings, networkSettings } from "./settings";
