import { isSnapstateError } from "./snapstate-error";

/** Whether the server is not trusted or does not speak TLS as required. A retry would not change that. */
export function isUntrusted(error: unknown): boolean {
  return (
    isSnapstateError(error, "unreachable") &&
    /CERT|FINGERPRINT|SIGNATURE|ISSUER|^EPROTO$|^ERR_SSL_/.test(error.code ?? "")
  );
}
