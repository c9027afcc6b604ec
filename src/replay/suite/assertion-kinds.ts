// The kinds of assertions by their names, and the plain ones of them.

import { isDeepStrictEqual } from 'node:util';
import { formatUsd, nanoUsdFromUsd } from '../../core/money.ts';
import { toolCallF1 } from '../agreement.ts';
import type { AssertionDefinition } from './assertion.ts';
import { editDistance } from './edit-distance.ts';
import {
  answerRelevance,
  closedQuestion,
  contextFaithfulness,
  contextRecall,
  contextRelevance,
  factuality,
  gEval,
  llmRubric,
} from './graded-kinds.ts';
import { type Kind, quoted, textOf, textsOf, verdict } from './kind.ts';
import {
  bleuKind,
  containsHtmlKind,
  containsXmlKind,
  gleuKind,
  guardrails,
  isHtmlKind,
  isRefusal,
  isXmlKind,
  perplexity,
  perplexityScore,
  rougeKind,
} from './text-kinds.ts';

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
  if (threshold === null) return verdict(costNanoUsd !== null, `it cost ${formatUsd(costNanoUsd)}`);
  const most = nanoUsdFromUsd(threshold ?? 0);
  // What nobody knows is not cheap.
  const isPassed = costNanoUsd !== null && costNanoUsd <= most;
  return verdict(
    isPassed,
    `it cost ${formatUsd(costNanoUsd)}, ${isPassed ? 'at most' : 'not at most'} ${formatUsd(most)}`,
  );
};

const latency: Kind = ({ latencyMs }, { threshold }) =>
  threshold === null
    ? verdict(true, `it took ${latencyMs} ms`)
    : verdict(latencyMs <= threshold, `it took ${latencyMs} ms of ${threshold} ms`);

const similar: Kind = async ({ content }, { value, threshold }, help) => {
  const scores: number[] = [];
  for (const text of textsOf(value)) {
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

/** By either kind's vector: the embedder's have the length 1. */
const distance: Kind = async ({ content }, { value, threshold }, help) => {
  const distances: number[] = [];
  for (const text of textsOf(value)) {
    const cosine = await help.similarity(text, content.text);
    if (cosine === null) return verdict(false, 'the texts cannot be compared: too long, or empty');
    distances.push(Math.sqrt(Math.max(0, 2 - 2 * cosine)));
  }
  const least = Math.min(...distances);
  const most = threshold ?? DISTANCE_STANDARD;
  return verdict(least <= most, `distance ${least.toFixed(3)} of ${most}`, 1 / (1 + least));
};

const DISTANCE_STANDARD = 0.75;

/** What a definition must have: a value, a threshold, or a variable `context` of its test. */
type Need = 'value' | 'threshold' | 'context' | 'logprobs' | null;
interface KindOf {
  readonly check: Kind;
  readonly needs: readonly Need[];
}
const needing = (check: Kind, ...needs: readonly Need[]): KindOf => ({ check, needs });

export const KINDS: Readonly<Record<string, KindOf>> = {
  equals: needing(equals, 'value'),
  contains: needing(contains, 'value'),
  icontains: needing(icontains, 'value'),
  'contains-all': needing(containing('every', false), 'value'),
  'contains-any': needing(containing('some', false), 'value'),
  'icontains-all': needing(containing('every', true), 'value'),
  'icontains-any': needing(containing('some', true), 'value'),
  'starts-with': needing(startsWith, 'value'),
  regex: needing(regex, 'value'),
  'is-json': needing(isJson),
  'contains-json': needing(containsJson),
  'is-xml': needing(isXmlKind),
  'contains-xml': needing(containsXmlKind),
  'is-html': needing(isHtmlKind),
  'contains-html': needing(containsHtmlKind),
  'is-valid-openai-tools-call': needing(isValidToolsCall),
  'is-valid-openai-function-call': needing(isValidToolsCall),
  'is-valid-function-call': needing(isValidToolsCall),
  'tool-call-f1': needing(f1, 'value'),
  'finish-reason': needing(finishReason, 'value'),
  cost: needing(cost, 'threshold'),
  latency: needing(latency, 'threshold'),
  similar: needing(similar, 'value'),
  'similar:cosine': needing(similar, 'value'),
  'similar:dot': needing(similar, 'value'),
  'similar:euclidean': needing(distance, 'value'),
  'rouge-n': needing(rougeKind, 'value'),
  bleu: needing(bleuKind, 'value'),
  gleu: needing(gleuKind, 'value'),
  levenshtein: needing(levenshtein, 'value'),
  'word-count': needing(wordCount, 'value'),
  perplexity: needing(perplexity, 'logprobs'),
  'perplexity-score': needing(perplexityScore, 'logprobs'),
  'is-refusal': needing(isRefusal),
  guardrails: needing(guardrails),
  'llm-rubric': needing(llmRubric, 'value'),
  'g-eval': needing(gEval, 'value'),
  factuality: needing(factuality, 'value'),
  'model-graded-factuality': needing(factuality, 'value'),
  'model-graded-closedqa': needing(closedQuestion, 'value'),
  'answer-relevance': needing(answerRelevance),
  'context-faithfulness': needing(contextFaithfulness, 'context'),
  'context-recall': needing(contextRecall, 'value', 'context'),
  'context-relevance': needing(contextRelevance, 'context'),
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

/** Brackets of a text that are looked at: an answer of nothing but brackets must not take minutes. */
const STARTS_MAX = 1000;

/** Objects and lists that stand in a text, the outermost ones. */
function jsonParts(text: string): unknown[] {
  const found: unknown[] = [];
  let starts = 0;
  for (let start = text.search(/[[{]/); start !== -1 && found.length < 20 && starts < STARTS_MAX; ) {
    starts += 1;
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
