import { element, text, type XmlElement, type XmlValue, xsiType } from "./xml";

/** A vim25 fault, as data: callers switch on its type, never on its text. */
export interface VimFault {
  /** The vim25 type: `TaskInProgress`, `NoPermission`. */
  type: string;
  /** The server's message, often empty. */
  message: string;
  /** The fault's fields, for example `privilegeId`. */
  detail: XmlElement;
}

/** A call that the server refused with a fault. `errors.ts` converts it to a SnapstateError. */
export class VimFaultError extends Error {
  override readonly name = "VimFaultError";
  constructor(readonly fault: VimFault) {
    super(fault.message || fault.type);
  }
}

/** The fault of a SOAP body, or undefined when the call succeeded. */
export function soapFault(body: XmlElement): VimFault | undefined {
  const fault = element(body.Fault);
  if (fault === undefined) return undefined;
  const detail = element(fault.detail) ?? {};
  const name = Object.keys(detail).find((key) => !key.startsWith("@") && key !== "#text");
  const inner = name === undefined ? undefined : element(detail[name]);
  const code = text(fault.faultcode) ?? "";
  const type = xsiType(inner) ?? name?.replace(/Fault$/, "") ?? code.replace(/^.*:/, "");
  const message = text(fault.faultstring) ?? "";
  return { type: methodNotFound(type, code, message) ? "MethodNotFound" : type, message, detail: inner ?? {} };
}

/** Servers report it in several ways; before API 6.5 as a parser fault without detail. */
function methodNotFound(type: string, code: string, message: string): boolean {
  return type === "MethodNotFound" || (/Client/i.test(code) && /unable to resolve WSDL method name/i.test(message));
}

/** The fault in a task's `info.error`, a LocalizedMethodFault. */
export function localizedFault(value: XmlValue): VimFault | undefined {
  const error = element(value);
  if (error === undefined) return undefined;
  const fault = element(error.fault);
  return {
    type: xsiType(error.fault) ?? "SystemError",
    message: text(error.localizedMessage) ?? "",
    detail: fault ?? {},
  };
}
