import type { Certificate } from "./certificates";
import { httpAnswer, type RawServer, rawServer } from "./raw-server";

/** How one call is answered: a SOAP body, a fault's type, or a whole HTTP answer by hand. */
export type Answer = { body: string } | { fault: string } | { http: string } | { drop: true };

/** As much of a vCenter as a session needs; what it answers to other calls, a test says. */
export interface ScriptedVcenter extends RawServer {
  /** Every call's method, with the cookie that it carried. */
  calls: { method: string; cookie: string | undefined }[];
  /** Answers to the next calls of a method, in order; a method without any has an empty response. */
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
