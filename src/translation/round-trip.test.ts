// What both APIs can express survives the way there and back.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { messagesToChat } from './request-to-chat.ts';
import { chatToMessages } from './request-to-messages.ts';

/** Anthropic's API takes no blank texts: they are left out. */
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .filter((value) => value.trim() !== '');
const name = fc.stringMatching(/^[a-z][a-z_]{0,15}$/);
const callId = fc.stringMatching(/^toolu_[A-Za-z0-9]{4,20}$/);
const schema = fc.constantFrom(
  { type: 'object', properties: {} },
  { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
);
const json = fc.dictionary(name, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), {
  noNullPrototype: true,
});
const textBlock = text.map((value) => ({ type: 'text', text: value }));
const image = fc.oneof(
  fc
    .base64String({ minLength: 4, maxLength: 40 })
    .map((data) => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } })),
  fc.webUrl().map((url) => ({ type: 'image', source: { type: 'url', url } })),
);
/** Texts alone come back as one. */
const spoken = fc.oneof(
  text,
  fc.tuple(fc.array(textBlock, { maxLength: 2 }), image).map(([before, last]) => [...before, last]),
);

interface Round {
  readonly asked: unknown;
  readonly said: unknown;
  readonly calls: readonly { id: string; name: string; input: unknown; result: unknown }[];
}

const round: fc.Arbitrary<Round> = fc.record({
  asked: spoken,
  said: text,
  calls: fc.uniqueArray(fc.record({ id: callId, name, input: json, result: text }), {
    maxLength: 3,
    selector: (call) => call.id,
  }),
});

/** A question, an answer with or without calls, and their results with the next question behind them. */
function turnsOf(rounds: readonly Round[], last: unknown): unknown[] {
  const turns: unknown[] = [];
  let results: unknown[] = [];
  const ask = (content: unknown): void => {
    const blocks = Array.isArray(content) ? content : [{ type: 'text', text: content }];
    turns.push({ role: 'user', content: results.length === 0 ? content : [...results, ...blocks] });
  };
  for (const { asked, said, calls } of rounds) {
    ask(asked);
    const uses = calls.map(({ id, name: tool, input }) => ({ type: 'tool_use', id, name: tool, input }));
    const content = uses.length === 0 ? said : [{ type: 'text', text: said }, ...uses];
    turns.push({ role: 'assistant', content });
    results = calls.map(({ id, result }) => ({ type: 'tool_result', tool_use_id: id, content: result }));
  }
  ask(last);
  return turns;
}

function toolsOf(rounds: readonly Round[]): unknown {
  const names = new Set(rounds.flatMap(({ calls }) => calls.map((call) => call.name)));
  const input_schema = { type: 'object', properties: {} };
  return names.size === 0 ? undefined : [...names].map((one) => ({ name: one, input_schema }));
}

const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const request = fc
  .record({
    rounds: fc.array(round, { maxLength: 3 }),
    last: spoken,
    system: optional(text),
    max_tokens: fc.integer({ min: 1, max: 32_000 }),
    stop_sequences: optional(fc.array(text, { minLength: 1, maxLength: 4 })),
    stream: optional(fc.constant(true)),
    tools: optional(
      fc.uniqueArray(fc.record({ name, description: text, input_schema: schema }), {
        minLength: 1,
        selector: (tool) => tool.name,
      }),
    ),
    choice: optional(
      fc.oneof(
        fc.constant({ type: 'none' }),
        fc.record({
          type: fc.constantFrom('auto', 'any'),
          disable_parallel_tool_use: fc.constant(true),
        }),
        name.map((tool) => ({ type: 'tool', name: tool })),
      ),
    ),
    metadata: optional(fc.record({ user_id: fc.uuid() })),
    service_tier: optional(fc.constantFrom('auto', 'standard_only')),
    effort: optional(fc.constantFrom('low', 'medium', 'high', 'xhigh', 'max')),
    // Anthropic's API wants such a schema closed.
    format: optional(
      schema.map((one) => ({ type: 'json_schema', schema: { ...one, additionalProperties: false } })),
    ),
  })
  .map(({ rounds, last, choice, effort, format, ...fields }) => ({
    ...fields,
    // Tools that were called are told of; where they are not, the translation does it.
    tools: fields.tools ?? toolsOf(rounds),
    model: 'claude-opus-5',
    messages: turnsOf(rounds, last),
    ...(fields.tools !== undefined && choice !== undefined ? { tool_choice: choice } : {}),
    // Where a tool must be called, Claude does not think.
    ...(effort === undefined || (fields.tools !== undefined && /any|tool/.test(choice?.type ?? ''))
      ? {}
      : { thinking: { type: 'adaptive' } }),
    ...(effort === undefined && format === undefined ? {} : { output_config: { effort, format } }),
  }));

test('a request goes from Anthropic’s API to OpenAI’s and back unchanged', () => {
  fc.assert(
    fc.property(request, (value) => {
      const there = messagesToChat(value).body;
      // What the wire carries.
      const back = chatToMessages(JSON.parse(JSON.stringify(there))).body;
      assert.deepEqual(JSON.parse(JSON.stringify(back)), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('any JSON at all is translated or refused with a name, never a crash', () => {
  const names = [
    'model',
    'messages',
    'max_tokens',
    'tools',
    'system',
    'stop',
    'role',
    'content',
    'type',
    'text',
  ];
  const anything = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom('user', 'assistant', 'tool_use', 'text', 'function', 1, true, null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 5 }),
    ),
  })).value;
  fc.assert(
    fc.property(anything, (value) => {
      for (const translate of [messagesToChat, chatToMessages]) {
        try {
          translate({ model: 'm', max_tokens: 1, messages: [value] });
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'not_translatable');
        }
      }
    }),
    { numRuns: 500 },
  );
});
