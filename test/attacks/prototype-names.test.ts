// Names that every object of JavaScript has of itself, in whatever is looked up by a word from outside: each is a word
// that nobody knows, or a name like any other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roleOf } from '../../src/access/login/oidc-roles.ts';
import { KeyMaker } from '../../src/cache/cache-key.ts';
import { TokenWatchError } from '../../src/core/errors.ts';
import { readModelName } from '../../src/core/model-name.ts';
import { defaultUpstream, modelAt } from '../../src/core/upstream.ts';
import { parseCondition } from '../../src/policy/rules.ts';
import { anthropic } from '../../src/protocols/anthropic/protocol.ts';
import { openai } from '../../src/protocols/openai/protocol.ts';
import { outputLimit } from '../../src/protocols/requests/output-limit.ts';
import { decodedText, isKnownCoding } from '../../src/proxy/content-codings.ts';
import { readSuite } from '../../src/replay/suite/read-suite.ts';
import { operationOf } from '../../src/telemetry/gen-ai-names.ts';
import { requestEvent } from '../../src/telemetry/log.ts';
import { parametersOf } from '../../src/telemetry/otel/request-parameters.ts';
import { finishReason, isEnding, stopReason } from '../../src/translation/answers/endings.ts';
import { CHAT_FATES, checkFates, MESSAGES_FATES } from '../../src/translation/fields/fates.ts';
import { Fields } from '../../src/translation/fields/fields.ts';
import { flatRoot } from '../../src/translation/tools/root-schema.ts';
import { ToolNames } from '../../src/translation/tools/tool-names.ts';
import { toolChoiceToChat, toolChoiceToMessages } from '../../src/translation/tools/tools.ts';
import { parseFailoverSet } from '../../src/upstream/failover.ts';
import { joinUpstreamPath } from '../../src/upstream/join-url.ts';

const NAMES = [
  'constructor',
  'tostring',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__proto__',
  'isPrototypeOf',
];
/** A member of that name, as JSON has it: a literal's `__proto__` would be its prototype. */
const holding = (name: string, value: unknown): Record<string, unknown> =>
  JSON.parse(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`) as Record<string, unknown>;
const ours = (error: unknown): boolean => error instanceof TokenWatchError;

const KEYS = new KeyMaker(Buffer.alloc(32));
const keyOf = (body: object): string | undefined =>
  KEYS.make({
    ...{ protocol: 'openai', endpoint: 'chat/completions', url: 'https://a.example/', rawHeaders: [] },
    ...{ body: JSON.stringify(body), audience: { share: 'caller' } },
  })?.id;
const UPSTREAM = defaultUpstream('openai', {
  ...{ origin: 'https://a.example', protocol: 'https:', host: 'a.example', hostname: 'a.example' },
  ...{ port: '', pathname: '/', address: 'https://a.example' },
});

/** What is said of each name, and what it must be. */
const LOOK_UPS: Readonly<Record<string, (name: string) => void>> = {
  'a seller before a model': (name) => {
    const { sellers } = readModelName(`${name}/gpt-4o`);
    assert.ok(sellers === null || Array.isArray(sellers));
  },
  'an operation': (name) => assert.equal(operationOf(name), null),
  'an endpoint’s bound': (name) => assert.equal(outputLimit(name, { max_tokens: 5 }), 5),
  'an endpoint of an API': (name) => {
    for (const api of [anthropic, openai]) assert.equal(typeof api.endpoint('POST', `/v1/${name}`), 'object');
  },
  'a finish word': (name) => {
    assert.equal(finishReason(name, false), 'stop');
    assert.equal(stopReason(name, false, false), 'end_turn');
    assert.equal(isEnding(name), false);
  },
  'a choice of tools': (name) => {
    const names = new ToolNames();
    const given = new Fields({ type: name }, 'tool_choice');
    assert.throws(() => toolChoiceToChat(given, true, names, 'gpt-4o'), ours);
    assert.throws(() => toolChoiceToMessages(name, undefined, names), ours);
    assert.throws(() => toolChoiceToMessages({ type: name }, undefined, names), ours);
  },
  'a field to translate': (name) => {
    for (const fates of [MESSAGES_FATES, CHAT_FATES])
      assert.throws(() => checkFates(holding(name, 1), fates), ours);
  },
  'a place in a schema': (name) => {
    const schema = { type: 'object', anyOf: [{ $ref: `#/${name}` }, { $ref: `#/${name}/name` }] };
    assert.deepEqual(Object.keys(flatRoot(schema).properties ?? {}), []);
  },
  'a format of an answer': (name) => {
    const { outputType } = parametersOf({ response_format: { type: name } });
    assert.ok(outputType === undefined || typeof outputType === 'string');
  },
  'a field of a body': (name) => {
    assert.notEqual(keyOf(holding(name, 1)), keyOf(holding(name, 2)));
    assert.notEqual(keyOf(holding(name, 1)), keyOf({}));
  },
  'a model at an upstream': (name) => assert.equal(modelAt(UPSTREAM, name), name),
  'an upstream’s host': (name) =>
    assert.equal(
      joinUpstreamPath({ hostname: name, pathname: '/' }, '/v1/chat/completions'),
      '/v1/chat/completions',
    ),
  'a coding': (name) => {
    assert.equal(isKnownCoding(name), false);
    assert.equal(decodedText(Buffer.from('x'), name), null);
  },
  'a kind of condition': (name) => assert.throws(() => parseCondition({ type: name, value: 'a' }), ours),
  'a reason to ask another': (name) => assert.equal(parseFailoverSet(name), undefined),
  'a claim and its role': (name) => {
    assert.equal(roleOf({ groups: [name] }, 'groups', { admins: 'admin' }), null);
    assert.equal(roleOf({}, name, { admins: 'admin' }), null);
    assert.equal(roleOf({ groups: {} }, `groups.${name}.name`, { Object: 'admin', [name]: 'admin' }), null);
  },
  'a header that is logged': (name) => {
    const event = requestEvent(
      { startedAtMs: 0 } as never,
      { usage: {}, costNanoUsd: null, costDoubt: null } as never,
      {},
      [name],
    );
    assert.deepEqual(event.fields.headers, {});
  },
  'an assertion and a variable of a suite': (name) => {
    const suite = (test: object): unknown =>
      readSuite(
        JSON.stringify({ prompts: ['x'], tests: [{ vars: { a: 'b' }, ...test }] }),
        's.json',
        () => '',
      );
    assert.throws(() => suite({ assert: [{ type: name, value: 'a' }] }), /is of the type .*; there are /);
    assert.throws(() => suite({ assert: [{ type: 'contains', value: `{{${name}}}` }] }), /no such variable/);
  },
};

for (const [what, look] of Object.entries(LOOK_UPS))
  test(`${what} may be called as every object’s own members are`, () => {
    for (const name of NAMES) look(name);
    assert.equal(({} as { a?: unknown }).a, undefined);
  });
