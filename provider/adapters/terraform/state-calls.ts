import { SnapstateError } from "../../core/errors";
import { printId } from "../../resources/shared/ids";
import type { TfResource } from "./catalog";
import { writePrivate } from "./private-state";
import type * as proto from "./protocol-types";
import { answer, resourceNamed } from "./resource-calls";
import { hasIdentity, identityData, idOfIdentity } from "./resource-identity";
import { type TfObject, writeObject } from "./values";

/** The resource of VMware's provider from which a state can be moved. */
const VSPHERE = "vsphere_virtual_machine_snapshot";

/** The calls about states from elsewhere: older versions, imports, other providers. */
export function stateCalls() {
  return {
    async upgradeResourceState({ typeName, rawState }: proto.UpgradeRequest) {
      return answer(`read the state of ${typeName}`, {}, async () => {
        const { attributes } = resourceNamed(typeName);
        const stored = parsed(rawState);
        const object = Object.fromEntries(attributes.map(({ name }) => [name, stored[name] ?? null]));
        return { upgradedState: writeObject(object) };
      });
    },

    async upgradeResourceIdentity({ typeName, rawIdentity }: proto.IdentityRequest) {
      return answer(`read the identity of ${typeName}`, {}, async () => ({
        upgradedIdentity: { identityData: writeObject(parsed(rawIdentity)) },
      }));
    },

    async importResourceState({ typeName, id, identity }: proto.ImportRequest) {
      return answer(`import ${typeName} ${JSON.stringify(id)}`, {}, async () => {
        const resource = resourceNamed(typeName);
        const resourceId = id === "" ? idOfIdentity(identity) : idOfText(id);
        const imported = { typeName, state: writeObject(only(resource, { id: resourceId })), private: NEW };
        return {
          importedResources: [
            { ...imported, ...(hasIdentity(resource) ? { identity: identityData(resourceId) } : {}) },
          ],
        };
      });
    },

    async moveResourceState({ sourceTypeName, sourceState, targetTypeName }: proto.MoveRequest) {
      return answer(`move ${sourceTypeName} to ${targetTypeName}`, {}, async () => {
        const resource = resourceNamed(targetTypeName);
        if (sourceTypeName !== VSPHERE || targetTypeName !== "snapstate_snapshot")
          throw noMove(sourceTypeName, targetTypeName);
        const { id, virtual_machine_uuid: target } = parsed(sourceState);
        if (typeof id !== "string" || typeof target !== "string") throw noMove(sourceTypeName, targetTypeName);
        // VMware's provider names the VM by its BIOS or instance UUID, and the snapshot by vCenter's id.
        const moved = printId({ connection: "default", target, snapshot: id });
        return {
          targetState: writeObject(only(resource, { id: moved })),
          targetPrivate: NEW,
          ...(hasIdentity(resource) ? { targetIdentity: identityData(moved) } : {}),
        };
      });
    },
  };
}

const NEW = writePrivate({ values: {}, imported: true });

/** A state with only these attributes: the read that follows fills in the rest. */
function only({ attributes }: TfResource, known: TfObject): TfObject {
  return Object.fromEntries(attributes.map(({ name }) => [name, known[name] ?? null]));
}

/**
 * Parses `connection/target/snapshot`, whose target may also be an unencoded inventory path:
 * `vcenter//DC0/vm/web-1/before`.
 */
function idOfText(text: string): string {
  const parts = text.split("/");
  const [connection = "", ...rest] = parts;
  if (rest.length <= 2) return text;
  return printId({ connection, target: rest.slice(0, -1).join("/"), snapshot: rest.at(-1) ?? "" });
}

function parsed({ json }: { json: Uint8Array }): TfObject {
  return JSON.parse(Buffer.from(json).toString("utf8"));
}

function noMove(from: string, to: string): SnapstateError {
  return new SnapstateError({
    kind: "unsupported",
    operation: `move ${from} to ${to}`,
    detail: `only ${VSPHERE} moves to snapstate_snapshot`,
    hint: "Remove it from the state with `removed`, and import it",
  });
}
