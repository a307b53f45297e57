import { XMLParser } from "fast-xml-parser";
import { SnapstateError } from "../../../core/errors";

/** An element of a reply: attributes with `@` before their name, children by name, text as `#text` or as the value. */
export type XmlValue = string | XmlElement | XmlValue[] | undefined;
export interface XmlElement {
  [key: string]: XmlValue;
}

/** Elements of vim25 that repeat. One of them alone would otherwise look like an element that does not. */
const LISTS = new Set([
  "rootSnapshotList",
  "childSnapshotList",
  "propSet",
  "objects",
  "missingSet",
  "ManagedObjectReference",
  "VirtualDevice",
  "StorageRequirement",
  "VirtualMachineFileLayoutExFileInfo",
  "VirtualMachineFileLayoutExSnapshotLayout",
  "faultCause",
]);

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  // With removeNSPrefix an `xsi:type` and a reference's own `type` become one attribute and the reference loses its type.
  transformTagName: (name) => name.replace(/^.*:/, ""),
  // The defaults turn the name "007" into 7, "1e5" into 100000 and " x " into "x".
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Character references such as &#xA; are decoded only with this.
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  isArray: (name) => LISTS.has(name),
  // The default of 100 levels throws on a chain of about 90 snapshots, one level each.
  maxNestedTags: 1000,
});

/** @throws SnapstateError `protocol` when the text is not XML, or has a document type. */
export function parseXml(text: string, operation: string): XmlElement {
  const broken = (why: string, cause?: unknown) =>
    new SnapstateError({ kind: "protocol", operation, detail: why, hint: "Is the endpoint a vCenter's /sdk?", cause });
  // SOAP forbids a document type, and entities are defined nowhere else.
  if (/<!DOCTYPE/i.test(text)) throw broken("the answer has a document type, which SOAP forbids");
  let parsed: XmlValue;
  try {
    parsed = parser.parse(text, true) as XmlValue;
  } catch (cause) {
    throw broken("the answer is not XML", cause);
  }
  const body = element(element(element(parsed)?.Envelope)?.Body);
  if (body === undefined) throw broken("the answer is not a SOAP envelope");
  return body;
}

export function element(value: XmlValue): XmlElement | undefined {
  if (Array.isArray(value)) return element(value[0]);
  return typeof value === "object" ? value : undefined;
}

/** The text of an element, with or without attributes; undefined when it is absent. */
export function text(value: XmlValue): string | undefined {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return text(value[0]);
  if (value === undefined) return undefined;
  const inner = value["#text"];
  return typeof inner === "string" ? inner : "";
}

export function list(value: XmlValue): XmlValue[] {
  if (value === undefined || value === "") return [];
  return Array.isArray(value) ? value : [value];
}

/** The `xsi:type` of an element without its prefix. The prefix is the server's choice. */
export function xsiType(value: XmlValue): string | undefined {
  const found = element(value);
  if (found === undefined) return undefined;
  const key = Object.keys(found).find((name) => /^@.+:type$/.test(name));
  return key === undefined ? undefined : text(found[key])?.replace(/^.*:/, "");
}

// Half of a surrogate pair is no character at all, and the wire would turn it into another.
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 cannot carry them, escaped or not
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** Text for an element. @throws SnapstateError `bad-input` for characters that XML 1.0 cannot carry. */
export function escapeXml(value: string): string {
  if (FORBIDDEN.test(value)) {
    throw new SnapstateError({
      kind: "bad-input",
      operation: "write a request",
      detail: "a text has a control character, which XML cannot carry",
    });
  }
  return (
    value
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      // A parser turns a bare carriage return into a line feed.
      .replaceAll("\r", "&#13;")
  );
}
