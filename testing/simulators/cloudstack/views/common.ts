import type { Owned, Tag } from "../records";

/** The server's time format: `2026-11-21T05:45:51+0000`. */
export function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 19)}+0000`;
}

/** The time format in generated names: `20261121054551`. */
export function compactTime(time: Date): string {
  return time.toISOString().slice(0, 19).replace(/\D/g, "");
}

/** The owner: an account, or a project instead. */
export function ownerFields(row: Pick<Owned, "account" | "project">, withProjectId = true): object {
  return { ...whoFields(row, withProjectId), ...domainFields(row) };
}

export function whoFields({ account, project }: Pick<Owned, "account" | "project">, withProjectId = true): object {
  if (project === undefined) return { account: account.name };
  return { ...(withProjectId && { projectid: project.id }), project: project.name };
}

export function domainFields({ account }: Pick<Owned, "account">): object {
  return { domainid: account.domain.id, domain: account.domain.name, domainpath: account.domain.path };
}

export function tagFields(row: Owned, resourceType: string, domainPath = true): object[] {
  const { domainpath, ...owner } = ownerFields(row) as { domainpath?: string };
  return row.tags.map(({ key, value }: Tag) => ({
    key,
    value,
    resourcetype: resourceType,
    resourceid: row.id,
    ...owner,
    ...(domainPath && { domainpath }),
  }));
}

/** Removes undefined fields, as Java does for null. */
export function present<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
