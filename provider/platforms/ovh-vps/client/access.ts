/** Credentials for the API. */
export type Authentication =
  | { kind: "application"; key: string; secret: string; consumerKey: string }
  | { kind: "service-account"; clientId: string; clientSecret: string; tokenUrl: string }
  | { kind: "token"; token: string };

export interface Access {
  /** Of the API, with the version and without a trailing slash. */
  url: string;
  authentication: Authentication;
}

/** Endpoints that offer VPS, by their names in OVHcloud's own clients. */
export const namedEndpoints: Readonly<Record<string, { url: string; tokenUrl: string }>> = {
  "ovh-eu": { url: "https://eu.api.ovh.com/1.0", tokenUrl: "https://www.ovh.com/auth/oauth2/token" },
  "ovh-ca": { url: "https://ca.api.ovh.com/1.0", tokenUrl: "https://ca.ovh.com/auth/oauth2/token" },
  "ovh-us": { url: "https://api.us.ovhcloud.com/1.0", tokenUrl: "https://us.ovhcloud.com/auth/oauth2/token" },
};
