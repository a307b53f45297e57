import type { ApiCall } from "./call";

/** Calls about the caller's identity. */
export const accountCalls: ApiCall[] = [
  {
    call: "GET /auth/details",
    run: ({ world, request }) => ({
      account: world.accountName,
      allowedRoutes: null,
      description: null,
      identities: [],
      method: request.headers.authorization === undefined ? "credential" : "oauth2",
      roles: [],
      user: null,
    }),
  },
  {
    call: "GET /me",
    run: ({ world }) => ({ nichandle: world.accountName, ovhSubsidiary: "FR", currency: { code: "EUR", symbol: "€" } }),
  },
];
