/** Remedies for failed connections, by the error code of Node or OpenSSL. */
const HINTS: readonly [RegExp, string][] = [
  [/^EFINGERPRINT$/, "Compare it with the server's certificate, then set `fingerprint`"],
  [
    /^CERT_HAS_EXPIRED$/,
    "Renew the server's certificate, or pin it with `fingerprint`. Is this machine's clock right?",
  ],
  [/^CERT_NOT_YET_VALID$/, "Set this machine's clock, or pin the certificate with `fingerprint`"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "Use a name from the certificate, or pin it with `fingerprint`"],
  [/CERT|SIGNATURE|ISSUER/, "Set `caFile` to the authority, or pin the certificate with `fingerprint`"],
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS/,
    "The server offers no TLS 1.2 or newer; older versions are refused. Update it, or put a proxy with newer TLS in front of it",
  ],
  [/WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/, "The server does not use TLS: check the endpoint's port"],
  [/^EPROTO$|^ERR_(SSL|TLS)_/, "The TLS handshake failed: check the endpoint's port and the server's TLS settings"],
  [
    /^ECONNTIMEOUT$/,
    "Is this machine's address allow-listed (OVHcloud Hosted Private Cloud: allowed networks)? Is a proxy needed?",
  ],
  [/^EPROXY$/, "Check `proxy`, or HTTPS_PROXY and NO_PROXY"],
];

export function hintFor(code: string): string {
  return HINTS.find(([codes]) => codes.test(code))?.[1] ?? "Check the connection's endpoint and the network";
}
