// What of a request may be answered by a similar request: the text of its last user turn. All else must be equal,
// and makes the partition. Whatever is not known to be plain text and nothing else is no such request.

import { type CacheKey, KEY_PARTS, type KeyMaker, type KeyPart } from '../cache-key.ts';
import { canonicalItems } from '../canonical-json.ts';
import { doubtfulWording } from './wording.ts';

/** What a similar request may be found by. */
export interface Question {
  /** The last user turn, as its user wrote it. */
  readonly text: string;
  /** Hash of all else that the key has, and of the embedder: only within it are questions compared. */
  readonly partition: string;
  /** The same without caller, address and headers: what a body alone tells. */
  readonly bodyPartition: string;
}

/** Why a request has no question: the rule's name, for counting, and the reason for people. */
export interface NoQuestion {
  readonly rule: string;
  readonly reason: string;
}

/** A longer turn is seldom asked twice in other words, and embedders read no more than the beginning. */
const QUESTION_CHARACTERS_MAX = 500;
/** A client that sets a higher temperature wants variety. */
const TEMPERATURE_MAX = 1;

/** The field with the turns, and the kinds of text blocks that a user's turn may have there. */
const TURNS_OF_ENDPOINT: Readonly<Record<string, { readonly field: string; readonly block: string }>> = {
  messages: { field: 'messages', block: 'text' },
  'chat/completions': { field: 'messages', block: 'text' },
  responses: { field: 'input', block: 'input_text' },
};

/** Fields that put more into play than text: tools, other media, an answer that is given in part. */
const FIELDS_IN_PLAY = [
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'audio',
  'modalities',
  'prediction',
  'include',
];
/** What is neither text nor a plain turn, anywhere in the turns. */
const MEDIA_OR_TOOLS =
  /"type":"(?!text"|input_text"|output_text"|message"|thinking"|redacted_thinking"|reasoning"|summary_text"|ephemeral"|refusal")|"(?:tool_calls|tool_call_id|function_call)":(?!null)|"role":"(?:tool|function)"/;

export function readQuestion(
  keys: KeyMaker,
  key: CacheKey,
  endpoint: string,
  document: unknown,
  embedderId: string,
): Question | NoQuestion {
  const turns = TURNS_OF_ENDPOINT[endpoint];
  if (turns === undefined) return { rule: 'endpoint', reason: `similar ${endpoint} are not compared` };
  const body = document as Readonly<Record<string, unknown>>;
  const inPlay = FIELDS_IN_PLAY.find((name) => isSet(body[name]));
  if (inPlay !== undefined) return { rule: 'more than text', reason: `the request has ${inPlay}` };
  if (typeof body.temperature === 'number' && body.temperature > TEMPERATURE_MAX)
    return { rule: 'temperature', reason: `a temperature of ${body.temperature} asks for variety` };
  const [field, ...others] = key.turns;
  if (field === undefined || others.length > 0 || field[0] !== turns.field)
    return { rule: 'more than text', reason: `its turns are not in ${turns.field} alone` };
  const last = splitLastTurn(field[1], turns.block);
  if (last === null) return { rule: 'more than text', reason: 'its last turn is no plain text of a user' };
  const doubt = doubtOf(last.text);
  if (doubt !== null) return doubt;
  const outside: readonly KeyPart[] = ['caller', 'address', 'headers', 'turns'];
  const inBody = KEY_PARTS.filter((part) => !outside.includes(part)).map((part) => key.parts[part]);
  const bodyPartition = keys.hash(
    JSON.stringify(['semantic', endpoint, embedderId, ...inBody, keys.hash(last.rest)]),
  );
  const { caller, address, headers } = key.parts;
  return {
    text: last.text,
    bodyPartition,
    partition: keys.hash(['semantic', bodyPartition, caller, address, headers].join('.')),
  };
}

export function isQuestion(question: Question | NoQuestion): question is Question {
  return 'partition' in question;
}

/** Why a text by itself is not to be answered by a similar one's answer. */
export function doubtOf(text: string): NoQuestion | null {
  if (!/[\p{L}\p{N}]/u.test(text)) return { rule: 'empty', reason: 'its last turn has no words' };
  if (text.length > QUESTION_CHARACTERS_MAX)
    return {
      rule: 'length',
      reason: `its last turn is longer than ${QUESTION_CHARACTERS_MAX} characters`,
    };
  const wording = doubtfulWording(text);
  if (wording === null) return null;
  const reasons: Readonly<Record<string, string>> = {
    time: 'the answer may change with time',
    pointing: 'it points at something',
    code: 'it has code, an address or a path',
  };
  return { rule: wording.rule, reason: `${reasons[wording.rule]} ("${wording.found}")` };
}

/** The text of the last turn, and everything else of the turns. Null where that turn is more than a user's text. */
function splitLastTurn(
  canonicalTurns: string,
  blockType: string,
): { readonly text: string; readonly rest: string } | null {
  if (MEDIA_OR_TOOLS.test(canonicalTurns)) return null;
  if (canonicalTurns.startsWith('"')) return { text: JSON.parse(canonicalTurns) as string, rest: '"' };
  const items = canonicalItems(canonicalTurns);
  const lastItem = items?.at(-1);
  if (items === null || lastItem === undefined || !lastItem.startsWith('{')) return null;
  const turn = JSON.parse(lastItem) as Readonly<Record<string, unknown>>;
  const names = Object.keys(turn).filter((name) => !(name === 'type' && turn.type === 'message'));
  if (names.join() !== 'content,role' || turn.role !== 'user') return null;
  const earlier = `[${items.slice(0, -1).join(',')}]`;
  if (typeof turn.content === 'string')
    return { text: turn.content, rest: JSON.stringify([earlier, { ...turn, content: '' }]) };
  if (!Array.isArray(turn.content) || !turn.content.every((block) => isTextBlock(block, blockType)))
    return null;
  const blocks = turn.content as readonly { readonly text: string }[];
  const block = blocks.at(-1);
  if (block === undefined) return null;
  // Blocks before the last are context, and must be equal.
  const content = [...blocks.slice(0, -1), { ...block, text: '' }];
  return { text: block.text, rest: JSON.stringify([earlier, { ...turn, content }]) };
}

function isTextBlock(block: unknown, type: string): boolean {
  if (typeof block !== 'object' || block === null) return false;
  const { type: given, text, cache_control: _hint, ...others } = block as Readonly<Record<string, unknown>>;
  return given === type && typeof text === 'string' && Object.keys(others).length === 0;
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return !(Array.isArray(value) && value.length === 0);
}
