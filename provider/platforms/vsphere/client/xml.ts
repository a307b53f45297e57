import { SaxesParser } from "saxes";
import { SnapstateError } from "../../../core/errors";

/** An element of a reply: attributes with `@` before their name, children by name, text as `#text` or as the value. */
export type XmlValue = string | XmlElement | XmlValue[] | undefined;
export interface XmlElement {
  [key: string]: XmlValue;
}

/** Elements of vim25 that repeat. A single one would otherwise not become an array. */
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

/** Deeper than any chain of snapshots, at one level per snapshot. */
const MAX_DEPTH = 1000;

/** @throws SnapstateError `protocol` when the text is not XML, or has a document type. */
export function parseXml(text: string, operation: string): XmlElement {
  const broken = (why: string, cause?: unknown) =>
    new SnapstateError({ kind: "protocol", operation, detail: why, hint: "Is the endpoint a vCenter's /sdk?", cause });
  // SOAP forbids a document type, and entities are defined nowhere else.
  if (/<!DOCTYPE/i.test(text)) throw broken("the reply has a document type, which SOAP forbids");
  let parsed: XmlElement;
  try {
    parsed = parseDocument(text);
  } catch (cause) {
    throw broken("the reply is not XML", cause);
  }
  const body = element(element(parsed.Envelope)?.Body);
  if (body === undefined) throw broken("the reply is not a SOAP envelope");
  return body;
}

/** References to control characters, which XML 1.0 cannot carry. */
const CONTROL_REFERENCE = /&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));/gi;

interface OpenElement {
  name: string;
  content: XmlElement;
  text: string;
}

/**
 * @throws Error when the text is not well-formed, is nested too deeply, or has an element named like a member of every
 * object.
 */
function parseDocument(xml: string): XmlElement {
  const document: XmlElement = {};
  const open: OpenElement[] = [];
  let oddCharacter = false;
  const addText = (text: string) => {
    oddCharacter = false;
    const current = open.at(-1);
    if (current) current.text += text;
  };
  // Positions are for messages only, and counting lines takes time.
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  // A control character in one name or note must not make the whole reply unreadable.
  parser.on("error", (error) => {
    if (error.message !== "disallowed character.") throw error;
    oddCharacter = true;
  });
  parser.on("opentag", ({ name, attributes }) => {
    // It was not in text, so it is in an attribute, where it could be a "<".
    if (oddCharacter) throw new Error("an attribute has a character that XML cannot carry");
    if (open.length === MAX_DEPTH) throw new Error(`more than ${MAX_DEPTH} levels of elements`);
    const content: XmlElement = {};
    for (const attribute in attributes) content[`@${attribute}`] = attributes[attribute];
    // Attributes of the same name can have different prefixes, so only elements lose their prefix.
    open.push({ name: name.slice(name.lastIndexOf(":") + 1), content, text: "" });
  });
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const { name, content, text } = open.pop() as OpenElement;
    add(open.at(-1)?.content ?? document, name, elementValue(content, text));
  });
  parser.write(xml.replace(CONTROL_REFERENCE, "\ufffd")).close();
  return document;
}

function elementValue(content: XmlElement, text: string): XmlValue {
  for (const _ in content) {
    if (text !== "") content["#text"] = text;
    return content;
  }
  return text;
}

/** Names that every object has; `in` would look them up in the prototype for each element. */
const INHERITED = new Set(Object.getOwnPropertyNames(Object.prototype));

function add(parent: XmlElement, name: string, value: XmlValue): void {
  if (INHERITED.has(name)) throw new Error(`an element has the name ${name}`);
  const before = parent[name];
  if (Array.isArray(before)) before.push(value);
  else if (before !== undefined) parent[name] = [before, value];
  else parent[name] = LISTS.has(name) ? [value] : value;
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

/** The `xsi:type` of an element without its prefix. Prefixes vary by server. */
export function xsiType(value: XmlValue): string | undefined {
  const found = element(value);
  if (found === undefined) return undefined;
  const key = Object.keys(found).find((name) => /^@.+:type$/.test(name));
  return key === undefined ? undefined : text(found[key])?.replace(/^.*:/, "");
}

// Half of a surrogate pair is not a character; encoding would replace it.
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
