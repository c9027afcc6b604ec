// A suite of tests as promptfoo writes it in YAML, the plain part of it: prompts with {{variables}}, providers, tests
// with assertions. What is not known or would run code is refused by its name; nothing is skipped.

import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { TokenWatchError } from '../../core/errors.ts';
import type { ProtocolName } from '../../core/protocol.ts';
import { asObject, type JsonObject } from '../../protocols/json/json-value.ts';
import type { AssertionDefinition } from './assertion.ts';
import { KINDS } from './assertion-kinds.ts';
import { COMPARING } from './comparing.ts';
import { whyRefused } from './refused-kinds.ts';

export interface Suite {
  readonly description: string;
  readonly providers: readonly Provider[];
  readonly tests: readonly SuiteTest[];
}

export interface Provider {
  readonly api: ProtocolName;
  /** `/v1/chat/completions`, `/v1/responses`, `/v1/messages`. */
  readonly path: string;
  readonly model: string;
  readonly label: string;
  /** Fields of the request beside model and messages. */
  readonly config: JsonObject;
}

export interface SuiteTest {
  readonly description: string;
  /** What is asked: messages made of a prompt, or a whole request of one API. */
  readonly prompt:
    | { readonly messages: readonly JsonObject[] }
    | { readonly api: ProtocolName; readonly path: string; readonly request: JsonObject };
  readonly assertions: readonly AssertionDefinition[];
  readonly threshold: number | null;
  readonly variables: Variables;
  /** Answers of one group, of several prompts or providers, answer the same test. */
  readonly group: string;
}

type Variables = Readonly<Record<string, unknown>>;

const SUITE_FIELDS = ['description', 'prompts', 'providers', 'tests', 'defaultTest'];
const TEST_FIELDS = ['description', 'vars', 'assert', 'threshold', 'api', 'path', 'request', 'metadata'];
const ASSERT_FIELDS = ['type', 'value', 'threshold', 'weight', 'metric', 'assert', 'provider'];
const PROVIDER_FIELDS = ['id', 'label', 'config'];
const CONFIG_FIELDS = [
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'tools',
  'tool_choice',
  'response_format',
  'seed',
  'stop',
  'stop_sequences',
  'system',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'logprobs',
  'top_logprobs',
  'functions',
  'function_call',
];
const TESTS_MAX = 10_000;

/** `readFile` gets absolute paths. */
export function readSuite(text: string, file: string, readFile: (path: string) => string): Suite {
  const document = objectAt(parseYaml(text, file), file);
  known(document, SUITE_FIELDS, file);
  const near = (path: string): string => readFile(resolve(dirname(file), path));
  const defaults = asObject(document.defaultTest ?? {}) ?? {};
  known(defaults, TEST_FIELDS, 'defaultTest');
  const prompts = listAt(document.prompts ?? [], 'prompts').map((prompt, index) =>
    promptText(prompt, `prompts[${index}]`, near),
  );
  const tests: SuiteTest[] = [];
  for (const [index, test] of listAt(document.tests ?? [], 'tests').entries()) {
    for (const one of testsOf(objectAt(test, `tests[${index}]`), `tests[${index}]`, defaults, prompts, near))
      tests.push(one);
    // Looked at as they are made: three thousand tests of three thousand prompts would take all memory.
    assertFew(file, tests.length);
  }
  if (tests.length === 0) throw fault(file, 'holds no tests');
  const providers = listAt(document.providers ?? [], 'providers').map((each, index) =>
    providerOf(each, `providers[${index}]`),
  );
  return {
    description: typeof document.description === 'string' ? document.description : file,
    providers,
    tests,
  };
}

/** Throws where a suite makes more tests than anybody asks for. */
export function assertFew(file: string, tests: number): void {
  if (tests > TESTS_MAX) throw fault(file, `makes more than ${TESTS_MAX} tests`);
}

function parseYaml(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) throw fault(file, `is not YAML: ${yamlReason(error)}`);
  try {
    return document.toJS();
  } catch (cause) {
    // Names that stand for each other, again and again, and one that nothing has.
    throw fault(file, `is not YAML: ${yamlReason(cause as Error)}`);
  }
}

function yamlReason({ message }: Error): string {
  if (message.includes('call stack')) return 'it nests too deep';
  return message.split('\n')[0]?.replace(/[.:]+$/, '') ?? '';
}

function testsOf(
  test: JsonObject,
  place: string,
  defaults: JsonObject,
  prompts: readonly string[],
  near: (path: string) => string,
): SuiteTest[] {
  known(test, TEST_FIELDS, place);
  const own = assertionsOf(test.assert ?? [], `${place}.assert`, near);
  const definitions = [...assertionsOf(defaults.assert ?? [], 'defaultTest.assert', near), ...own];
  const threshold = numberAt(test.threshold ?? defaults.threshold, `${place}.threshold`);
  const description = typeof test.description === 'string' ? test.description : null;
  const make = (variables: Variables, prompt: SuiteTest['prompt'], number: string): SuiteTest => ({
    description: description ?? `${place}${number}`,
    prompt,
    threshold,
    variables,
    group: `${place} ${JSON.stringify(variables)}`,
    assertions: definitions.map((definition) => filledAssertion(definition, variables)),
  });
  const variables = { ...asObject(defaults.vars ?? {}), ...asObject(test.vars ?? {}) };
  const sets = combinations(variables);
  for (const { type } of [...definitions, ...definitions.flatMap(({ inner }) => inner)])
    if (KINDS[type]?.needs.includes('context') && variables.context === undefined)
      throw fault(place, `(${type}) needs a variable "context"`);
  if (definitions.every(({ type }) => type === 'max-score') && definitions.length > 0)
    throw fault(place, '(max-score) chooses by the scores of other assertions, and there are none');
  if (test.request !== undefined) return sets.map((set) => make(set, requestOf(test, place, set), ''));
  if (prompts.length === 0) throw fault(place, 'has no request, and the suite no prompts');
  assertFew(place, sets.length * prompts.length);
  return sets.flatMap((set, row) =>
    prompts.map((prompt, column) => {
      const number = sets.length * prompts.length > 1 ? ` #${row * prompts.length + column + 1}` : '';
      return make(set, { messages: messagesOf(fill(prompt, set, place)) }, number);
    }),
  );
}

function requestOf(test: JsonObject, place: string, variables: Variables): SuiteTest['prompt'] {
  const { api, path } = test;
  if (api !== 'openai' && api !== 'anthropic')
    throw fault(`${place}.api`, `is "${String(api)}", neither openai nor anthropic`);
  if (typeof path !== 'string' || !path.startsWith('/'))
    throw fault(`${place}.path`, 'is not a path such as /v1/messages');
  const request = objectAt(test.request, `${place}.request`);
  return { api, path, request: filledValue(request, variables, place) as JsonObject };
}

/** promptfoo's: a value that is a list stands for one test each; several lists for all their combinations. */
function combinations(variables: Variables): readonly Variables[] {
  let sets: Variables[] = [{}];
  for (const [name, value] of Object.entries(variables)) {
    const values = Array.isArray(value) ? value : [value];
    if (sets.length * values.length > TESTS_MAX) throw fault('vars', `make more than ${TESTS_MAX} tests`);
    sets = sets.flatMap((set) => values.map((each) => ({ ...set, [name]: each })));
  }
  return sets;
}

function assertionsOf(
  value: unknown,
  place: string,
  near: (path: string) => string,
  isInSet = false,
): AssertionDefinition[] {
  return listAt(value, place).map((each, index) =>
    assertionOf(objectAt(each, `${place}[${index}]`), `${place}[${index}]`, near, isInSet),
  );
}

function assertionOf(
  definition: JsonObject,
  place: string,
  near: (path: string) => string,
  isInSet: boolean,
): AssertionDefinition {
  known(definition, ASSERT_FIELDS, place);
  if (typeof definition.type !== 'string') throw fault(place, 'has no type');
  const isNegated = definition.type.startsWith('not-');
  const type = definition.type.replace(/^not-/, '');
  assertKind(type, place, isInSet);
  const value = fileValue(definition.value, place, near);
  const needs = KINDS[type]?.needs ?? (type === 'select-best' ? ['value'] : []);
  if (needs.includes('value') && value === undefined) throw fault(place, `(${type}) needs a value`);
  const threshold = numberAt(definition.threshold, `${place}.threshold`);
  const weight = numberAt(definition.weight, `${place}.weight`) ?? 1;
  if (needs.includes('threshold') && threshold === null && weight !== 0)
    throw fault(place, `(${type}) needs a threshold`);
  if (definition.provider !== undefined)
    throw fault(place, 'names a provider: the judge is set with --judge');
  if (type === 'regex') assertPattern(String(value), place);
  return {
    type,
    isNegated,
    value,
    threshold,
    weight,
    metric: typeof definition.metric === 'string' ? definition.metric : null,
    inner: type === 'assert-set' ? assertionsOf(definition.assert ?? [], `${place}.assert`, near, true) : [],
  };
}

function assertKind(type: string, place: string, isInSet: boolean): void {
  const refused = whyRefused(type);
  if (refused !== null) throw fault(place, `is of the type "${type}", which is not supported: ${refused}`);
  if (COMPARING.has(type)) {
    if (isInSet) throw fault(place, `(${type}) compares several answers, and cannot stand in an assert-set`);
  } else if (!Object.hasOwn(KINDS, type) && type !== 'assert-set') {
    const all = [...Object.keys(KINDS), ...COMPARING, 'assert-set'];
    throw fault(place, `is of the type "${type}"; there are ${all.join(', ')}`);
  }
}

/** What a value's file holds: data and text, no code. */
function fileValue(value: unknown, place: string, near: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => fileValue(each, place, near));
  const file = typeof value === 'string' ? /^file:\/\/(.+)$/.exec(value.trim())?.[1] : undefined;
  if (file === undefined) return value;
  if (/\.(?:json|ya?ml)$/.test(file)) return parseYaml(near(file), file);
  if (/\.(?:txt|md|xml|html)$/.test(file)) return near(file).trim();
  throw fault(place, `reads ${file}: only .txt, .md, .xml, .html, .json and .yaml are read, no code`);
}

function assertPattern(pattern: string, place: string): void {
  try {
    new RegExp(pattern, 'u');
  } catch {
    throw fault(place, `has a value that is no pattern: ${pattern}`);
  }
}

function providerOf(value: unknown, place: string): Provider {
  const given = typeof value === 'string' ? { id: value } : objectAt(value, place);
  known(given, PROVIDER_FIELDS, place);
  const config = asObject((given as JsonObject).config ?? {}) ?? {};
  known(config, CONFIG_FIELDS, `${place}.config`);
  const { id, label } = given as { id?: unknown; label?: unknown };
  const provider = parseProvider(String(id));
  if (provider === null)
    throw fault(
      place,
      `is "${String(id)}": write openai:MODEL, openai:responses:MODEL, anthropic:MODEL or anthropic:messages:MODEL`,
    );
  return { ...provider, label: typeof label === 'string' ? label : provider.label, config };
}

/** Null for what is none of ours. */
export function parseProvider(id: string): Provider | null {
  const match = /^(openai|anthropic):(?:(chat|responses|messages):)?(\S+)$/.exec(id);
  if (match === null) return null;
  const [, api, kind, model = ''] = match;
  const isOpenai = api === 'openai';
  if (kind === 'messages' ? isOpenai : kind !== undefined && !isOpenai) return null;
  const path = !isOpenai ? '/v1/messages' : kind === 'responses' ? '/v1/responses' : '/v1/chat/completions';
  return { api: isOpenai ? 'openai' : 'anthropic', path, model, label: id, config: {} };
}

function promptText(value: unknown, place: string, near: (path: string) => string): string {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'object' && value !== null && 'raw' in value
        ? String(value.raw)
        : null;
  if (text === null) throw fault(place, 'is no text');
  const file = /^file:\/\/(.+)$/.exec(text.trim())?.[1];
  if (file === undefined) return text;
  if (!/\.(?:txt|md|json)$/.test(file))
    throw fault(place, `reads ${file}: only .txt, .md and .json are read, no code`);
  return near(file);
}

/** A list of messages as JSON, or one text of a user. */
function messagesOf(prompt: string): readonly JsonObject[] {
  try {
    const parsed: unknown = JSON.parse(prompt);
    if (Array.isArray(parsed) && parsed.every((message) => asObject(message)?.role !== undefined))
      return parsed as JsonObject[];
  } catch {
    // A prompt that is no JSON is a text.
  }
  return [{ role: 'user', content: prompt }];
}

/** Nunjucks' plain variables. What else stands between its marks is refused. */
function fill(text: string, variables: Variables, place: string): string {
  if (/\{%/.test(text)) throw fault(place, 'holds {% … %}, which is not supported: only {{variable}} is');
  return text.replace(/\{\{\s*([^}]*?)\s*\}\}/g, (_, name: string) => {
    if (!/^[\w.-]+$/.test(name)) throw fault(place, `holds {{${name}}}: only plain variables are supported`);
    if (!Object.hasOwn(variables, name)) throw fault(place, `holds {{${name}}}, and no such variable is set`);
    const value = variables[name];
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

function filledAssertion(definition: AssertionDefinition, variables: Variables): AssertionDefinition {
  const value = filledValue(definition.value, variables, `assert ${definition.type}`);
  return { ...definition, value, inner: definition.inner.map((inner) => filledAssertion(inner, variables)) };
}

function filledValue(value: unknown, variables: Variables, place: string): unknown {
  // Text with such marks that no variable is set for is text: a stored prompt may be about templates.
  if (typeof value === 'string')
    return Object.keys(variables).length === 0 ? value : fill(value, variables, place);
  if (Array.isArray(value)) return value.map((item) => filledValue(item, variables, place));
  const object = asObject(value);
  if (object === null) return value;
  return Object.fromEntries(
    Object.entries(object).map(([name, inner]) => [name, filledValue(inner, variables, place)]),
  );
}

function known(object: JsonObject, fields: readonly string[], place: string): void {
  const unknown = Object.keys(object).filter((name) => !fields.includes(name));
  if (unknown.length > 0)
    throw fault(
      place,
      `has "${unknown.join('", "')}", which is not supported; known are ${fields.join(', ')}`,
    );
}

function listAt(value: unknown, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw fault(place, typeof value === 'string' ? `is "${value}" where a list is expected` : 'is no list');
}

function objectAt(value: unknown, place: string): JsonObject {
  const object = asObject(value);
  if (object === null) throw fault(place, 'is no mapping of fields');
  return object;
}

function numberAt(value: unknown, place: string): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw fault(place, `is ${JSON.stringify(value)}, not a number`);
}

const fault = (place: string, what: string): TokenWatchError =>
  new TokenWatchError('invalid_argument', `${place} ${what}.`);
