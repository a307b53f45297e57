import { HttpClient, type HttpReply } from "../../../http";
import type { Call } from "../../../waiting";
import type { VsphereSettings } from "../settings";

/** SOAP envelopes over HTTP. vCenter answers faults with status 500, so no status is a failure here. */
export class Transport {
  private readonly http: HttpClient;

  constructor(settings: VsphereSettings) {
    this.http = new HttpClient({ ...settings, platform: "vSphere" });
  }

  post(body: string, cookie: string | undefined, call: Call): Promise<HttpReply> {
    const headers = {
      "Content-Type": "text/xml; charset=utf-8",
      SOAPAction: "urn:vim25/6.7",
      ...(cookie === undefined ? {} : { Cookie: cookie }),
    };
    return this.http.send({ method: "POST", headers, body }, call);
  }

  close(): void {
    this.http.close();
  }
}
