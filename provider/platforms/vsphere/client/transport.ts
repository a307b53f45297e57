import type { OperationContext } from "../../../core/operation";
import { HttpClient, type HttpReply } from "../../shared/http";
import type { VsphereSettings } from "../settings";

/** SOAP envelopes over HTTP. vCenter answers faults with status 500, so no status is a failure here. */
export class Transport {
  private readonly http: HttpClient;

  constructor(settings: VsphereSettings) {
    this.http = new HttpClient({ ...settings, platform: "vSphere" });
  }

  /** @param cookie of the session, read when the request's turn comes */
  post(body: string, cookie: (() => string | undefined) | undefined, call: OperationContext): Promise<HttpReply> {
    const request = () => {
      const current = cookie?.();
      const headers = {
        "Content-Type": "text/xml; charset=utf-8",
        SOAPAction: "urn:vim25/6.7",
        ...(current === undefined ? {} : { Cookie: current }),
      };
      return { method: "POST", headers, body, operation: methodOf(body) } as const;
    };
    return this.http.send(request, call);
  }

  close(): void {
    this.http.close();
  }
}

/** The method that an envelope calls. */
function methodOf(envelope: string): string | undefined {
  return /<soapenv:Body><(\w+)/.exec(envelope)?.[1];
}
