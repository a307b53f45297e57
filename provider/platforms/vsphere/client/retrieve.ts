import { SnapstateError } from "../../../core/errors";
import type { OperationContext } from "../../../core/operation";
import { localizedFault, VimFaultError } from "./fault";
import { cancelRetrieve, continueRetrieve, type ReadSpec, type Ref, retrieveProperties } from "./requests";
import type { Session } from "./session";
import { element, list, text, type XmlElement, type XmlValue } from "./xml";

/** One object's properties. A property that is absent is unset on the server. */
export interface ObjectContent {
  ref: Ref;
  properties: Record<string, XmlValue>;
  /** Why the server did not give some of them; only with `keepRefusals`. */
  refused?: SnapstateError | VimFaultError;
}

/** Which missing properties of a reply are errors. */
export interface RetrieveOptions {
  /** Objects per page. @default the server's choice */
  pageSize?: number;
  /** Stop after the first page. @default false */
  firstPageOnly?: boolean;
  /** Types whose properties may be missing, such as folders that this user may not see. @default none */
  tolerant?: readonly string[];
  /**
   * Note a refusal on its object instead of throwing it, since the other objects belong to other callers.
   * @default false
   */
  keepRefusals?: boolean;
}

/** A later page could not be read: tokens expire with their session, and each is valid for one call. */
class PagesLostError extends Error {
  constructor(readonly refusal: VimFaultError) {
    super(refusal.message);
  }
}

/**
 * Reads properties of many objects, all pages. Omits objects that do not exist.
 *
 * Any property that the server could not return is an error: without a session the server replies 200 with every
 * property in a `missingSet`. Treating that as "unset" would treat an existing snapshot as removed.
 */
export async function retrieve(
  session: Session,
  spec: ReadSpec,
  call: OperationContext,
  options: RetrieveOptions = {},
): Promise<ObjectContent[]> {
  for (let attempt = 1; ; attempt++) {
    const content = await session.content(call);
    try {
      return await allPages(session, spec, call, options);
    } catch (error) {
      const refusal = error instanceof PagesLostError ? error.refusal : error;
      const restart = error instanceof PagesLostError || isNotAuthenticated(error);
      if (!restart || attempt === 2) throw refusal;
      if (isNotAuthenticated(error)) session.forget(content);
    }
  }
}

function isNotAuthenticated(error: unknown): boolean {
  return error instanceof VimFaultError && error.fault.type === "NotAuthenticated";
}

async function allPages(
  session: Session,
  spec: ReadSpec,
  call: OperationContext,
  options: RetrieveOptions,
): Promise<ObjectContent[]> {
  const { pageSize, firstPageOnly = false } = options;
  const found: ObjectContent[] = [];
  let body = await session.read(({ propertyCollector }) => retrieveProperties(propertyCollector, spec, pageSize), call);
  let name = "RetrievePropertiesExResponse";
  for (;;) {
    const result = element(element(body[name])?.returnval);
    // A response without objects is empty.
    for (const value of list(result?.objects)) found.push(readObject(element(value) ?? {}, options, call));
    const token = text(result?.token);
    if (token === undefined || token === "") return found;
    if (firstPageOnly) {
      // Optional: the server drops the token by itself, and the simulator lacks the call.
      await session.read(({ propertyCollector }) => cancelRetrieve(propertyCollector, token), call).catch(() => {});
      return found;
    }
    body = await session
      .read(({ propertyCollector }) => continueRetrieve(propertyCollector, token), call)
      .catch((error) => {
        throw error instanceof VimFaultError ? new PagesLostError(error) : error;
      });
    name = "ContinueRetrievePropertiesExResponse";
  }
}

function readObject(value: XmlElement, options: RetrieveOptions, call: OperationContext): ObjectContent {
  const { tolerant = [], keepRefusals = false } = options;
  const ref = { type: text(element(value.obj)?.["@type"]) ?? "", id: text(value.obj) ?? "" };
  const properties: Record<string, XmlValue> = {};
  for (const entry of list(value.propSet)) {
    const property = element(entry);
    const name = text(property?.name);
    // Later pages carry unset properties as an entry without a value.
    if (name !== undefined && property?.val !== undefined) properties[name] = property.val;
  }
  const refused = refusal(value, ref, tolerant.includes(ref.type), call);
  if (refused && !keepRefusals) throw refused;
  return { ref, properties, ...(refused ? { refused } : {}) };
}

function refusal(
  value: XmlElement,
  ref: Ref,
  tolerated: boolean,
  call: OperationContext,
): SnapstateError | VimFaultError | undefined {
  for (const entry of list(value.missingSet)) {
    const missing = element(entry);
    const fault = localizedFault(missing?.fault);
    // Without a session every property is missing, which no option tolerates.
    if (fault?.type === "NotAuthenticated") throw new VimFaultError(fault);
    if (tolerated) continue;
    if (fault?.type === "NoPermission") return new VimFaultError(fault);
    return new SnapstateError({
      kind: "protocol",
      operation: call.operation,
      detail: `the server did not return ${text(missing?.path)} of ${ref.id}: ${fault?.message || fault?.type}`,
      code: fault?.type,
      hint: "A partial answer proves nothing, so the state was left as it is",
    });
  }
  return undefined;
}
