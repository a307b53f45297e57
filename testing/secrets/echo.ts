import type { SimulatedReply, SimulatedRequest } from "../simulators/http-simulator";
import { type Canary, repeated } from "./canary";

export type Echo = "vsphere" | "cloudstack" | "cloudmc" | "ovh-vps" | "proxmox";

/** A refusal in the platform's format that repeats the whole request, and the credentials in all encodings. */
export function echoReply(
  platform: Echo,
  how: "auth" | "refused" | "garbage",
  request: SimulatedRequest,
  canaries: readonly Canary[],
): SimulatedReply {
  const lines = [request.target, ...Object.entries(request.headers).map(([name, value]) => `${name}=${value}`)];
  const said = [...lines, request.body, ...canaries.map(repeated)].join(" ");
  // Headers allow no other characters; request ids are shown too.
  const id = canaries.map(({ value }) => encodeURIComponent(value)).join("-");
  if (how === "garbage") return { status: 200, body: `<html><p>${said}` };
  const reply = REPLIES[platform](said, how === "auth");
  return { ...reply, headers: { "X-Request-Id": id, "X-Ovh-QueryID": id } };
}

const REPLIES: Record<Echo, (said: string, auth: boolean) => SimulatedReply> = {
  vsphere: (said, auth) => {
    const type = auth ? "InvalidLogin" : "NoPermission";
    const text = said.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const detail = `<detail><${type}Fault xsi:type="${type}"><privilegeId>${text}</privilegeId></${type}Fault></detail>`;
    const fault = `<S:Fault><faultcode>ServerFaultCode</faultcode><faultstring>${text}</faultstring>${detail}</S:Fault>`;
    const xmlns =
      'xmlns:S="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
    return { status: 500, body: `<S:Envelope ${xmlns}><S:Body>${fault}</S:Body></S:Envelope>` };
  },
  cloudstack: (errortext, auth) => {
    const errorcode = auth ? 401 : 530;
    return { status: errorcode, body: JSON.stringify({ errorresponse: { errorcode, errortext } }) };
  },
  cloudmc: (message, auth) => ({
    status: auth ? 401 : 400,
    body: JSON.stringify({ errors: [{ code: message, message }] }),
  }),
  proxmox: (message, auth) => ({
    status: auth ? 403 : 500,
    body: JSON.stringify({ data: null, message, errors: { [message]: message } }),
  }),
  "ovh-vps": (message, auth) => ({
    status: auth ? 403 : 400,
    body: JSON.stringify({ message, errorCode: auth ? "INVALID_CREDENTIAL" : message, class: message }),
  }),
};
