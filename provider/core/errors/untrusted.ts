import { isSnapstateError } from "./snapstate-error";

/** The server is not one to be trusted, or does not speak TLS as it must. Asking again would not change that. */
export function isUntrusted(error: unknown): boolean {
  return (
    isSnapstateError(error, "unreachable") &&
    /CERT|FINGERPRINT|SIGNATURE|ISSUER|^EPROTO$|^ERR_SSL_/.test(error.code ?? "")
  );
}
