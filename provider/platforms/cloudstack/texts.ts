import {
  decodeMarkedName,
  decodeText,
  encodeMarkedName,
  encodeText,
  isSameText,
  markerOnly,
  type SnapshotText,
} from "../ownership";
import type { Entity } from "./client/replies";
import { textOf } from "./kinds";

/*
 * Where the name and description of a snapshot are stored.
 *
 * - A volume snapshot has a name and no description, and its tags are added when its job runs. So the marker is at the
 *   end of the name, from the first moment, and the description in tags of the same request.
 * - A VM snapshot has both, with up to 255 characters.
 * - Neither can be edited. A changed or too long description is stored in tags, which take precedence.
 *
 * A tag cannot be overwritten, so each edit writes a new generation of tags before it removes the older ones:
 * `snapstate.text.<generation>.<part>-<parts>`. The newest complete one is valid. Tag values cannot contain four-byte
 * characters (`resource_tags.value` is utf8mb3), so these are escaped.
 */

/** Written below the description of a VM snapshot taken with quiesce: CloudStack does not report it later. */
const QUIESCED = "\n[quiesced]";
const TEXT_KEY = "snapstate.text.";
const KEY_PARTS = /^snapstate\.text\.(\d+)\.(\d+)-(\d+)$/;
const CONSISTENCY_KEY = "snapstate.consistency";
/** Maximum characters of names, descriptions and tag values. */
export const MAX_TEXT = 255;
/** A tag's value must not be empty, nor start or end with a space. */
const CHUNK = MAX_TEXT - 2;

export interface Texts extends SnapshotText {
  name: string;
  quiesced: boolean;
}

export type Tags = Record<string, string>;

/** @throws SnapstateError `bad-input` for a name that is too long */
export function volumeSnapshotTexts(texts: Texts, operation: string): { name: string; tags: Tags } {
  const { name, quiesced } = texts;
  const marker = markerOnly(texts);
  return {
    name: encodeMarkedName(name, marker, MAX_TEXT, operation),
    tags: {
      ...(isSameText(texts, marker) ? {} : textTags(texts)),
      ...(quiesced ? { [CONSISTENCY_KEY]: "filesystem" } : {}),
    },
  };
}

/** `tags` need a second call, since VM snapshots cannot be created with tags. */
export function vmSnapshotTexts(texts: Omit<Texts, "name">): { description: string; tags: Tags } {
  const { quiesced } = texts;
  const description = encodeText(texts);
  const whole = quiesced ? description + QUIESCED : description;
  // A text that ends in that word itself would lose it when read.
  const endsInQuiesced = !quiesced && description.endsWith(QUIESCED);
  if ([...whole].length <= MAX_TEXT && !endsInQuiesced) return { description: whole, tags: {} };
  const marker = encodeText(markerOnly(texts));
  return { description: quiesced ? marker + QUIESCED : marker, tags: textTags(texts) };
}

export function readVolumeSnapshot(row: Entity): Texts {
  const { name, ...text } = decodeMarkedName(textOf(row, "name") ?? "");
  const tags = tagsOf(row);
  return { name, ...(taggedText(tags) ?? text), quiesced: tags[CONSISTENCY_KEY] === "filesystem" };
}

export function readVmSnapshot(row: Entity): Texts {
  const stored = textOf(row, "description") ?? "";
  const quiesced = stored.endsWith(QUIESCED);
  return {
    name: textOf(row, "displayname") ?? textOf(row, "name") ?? "",
    ...(taggedText(tagsOf(row)) ?? decodeText(quiesced ? stored.slice(0, -QUIESCED.length) : stored)),
    quiesced,
  };
}

/**
 * Each value is enclosed in slashes, since tags refuse an empty value.
 * @param generation above that of the existing tags
 */
export function textTags(described: SnapshotText, generation = 1): Tags {
  const text = escapeWide(encodeText(described));
  const parts = Math.max(1, Math.ceil(text.length / CHUNK));
  const chunk = (part: number) => text.slice(part * CHUNK, (part + 1) * CHUNK);
  return Object.fromEntries(
    Array.from({ length: parts }, (_, part) => [`${TEXT_KEY}${generation}.${part + 1}-${parts}`, `|${chunk(part)}|`]),
  );
}

/** The generation of tags that replace those of the row. */
export function nextGeneration(row: Entity): number {
  const generations = textKeys(row).map((key) => Number(KEY_PARTS.exec(key)?.[1] ?? 0));
  return Math.max(0, ...generations) + 1;
}

/** Escapes four-byte characters as `\u{1f600}`, and the start of text that looks like an escape. */
function escapeWide(text: string): string {
  const escaped = text.replace(/\\u\{/g, "\\u{5c}u{");
  return escaped.replace(/[\u{10000}-\u{10ffff}]/gu, (wide) => `\\u{${wide.codePointAt(0)?.toString(16)}}`);
}

function unescapeWide(text: string): string {
  return text.replace(/\\u\{(5c|[0-9a-f]{5,6})\}/g, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );
}

/** Keys of the tags with the present description. */
export function textKeys(row: Entity): string[] {
  return Object.keys(tagsOf(row)).filter((key) => key.startsWith(TEXT_KEY));
}

/** The text of the newest complete generation. */
function taggedText(tags: Tags): SnapshotText | undefined {
  const generations = new Map<number, string[]>();
  for (const [key, value] of Object.entries(tags)) {
    const [, generation, part, parts] = KEY_PARTS.exec(key) ?? [];
    if (generation === undefined) continue;
    const chunks = generations.get(Number(generation)) ?? Array.from<string>({ length: Number(parts) });
    if (chunks.length === Number(parts)) chunks[Number(part) - 1] = value.slice(1, -1);
    generations.set(Number(generation), chunks);
  }
  const complete = [...generations].filter(([, chunks]) => chunks.every((chunk) => chunk !== undefined));
  const newest = complete.sort(([a], [b]) => b - a)[0];
  return newest && decodeText(unescapeWide(newest[1].join("")));
}

function tagsOf(row: Entity): Tags {
  const list = (row.tags ?? []) as { key: string; value?: string }[];
  return Object.fromEntries(list.map(({ key, value = "" }) => [key, value]));
}

/** `tags[0].key=a&tags[0].value=b`, the API's form of maps. */
export function tagParameters(tags: Tags): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([key, value], index) => [
      [`tags[${index}].key`, key],
      [`tags[${index}].value`, value],
    ]),
  );
}
