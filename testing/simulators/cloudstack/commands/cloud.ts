import { LIST_RULES, listReply, type ParameterRules } from "../parameters";
import { present, timeText } from "../views/common";
import { zoneView } from "../views/machines";
import type { Command } from "./command";

const PAGED: ParameterRules = {
  page: { type: "number" },
  pagesize: { type: "number" },
  keyword: { type: "text" },
  name: { type: "text" },
};

const listZones: Command = {
  name: "listZones",
  parameters: { ...PAGED, id: { type: "uuid", of: "zones" }, available: { type: "flag" } },
  answer(call) {
    const { parameters, state } = call;
    const id = parameters.text("id");
    const name = parameters.text("name");
    const rows = state.zones.filter((row) => (id ?? row.id) === row.id && (name ?? row.name) === row.name);
    return listReply(call, "zone", rows, zoneView);
  },
};

const listCapabilities: Command = {
  name: "listCapabilities",
  parameters: {},
  answer({ state: { settings } }) {
    return {
      capability: {
        securitygroupsenabled: false,
        dynamicrolesenabled: true,
        cloudstackversion: settings.version,
        userpublictemplateenabled: true,
        supportELB: "false",
        projectinviterequired: false,
        allowusercreateprojects: true,
        customdiskofferingminsize: 1,
        customdiskofferingmaxsize: 1024,
        regionsecondaryenabled: false,
        kvmsnapshotenabled: settings.kvmSnapshotEnabled,
        allowuserviewdestroyedvm: false,
        allowuserexpungerecovervm: false,
        defaultuipagesize: 20,
      },
    };
  },
};

const listProjects: Command = {
  name: "listProjects",
  parameters: { ...LIST_RULES, id: { type: "uuid", of: "projects" }, name: { type: "text" }, state: { type: "text" } },
  answer(call) {
    const { parameters, state, account } = call;
    const id = parameters.text("id");
    const name = parameters.text("name");
    const rows = state.projects
      .filter((row) => account.role === "Admin" || row.members.includes(account))
      .filter((row) => (id ?? row.id) === row.id && (name ?? row.name) === row.name);
    return listReply(call, "project", rows, (row) => ({
      id: row.id,
      name: row.name,
      displaytext: row.displayText,
      domainid: row.owner.domain.id,
      domain: row.owner.domain.name,
      owner: [{ account: row.owner.name, userid: row.owner.userId }],
      state: "Active",
      tags: [],
      created: timeText(row.created),
    }));
  },
};

const listAccounts: Command = {
  name: "listAccounts",
  parameters: { ...LIST_RULES, id: { type: "uuid", of: "accounts" }, name: { type: "text" } },
  answer(call) {
    const { parameters, state, account } = call;
    const name = parameters.text("name");
    const rows = state.accounts
      .filter((row) => row === account || (account.role === "Admin" && parameters.flag("listall")))
      .filter((row) => (parameters.text("id") ?? row.id) === row.id && (name ?? row.name) === row.name);
    return listReply(call, "account", rows, (row) =>
      present({
        id: row.id,
        name: row.name,
        accounttype: row.role === "Admin" ? 1 : 0,
        roletype: row.role,
        rolename: row.role,
        domainid: row.domain.id,
        domain: row.domain.name,
        domainpath: `ROOT${row.domain.path}`.replace(/\/$/, ""),
        snapshotlimit: String(row.limits.snapshot ?? "Unlimited"),
        snapshottotal: state.snapshots.filter((one) => one.account === row && one.state !== "Destroyed").length,
        volumelimit: String(row.limits.volume ?? "Unlimited"),
        templatelimit: String(row.limits.template ?? "Unlimited"),
        state: row.state,
        user: [{ id: row.userId, username: row.name, account: row.name, state: row.state }],
        isdefault: false,
        groups: [],
      }),
    );
  },
};

const listOsTypes: Command = {
  name: "listOsTypes",
  parameters: { ...PAGED, id: { type: "uuid", of: "osTypes" }, description: { type: "text" } },
  answer(call) {
    const { parameters, state } = call;
    const description = parameters.text("description");
    const rows = state.osTypes.filter(
      (row) => (parameters.text("id") ?? row.id) === row.id && (description ?? row.name) === row.name,
    );
    return listReply(call, "ostype", rows, ({ id, name }) => ({ id, description: name, isuserdefined: false }));
  },
};

/** Known commands that everyone but admins is refused, with 432. */
const listHosts: Command = { name: "listHosts", only: "Admin", parameters: {}, answer: () => ({}) };

export const cloudCommands: Command[] = [
  listZones,
  listCapabilities,
  listProjects,
  listAccounts,
  listOsTypes,
  listHosts,
];
