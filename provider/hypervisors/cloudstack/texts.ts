import { markedName, splitMarkedName } from "../marked-name";
import type { Entity } from "./client/replies";
import { textOf } from "./kinds";

/*
 * Where name and description of a point are kept.
 *
 * - A volume snapshot has a name and no description, and tags come only when its job runs. So the marker stands at the end
 *   of the name, from the first moment on, and the rest of the description in tags of the same request.
 * - A VM snapshot has both, of at most 255 characters.
 * - Neither can be edited. A description that is changed later, or is too long, is kept in tags, which then count.
 */

const LAST_LINE = /\[snapstate:[a-z2-7]{26}\]\s*$/;
/** Written below the description of a VM snapshot that was asked to be quiesced: CloudStack does not tell later. */
const QUIESCED = "\n[quiesced]";
const TEXT_KEY = "snapstate.text.";
const CONSISTENCY_KEY = "snapstate.consistency";
/** Characters that names, descriptions and the values of tags may have. */
export const MAX_TEXT = 255;
/** A tag's value may not be empty, and blanks at its ends must not be at its ends. */
const CHUNK = MAX_TEXT - 2;

export interface Texts {
  name: string;
  description: string;
  quiesced: boolean;
}

export type Tags = Record<string, string>;

/** The marker's line of a description, which is what must be there from the first moment. */
function markerLine(description: string): string {
  return LAST_LINE.exec(description)?.[0].trim() ?? "";
}

/** @throws SnapstateError `bad-input` for a name that is too long */
export function volumeSnapshotTexts(texts: Texts, doing: string): { name: string; tags: Tags } {
  const { name, description, quiesced } = texts;
  const marker = markerLine(description);
  return {
    name: markedName(name, marker, MAX_TEXT, doing),
    tags: {
      ...(description === marker ? {} : textTags(description)),
      ...(quiesced ? { [CONSISTENCY_KEY]: "filesystem" } : {}),
    },
  };
}

/** `tags` are for a second call, since VM snapshots take none when they are made. */
export function vmSnapshotTexts({ description, quiesced }: Texts): { description: string; tags: Tags } {
  const whole = quiesced ? description + QUIESCED : description;
  // A text that itself ends in that word would be read without it.
  const looksQuiesced = !quiesced && description.endsWith(QUIESCED);
  if ([...whole].length <= MAX_TEXT && !looksQuiesced) return { description: whole, tags: {} };
  const marker = markerLine(description);
  return { description: quiesced ? marker + QUIESCED : marker, tags: textTags(description) };
}

export function readVolumeSnapshot(row: Entity): Texts {
  const { name, description } = splitMarkedName(textOf(row, "name") ?? "");
  const tags = tagsOf(row);
  return {
    name,
    description: taggedText(tags) ?? description,
    quiesced: tags[CONSISTENCY_KEY] === "filesystem",
  };
}

export function readVmSnapshot(row: Entity): Texts {
  const stored = textOf(row, "description") ?? "";
  const quiesced = stored.endsWith(QUIESCED);
  return {
    name: textOf(row, "displayname") ?? textOf(row, "name") ?? "",
    description: taggedText(tagsOf(row)) ?? (quiesced ? stored.slice(0, -QUIESCED.length) : stored),
    quiesced,
  };
}

/** Each value stands between two strokes: tags refuse an empty one. */
export function textTags(description: string): Tags {
  const characters = [...description];
  const tags: Tags = {};
  for (let part = 0; part === 0 || part * CHUNK < characters.length; part++) {
    tags[`${TEXT_KEY}${part + 1}`] = `|${characters.slice(part * CHUNK, (part + 1) * CHUNK).join("")}|`;
  }
  return tags;
}

/** Keys of the tags that hold a description now. */
export function textKeys(row: Entity): string[] {
  return Object.keys(tagsOf(row)).filter((key) => key.startsWith(TEXT_KEY));
}

function taggedText(tags: Tags): string | undefined {
  if (tags[`${TEXT_KEY}1`] === undefined) return undefined;
  let text = "";
  for (let part = 1; ; part++) {
    const value = tags[`${TEXT_KEY}${part}`];
    if (value === undefined) return text;
    text += value.slice(1, -1);
  }
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
