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
 * Where name and description of a snapshot are kept.
 *
 * - A volume snapshot has a name and no description, and tags come only when its job runs. So the marker stands at the end
 *   of the name, from the first moment on, and the rest of the description in tags of the same request.
 * - A VM snapshot has both, of at most 255 characters.
 * - Neither can be edited. A description that is changed later, or is too long, is kept in tags, which then count.
 *
 * A tag cannot be overwritten, so that each edit writes a generation of tags of its own before it removes the older ones:
 * `snapstate.text.<generation>.<part>-<parts>`. The newest that is complete counts. Values of tags hold no character of four bytes
 * (`resource_tags.value` is utf8mb3), so that these are escaped.
 */

/** Written below the description of a VM snapshot that was asked to be quiesced: CloudStack does not tell later. */
const QUIESCED = "\n[quiesced]";
const TEXT_KEY = "snapstate.text.";
const KEY_PARTS = /^snapstate\.text\.(\d+)\.(\d+)-(\d+)$/;
const CONSISTENCY_KEY = "snapstate.consistency";
/** Characters that names, descriptions and the values of tags may have. */
export const MAX_TEXT = 255;
/** A tag's value may not be empty, and blanks at its ends must not be at its ends. */
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

/** `tags` are for a second call, since VM snapshots take none when they are made. */
export function vmSnapshotTexts(texts: Omit<Texts, "name">): { description: string; tags: Tags } {
  const { quiesced } = texts;
  const description = encodeText(texts);
  const whole = quiesced ? description + QUIESCED : description;
  // A text that itself ends in that word would be read without it.
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

/** Each value stands between two strokes: tags refuse an empty one. @param generation above that of the tags that are there */
export function textTags(described: SnapshotText, generation = 1): Tags {
  const text = escapeWide(encodeText(described));
  const parts = Math.max(1, Math.ceil(text.length / CHUNK));
  const chunk = (part: number) => text.slice(part * CHUNK, (part + 1) * CHUNK);
  return Object.fromEntries(
    Array.from({ length: parts }, (_, part) => [`${TEXT_KEY}${generation}.${part + 1}-${parts}`, `|${chunk(part)}|`]),
  );
}

/** The generation for tags that are to replace those of the row. */
export function nextGeneration(row: Entity): number {
  const generations = textKeys(row).map((key) => Number(KEY_PARTS.exec(key)?.[1] ?? 0));
  return Math.max(0, ...generations) + 1;
}

/** Characters of four bytes as `\u{1f600}`, and the beginning of what would read like one. */
function escapeWide(text: string): string {
  const escaped = text.replace(/\\u\{/g, "\\u{5c}u{");
  return escaped.replace(/[\u{10000}-\u{10ffff}]/gu, (wide) => `\\u{${wide.codePointAt(0)?.toString(16)}}`);
}

function unescapeWide(text: string): string {
  return text.replace(/\\u\{(5c|[0-9a-f]{5,6})\}/g, (_, code: string) =>
    String.fromCodePoint(Number.parseInt(code, 16)),
  );
}

/** Keys of the tags that hold a description now. */
export function textKeys(row: Entity): string[] {
  return Object.keys(tagsOf(row)).filter((key) => key.startsWith(TEXT_KEY));
}

/** The text of the newest generation that is complete. */
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

/** `tags[0].key=a&tags[0].value=b`, as the API wants maps. */
export function tagParameters(tags: Tags): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tags).flatMap(([key, value], index) => [
      [`tags[${index}].key`, key],
      [`tags[${index}].value`, value],
    ]),
  );
}
