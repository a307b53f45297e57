import { resources } from "../catalog";
import { dataSources } from "../data-sources";
import { providerAttributes } from "../provider-calls";
import { hasIdentity } from "../resource-identity";
import type { Attribute, TfType } from "../types";

/** Pages in the registry's layout, by their path below docs/terraform. @param example the text of a file of examples/terraform/pages */
export function renderDocs(example: (file: string) => string): Map<string, string> {
  const pages = new Map([["index.md", indexPage(example("provider.tf"))]]);
  for (const [typeName, resource] of resources()) {
    const name = typeName.replace("snapstate_", "");
    const parts = [head(typeName, "resource", resource.lifecycle.description), usage(example(`${typeName}.tf`))];
    parts.push(schema(resource.attributes));
    if (hasIdentity(resource)) parts.push(IMPORT.replaceAll("TYPE", typeName));
    pages.set(`resources/${name}.md`, page(parts));
  }
  for (const [typeName, { description, attributes }] of dataSources()) {
    const name = typeName.replace("snapstate_", "");
    const parts = [
      head(typeName, "data source", description),
      usage(example(`data_${typeName}.tf`)),
      schema(attributes),
    ];
    pages.set(`data-sources/${name}.md`, page(parts));
  }
  return pages;
}

const IMPORT = `## Import

By id, \`connection/target/snapshot\`, whose parts are the platform's ids, or names; by inventory path; or by identity:

\`\`\`terraform
import {
  to = TYPE.one
  id = "default/vm-42/snapshot-77"
}
\`\`\`

\`\`\`terraform
import {
  to = TYPE.one
  id = "default//DC0/vm/web-1/before-release"
}
\`\`\`

\`\`\`terraform
import {
  to = TYPE.one
  identity = {
    target   = "vm-42"
    snapshot = "snapshot-77"
  }
}
\`\`\`

An import changes nothing on the platform, and the plan after it is empty if the configuration matches.`;

const OVERVIEW = `Virtual machine snapshots as declared infrastructure: taken, edited in place, replaced, reverted to, pruned and imported, with drift
detection, on VMware vSphere, Apache CloudStack, CloudMC, OVHcloud VPS, Proxmox VE and QEMU. The provider is a Node program: it needs Node 20.9 or newer on
the machine that runs OpenTofu or Terraform. It keeps its compiled code for the next start in the user's cache folder (\`~/.cache/snapstate\` on
Linux), unless \`NODE_DISABLE_COMPILE_CACHE\` is set.

A snapshot is not a backup: most platforms keep it on the storage of the VM it belongs to.`;

const NOTES = `## What is particular

- **owner.** A provider does not get the address of a resource, so a resource's identity is \`owner\`, type, connection, target and name. An interrupted run finds its snapshot by that identity, and takes no second one. Use one owner for each root module and workspace
  (\`"web-\${terraform.workspace}"\`), and never change it. Two configurations with the same owner treat each other's snapshots as their own. Two resources with the same identity in one configuration are an error.
- **create_before_destroy.** Terraform destroys first by default: a replacement deletes the old restore point, and then takes the new one. Every
  replacement is planned with a warning; set \`lifecycle { create_before_destroy = true }\` for the other order. On platforms with one snapshot per VM (OVHcloud VPS), only the default order is possible.
- **-replace and taint.** With \`create_before_destroy\`, a forced replacement of an unchanged resource looks like the end of an interrupted create: the snapshot is kept, with a warning. To take a new one, change \`triggers\`. The line above its marker counts that (\`claim 1\`), so that the old state, which remains if the run fails, cannot delete it later.
- **hold.** A snapshot on hold is neither deleted nor replaced. \`plan\` refuses the destroy. Set \`hold = false\` in a separate apply.
- **Moving from vsphere_virtual_machine_snapshot.** A \`moved\` block takes the state over, while VMware's provider is still installed:
  \`moved { from = vsphere_virtual_machine_snapshot.x, to = snapstate_snapshot.x }\`. The connection must have the name \`default\`.
- **Union types** do not exist in Terraform: \`target\`, durations and \`adopt_existing\` are strings. \`target\` takes an inventory path, a UUID, the
  platform's id or a name.
- **Saved plans.** \`tofu plan -out=FILE\` stores the values of all variables in the file, in plain text, sensitive ones too. Treat the file as a
  secret, or set credentials in the environment (\`SNAPSTATE_DEFAULT_PASSWORD\`), from where they reach neither plan nor state.
- **Connections that the same apply creates.** When a setting is not known before the apply, new resources of that connection are planned
  without reading the platform, with a warning. Resources that exist cannot be planned: apply what the setting depends on first, with
  \`-target\`.
- **Killed engines** leave their state locked, as with any provider. The provider exits within a few seconds.
`;

function indexPage(example: string): string {
  const title =
    '---\npage_title: "snapstate provider"\ndescription: "Snapshots of virtual machines as declared infrastructure."\n---';
  return page([title, "# snapstate provider", OVERVIEW, usage(example), NOTES.trim(), schema(providerAttributes())]);
}

function head(typeName: string, kind: string, description: string): string {
  const front = `---\npage_title: "${typeName}"\ndescription: ${JSON.stringify(description)}\n---`;
  return `${front}\n\n# ${typeName} (${kind})\n\n${description}`;
}

function usage(example: string): string {
  return `## Example\n\n\`\`\`terraform\n${example.trim()}\n\`\`\``;
}

function page(parts: string[]): string {
  return `${parts.join("\n\n")}\n`;
}

function schema(attributes: readonly Attribute[]): string {
  const nested: string[] = [];
  const groups: [string, Attribute["mode"][]][] = [
    ["Required", ["required"]],
    ["Optional", ["optional", "optional-computed"]],
    ["Read-only", ["computed"]],
  ];
  const lists = groups.flatMap(([title, modes]) => {
    const lines = attributes.filter(({ mode }) => modes.includes(mode)).map((one) => line(one, nested));
    return lines.length > 0 ? [`### ${title}\n\n${lines.join("\n")}`] : [];
  });
  return ["## Schema", ...lists, ...nested].join("\n\n");
}

function line({ name, type, description, sensitive }: Attribute, nested: string[]): string {
  const inner = type.is === "list" || type.is === "map" ? type.of : type;
  if (inner.is === "object") {
    const place = nested.push("") - 1;
    nested[place] = `### ${name}\n\n${inner.attributes.map((one) => line(one, nested)).join("\n")}`;
  }
  return `- \`${name}\` (${named(type)}${sensitive ? ", sensitive" : ""}) ${description}`.trimEnd();
}

function named(type: TfType): string {
  if (type.is === "list" || type.is === "map") return `${type.is} of ${named(type.of)}`;
  return type.is;
}
