// What decisions ask of a body that is too large to be looked at while others wait: found once, where it is parsed.
// Its document comes with long texts cut.

import { type InputReading, inputReading } from '../ledger/bounds/input-reading.ts';
import { NEWEST_CHARACTERS_MAX } from '../policy/request-view.ts';
import { asObject } from '../protocols/json/json-value.ts';
import { shortened } from '../protocols/json/large-document.ts';
import { findMember, topLevelMembers } from '../protocols/json/top-level-json.ts';
import { promptTextOf } from '../protocols/requests/prompt-text.ts';
import { refersToStored } from '../protocols/requests/stored-references.ts';
import { TEXT_CHARACTERS_MAX } from '../protocols/tokens/token-counter.ts';

/** Larger ones are handed over as a digest; others are handed over in a millisecond or two. */
export const DIGEST_BYTES = 2 * 1024 * 1024;

/** A text that a model reads, as far as anybody asks for it. */
export interface PromptDigest {
  readonly characters: number;
  readonly bytes: number;
  /** As much as an estimate counts. */
  readonly beginning: string;
  /** As much as rules look at. */
  readonly newest: string;
}

export interface BodyDigest {
  readonly prompt: PromptDigest;
  readonly input: InputReading;
  readonly refersToStored: boolean;
  /** Where the value of the top-level `model` stands in the text; null where there is none. */
  readonly modelSpan: { readonly start: number; readonly end: number } | null;
}

/** What is kept of all texts together, and of each beyond that. */
const CUT = { charactersMax: 1024 * 1024, longestCharacters: 32 * 1024, keptCharacters: 256 };

/** `document` is what `text` says; its long texts are cut. */
export function digestOf(text: Buffer, document: unknown): { digest: BodyDigest; document: unknown } {
  const prompt = promptTextOf(document);
  const spans = topLevelMembers(text);
  const member = spans === null ? null : findMember(spans, 'model');
  const digest: BodyDigest = {
    prompt: {
      characters: prompt.length,
      bytes: Buffer.byteLength(prompt),
      beginning: prompt.slice(0, TEXT_CHARACTERS_MAX),
      newest: prompt.slice(-NEWEST_CHARACTERS_MAX),
    },
    input: inputReading(document),
    refersToStored: refersToStored(text),
    modelSpan: member && { start: member.valueStart, end: member.valueEnd },
  };
  return { digest, document: shortenedBody(document) };
}

/** With its long texts cut, in place. */
export function shortenedBody<Body>(document: Body): Body {
  const model = asObject(document)?.model;
  const cut = shortened(document, CUT);
  // By this it is priced and limited, however long.
  if (typeof model === 'string') Object.assign(cut as object, { model });
  return cut;
}
