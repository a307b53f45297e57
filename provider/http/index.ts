export { HttpClient, type HttpReply, type HttpRequest, MAX_BODY } from "./client";
export { type Endpoint, type EndpointOptions, endpointUrl, type NetworkSettings, networkSettings } from "./settings";
