import { parseId, printId } from "../../resources/shared/ids";
import type { TfResource } from "./catalog";
import type * as proto from "./protocol-types";
import { readObject, writeObject } from "./values";

const TEXT = Buffer.from('"string"');

/** The attributes by which a resource can be imported, as an alternative to its id. */
export const identityAttributes = [
  {
    name: "connection_name",
    type: TEXT,
    optionalForImport: true,
    description: "The connection. Defaults to `default`.",
  },
  {
    name: "target",
    type: TEXT,
    requiredForImport: true,
    description: "The platform's id of the VM; also a path or a name.",
  },
  {
    name: "snapshot",
    type: TEXT,
    requiredForImport: true,
    description: "The platform's id of the snapshot; also its name.",
  },
];

/** The identity of a resource with this id. */
export function identityData(id: string) {
  const { connection, target, snapshot } = parseId(id);
  return { identityData: writeObject({ connection_name: connection, target, snapshot }) };
}

/** Whether resources of this type can be imported by target and snapshot. */
export function hasIdentity({ identity }: TfResource): boolean {
  return identity.includes("target") && identity.includes("name");
}

/** The id for an import by identity. */
export function idOfIdentity(identity: proto.ImportRequest["identity"]): string {
  const { connection_name, target, snapshot } = readObject(identity?.identityData) ?? {};
  return printId({
    connection: String(connection_name ?? "default"),
    target: String(target),
    snapshot: String(snapshot),
  });
}
