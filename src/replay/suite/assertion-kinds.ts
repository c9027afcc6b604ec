// The kinds of assertions, and those of promptfoo's that are refused.

import { isDeepStrictEqual } from 'node:util';
import { formatUsd, nanoUsdFromUsd } from '../../core/money.ts';
import { toolCallF1 } from '../agreement.ts';
import type { AssertedAnswer, AssertionDefinition, AssertionHelp } from './assertion.ts';
import { editDistance } from './edit-distance.ts';

export interface Verdict {
  readonly isPassed: boolean;
  readonly score: number;
  /** Why not, or why; told in either case of `not-`. */
  readonly reason: string;
}

type Kind = (
  answer: AssertedAnswer,
  definition: AssertionDefinition,
  help: AssertionHelp,
) => Verdict | Promise<Verdict>;

const verdict = (isPassed: boolean, reason: string, score = isPassed ? 1 : 0): Verdict => ({
  isPassed,
  score,
  reason,
});
const quoted = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
/** A list, or texts between commas. */
const listOf = (value: unknown): string[] =>
  Array.isArray(value)
    ? value.map(textOf)
    : textOf(value)
        .split(',')
        .map((part) => part.trim());

/** What is wanted is in the answer, all of it or any. */
function containing(how: 'every' | 'some', ignoresCase: boolean): Kind {
  return ({ content }, { value }) => {
    const fold = (text: string): string => (ignoresCase ? text.toLowerCase() : text);
    const wanted = listOf(value);
    const missing = wanted.filter((text) => !fold(content.text).includes(fold(text)));
    const isPassed = how === 'every' ? missing.length === 0 : missing.length < wanted.length;
    const reason = isPassed
      ? `the answer contains ${quoted(wanted.join(', '))}`
      : `the answer ${quoted(content.text)} lacks ${missing.map(quoted).join(', ')}`;
    return verdict(isPassed, reason, wanted.length === 0 ? 1 : 1 - missing.length / wanted.length);
  };
}

const one = (value: unknown): AssertionDefinition['value'] => [textOf(value)];
const contains: Kind = (answer, definition, help) =>
  containing('every', false)(answer, { ...definition, value: one(definition.value) }, help);
const icontains: Kind = (answer, definition, help) =>
  containing('every', true)(answer, { ...definition, value: one(definition.value) }, help);

const equals: Kind = ({ content }, { value }) => {
  const isPassed =
    typeof value === 'string'
      ? content.text.trim() === value.trim()
      : isDeepStrictEqual(parse(content.text), value);
  return verdict(
    isPassed,
    `the answer ${quoted(content.text)} ${isPassed ? 'is' : 'is not'} ${quoted(textOf(value))}`,
  );
};

const startsWith: Kind = ({ content }, { value }) => {
  const isPassed = content.text.startsWith(textOf(value));
  return verdict(
    isPassed,
    `the answer ${quoted(content.text)} ${isPassed ? 'begins' : 'does not begin'} with ${quoted(textOf(value))}`,
  );
};

const regex: Kind = ({ content }, { value }) => {
  const isPassed = new RegExp(textOf(value), 'u').test(content.text);
  return verdict(
    isPassed,
    `the answer ${quoted(content.text)} ${isPassed ? 'matches' : 'does not match'} ${textOf(value)}`,
  );
};

const isJson: Kind = ({ content }, { value }, help) => {
  const json = parse(content.text);
  if (json === undefined) return verdict(false, `the answer ${quoted(content.text)} is no JSON`);
  const fault = value === undefined || value === null ? null : help.schemaFault(value, json);
  return verdict(
    fault === null,
    fault === null ? 'the answer is JSON as wanted' : `the answer's JSON is not of the schema: ${fault}`,
  );
};

const containsJson: Kind = ({ content }, { value }, help) => {
  const found = jsonParts(content.text);
  const isPassed = found.some(
    (json) => value === undefined || value === null || help.schemaFault(value, json) === null,
  );
  const reason = isPassed
    ? 'the answer holds such JSON'
    : found.length === 0
      ? `no JSON is in the answer ${quoted(content.text)}`
      : 'no JSON in the answer is of the schema';
  return verdict(isPassed, reason);
};

const isValidToolsCall: Kind = ({ content, tools }, _, help) => {
  if (content.toolCalls.length === 0) return verdict(false, 'the answer calls no tool');
  const faults = content.toolCalls.flatMap(({ name, arguments: given }) => {
    const schema = tools.get(name);
    if (schema === undefined) return [`${name} is none of the request's tools`];
    const fault = help.schemaFault(schema, given);
    return fault === null ? [] : [`${name}: ${fault}`];
  });
  return verdict(faults.length === 0, faults.length === 0 ? 'every call is valid' : faults.join('; '));
};

/** Names alone, or names with arguments where the value has them. */
const f1: Kind = ({ content }, { value, threshold }) => {
  const wanted =
    Array.isArray(value) && value.some((item) => typeof item === 'object')
      ? value.map((item) => ({
          name: String((item as { name?: unknown }).name),
          arguments: (item as { arguments?: unknown }).arguments ?? {},
        }))
      : listOf(value).map((name) => ({ name, arguments: null }));
  const namesOnly = wanted.every((call) => call.arguments === null);
  const called = content.toolCalls.map((call) => (namesOnly ? { ...call, arguments: null } : call));
  const score = toolCallF1(wanted, called);
  return verdict(
    score >= (threshold ?? 1),
    `tool calls ${quoted(JSON.stringify(called))}: F1 ${score.toFixed(2)}`,
    score,
  );
};

/** By any API's word for it. */
const FINISH_WORDS: Readonly<Record<string, readonly string[]>> = {
  stop: ['stop', 'end_turn', 'stop_sequence', 'completed'],
  length: ['length', 'max_tokens', 'max_output_tokens', 'incomplete'],
  tool_calls: ['tool_calls', 'tool_use', 'function_call'],
  content_filter: ['content_filter', 'refusal'],
};

const finishReason: Kind = ({ content }, { value }) => {
  const wanted = textOf(value);
  const is = content.finishReason ?? 'none';
  const isPassed =
    is === wanted ||
    Object.values(FINISH_WORDS).some((words) => words.includes(wanted) && words.includes(is));
  return verdict(isPassed, `the answer ended with "${is}"`);
};

const cost: Kind = ({ costNanoUsd }, { threshold }) => {
  const most = nanoUsdFromUsd(threshold ?? 0);
  // What nobody knows is not cheap.
  const isPassed = costNanoUsd !== null && costNanoUsd <= most;
  return verdict(
    isPassed,
    `it cost ${formatUsd(costNanoUsd)}, ${isPassed ? 'at most' : 'not at most'} ${formatUsd(most)}`,
  );
};

const latency: Kind = ({ latencyMs }, { threshold }) =>
  verdict(latencyMs <= (threshold ?? 0), `it took ${latencyMs} ms of ${threshold} ms`);

const similar: Kind = async ({ content }, { value, threshold }, help) => {
  const scores: number[] = [];
  for (const text of Array.isArray(value) ? value.map(textOf) : [textOf(value)]) {
    const score = await help.similarity(text, content.text);
    if (score === null)
      return verdict(false, 'the texts cannot be compared by similarity: too long, or empty');
    scores.push(score);
  }
  const best = Math.max(...scores);
  return verdict(
    best >= (threshold ?? 0.75),
    `similarity ${best.toFixed(3)} of ${threshold ?? 0.75}`,
    Math.max(0, Math.min(1, best)),
  );
};

const llmRubric: Kind = async ({ content }, { value, threshold }, help) => {
  const grade = await help.grade(textOf(value), content.text);
  const isPassed = grade.isPassed && (threshold === null || grade.score >= threshold);
  return verdict(isPassed, `the judge: ${grade.reason}`, grade.score);
};

const factuality: Kind = (answer, definition, help) =>
  llmRubric(
    answer,
    {
      ...definition,
      value: `The answer agrees in every fact with this reference, and contradicts none of it: ${textOf(definition.value)}`,
    },
    help,
  );

const wordCount: Kind = ({ content }, { value }) => {
  const count = content.text.split(/\s+/).filter((word) => word !== '').length;
  const { min, max } =
    typeof value === 'object' && value !== null
      ? (value as { min?: number; max?: number })
      : { min: Number(value), max: Number(value) };
  return verdict(
    count >= (min ?? 0) && count <= (max ?? Number.POSITIVE_INFINITY),
    `the answer has ${count} words`,
  );
};

const EDITS_STANDARD = 5;
const EDITS_MAX = 1000;

const levenshtein: Kind = ({ content }, { value, threshold }) => {
  const most = Math.min(Math.max(0, Math.floor(threshold ?? EDITS_STANDARD)), EDITS_MAX);
  const distance = editDistance(content.text, textOf(value), most);
  return verdict(
    distance !== null,
    `the answer ${quoted(content.text)} is ${distance === null ? `more than ${most}` : distance} characters away from ${quoted(textOf(value))}`,
  );
};

const isRefusal: Kind = ({ content }) =>
  verdict(
    content.isRefusal,
    content.isRefusal ? 'the provider says that it declined' : 'the provider does not say that it declined',
  );

/** `needs` says what a definition must have. */
export const KINDS: Readonly<
  Record<string, { readonly check: Kind; readonly needs: 'value' | 'threshold' | null }>
> = {
  equals: { check: equals, needs: 'value' },
  contains: { check: contains, needs: 'value' },
  icontains: { check: icontains, needs: 'value' },
  'contains-all': { check: containing('every', false), needs: 'value' },
  'contains-any': { check: containing('some', false), needs: 'value' },
  'icontains-all': { check: containing('every', true), needs: 'value' },
  'icontains-any': { check: containing('some', true), needs: 'value' },
  'starts-with': { check: startsWith, needs: 'value' },
  regex: { check: regex, needs: 'value' },
  'is-json': { check: isJson, needs: null },
  'contains-json': { check: containsJson, needs: null },
  'is-valid-openai-tools-call': { check: isValidToolsCall, needs: null },
  'tool-call-f1': { check: f1, needs: 'value' },
  'finish-reason': { check: finishReason, needs: 'value' },
  cost: { check: cost, needs: 'threshold' },
  latency: { check: latency, needs: 'threshold' },
  similar: { check: similar, needs: 'value' },
  'llm-rubric': { check: llmRubric, needs: 'value' },
  factuality: { check: factuality, needs: 'value' },
  levenshtein: { check: levenshtein, needs: 'value' },
  'word-count': { check: wordCount, needs: 'value' },
  'is-refusal': { check: isRefusal, needs: null },
};

/** Would run somebody's code, or wants what we do not have. */
export const REFUSED: Readonly<Record<string, string>> = {
  javascript: 'it runs code',
  python: 'it runs code',
  ruby: 'it runs code',
  webhook: 'it sends answers elsewhere',
  'select-best': 'it compares several answers; "tokenwatch replay --judge" does',
  'max-score': 'it compares several answers',
};

function parse(text: string): unknown {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n```\s*$/.exec(text)?.[1] ?? text;
  try {
    return JSON.parse(fenced);
  } catch {
    // A text that is no JSON is an answer like any other.
    return undefined;
  }
}

/** Objects and lists that stand in a text, the outermost ones. */
function jsonParts(text: string): unknown[] {
  const found: unknown[] = [];
  for (let start = text.search(/[[{]/); start !== -1 && found.length < 20; ) {
    const end = endOfJson(text, start);
    const json = end === -1 ? undefined : parse(text.slice(start, end));
    if (json !== undefined) found.push(json);
    const from = json === undefined ? start + 1 : end;
    const next = text.slice(from).search(/[[{]/);
    start = next === -1 ? -1 : from + next;
  }
  return found;
}

function endOfJson(text: string, start: number): number {
  let depth = 0;
  let inText = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (inText) {
      if (character === '\\') at += 1;
      else if (character === '"') inText = false;
    } else if (character === '"') inText = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}
