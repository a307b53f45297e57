import { SnapstateError } from "../../../errors";
import type { Call } from "../../../waiting";
import { localizedFault, VimFaultError } from "./fault";
import { cancelRetrieve, continueRetrieve, type ReadSpec, type Ref, retrieveProperties } from "./requests";
import type { Session } from "./session";
import { element, list, text, type XmlElement, type XmlValue } from "./xml";

/** One object's properties. A property that is absent is unset on the server. */
export interface ObjectContent {
  ref: Ref;
  properties: Record<string, XmlValue>;
}

/** How much of a reply's missing properties is an error. */
export interface RetrieveOptions {
  /** Objects a page. @default what the server likes */
  pageSize?: number;
  /** Stop after the first page. @default false */
  firstPageOnly?: boolean;
  /** Types whose properties may be missing, such as folders that this user may not see. @default none */
  tolerant?: readonly string[];
}

/**
 * Reads properties of many objects, all pages. Objects that do not exist are left out of the result.
 *
 * Any property that the server could not give is an error: without a session the server answers 200 with every property
 * in a `missingSet`, and taking that for "unset" would be taking a live snapshot for a removed one.
 */
export async function retrieve(
  session: Session,
  spec: ReadSpec,
  call: Call,
  options: RetrieveOptions = {},
): Promise<ObjectContent[]> {
  for (let attempt = 1; ; attempt++) {
    const content = await session.content(call);
    try {
      return await allPages(session, spec, call, options);
    } catch (error) {
      if (!(error instanceof VimFaultError) || error.fault.type !== "NotAuthenticated" || attempt === 2) throw error;
      session.forget(content);
    }
  }
}

async function allPages(
  session: Session,
  spec: ReadSpec,
  call: Call,
  options: RetrieveOptions,
): Promise<ObjectContent[]> {
  const { pageSize, firstPageOnly = false, tolerant = [] } = options;
  const found: ObjectContent[] = [];
  let body = await session.read(({ propertyCollector }) => retrieveProperties(propertyCollector, spec, pageSize), call);
  let name = "RetrievePropertiesExResponse";
  for (;;) {
    const result = element(element(body[name])?.returnval);
    // Nothing at all to report is an empty response.
    for (const value of list(result?.objects)) found.push(readObject(element(value) ?? {}, tolerant, call));
    const token = text(result?.token);
    if (token === undefined || token === "") return found;
    if (firstPageOnly) {
      // A courtesy: the server forgets the token by itself, and the simulator does not know the call.
      await session.read(({ propertyCollector }) => cancelRetrieve(propertyCollector, token), call).catch(() => {});
      return found;
    }
    body = await session.read(({ propertyCollector }) => continueRetrieve(propertyCollector, token), call);
    name = "ContinueRetrievePropertiesExResponse";
  }
}

function readObject(value: XmlElement, tolerant: readonly string[], call: Call): ObjectContent {
  const ref = { type: text(element(value.obj)?.["@type"]) ?? "", id: text(value.obj) ?? "" };
  const properties: Record<string, XmlValue> = {};
  for (const entry of list(value.propSet)) {
    const property = element(entry);
    const name = text(property?.name);
    // Later pages carry unset properties as an entry without a value.
    if (name !== undefined && property?.val !== undefined) properties[name] = property.val;
  }
  refuseMissing(value, ref, tolerant.includes(ref.type), call);
  return { ref, properties };
}

function refuseMissing(value: XmlElement, ref: Ref, tolerated: boolean, call: Call): void {
  for (const entry of list(value.missingSet)) {
    const missing = element(entry);
    const fault = localizedFault(missing?.fault);
    // Without a session nothing is told of anything, which no tolerance is meant for.
    if (fault?.type === "NotAuthenticated") throw new VimFaultError(fault);
    if (tolerated) continue;
    if (fault?.type === "NoPermission") throw new VimFaultError(fault);
    throw new SnapstateError({
      kind: "protocol",
      doing: call.doing,
      answered: `the server did not give ${text(missing?.path)} of ${ref.id}: ${fault?.message || fault?.type}`,
      code: fault?.type,
      hint: "A partial answer proves nothing, so the state was left as it is",
    });
  }
}
