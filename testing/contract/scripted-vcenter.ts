import type { Certificate } from "./certificates";
import { httpAnswer, type RawServer, rawServer } from "./raw-server";

/** The reply to one call: a SOAP body, a fault type, or a complete HTTP response. */
export type Answer = { body: string } | { fault: string } | { http: string } | { drop: true };

/** A vCenter with sessions only; the test specifies the replies to other calls. */
export interface ScriptedVcenter extends RawServer {
  /** The method of every call, with its cookie. */
  calls: { method: string; cookie: string | undefined }[];
  /** Replies to the next calls of a method, in order; a method without replies has an empty response. */
  next: Map<string, Answer[]>;
}

export const COOKIE = 'vmware_soap_session="the-cookie"';

export async function scriptedVcenter(certificate: Certificate): Promise<ScriptedVcenter> {
  const calls: ScriptedVcenter["calls"] = [];
  const next: ScriptedVcenter["next"] = new Map();
  const server = await rawServer(certificate, (request, socket) => {
    const method = /Body><(\w+)/.exec(request)?.[1] ?? "";
    calls.push({ method, cookie: /\r\nCookie: (.*)\r\n/.exec(request)?.[1] });
    const answer = next.get(method)?.shift() ?? { body: usual(method) };
    if ("drop" in answer) socket.destroy();
    else if ("http" in answer) socket.write(answer.http);
    else if ("fault" in answer) socket.write(faultAnswer(answer.fault));
    else
      socket.write(
        httpAnswer(envelope(answer.body), {
          headers: method === "Login" ? { "Set-Cookie": `${COOKIE}; Path=/; HttpOnly` } : {},
        }),
      );
  });
  return { ...server, calls, next };
}

function usual(method: string): string {
  if (method !== "RetrieveServiceContent") return `<${method}Response/>`;
  const refs = ["rootFolder", "propertyCollector", "searchIndex", "sessionManager"];
  const content = refs.map((name) => `<${name} type="${name}">${name}</${name}>`).join("");
  return `<RetrieveServiceContentResponse><returnval>${content}<about><instanceUuid>uuid-1</instanceUuid></about></returnval></RetrieveServiceContentResponse>`;
}

const envelope = (body: string) =>
  `<S:Envelope xmlns:S="s" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><S:Body>${body}</S:Body></S:Envelope>`;

function faultAnswer(type: string): string {
  const detail = `<detail><${type}Fault xsi:type="${type}"/></detail>`;
  const fault = `<S:Fault><faultcode>ServerFaultCode</faultcode><faultstring>refused</faultstring>${detail}</S:Fault>`;
  return httpAnswer(envelope(fault), { status: 500 });
}
