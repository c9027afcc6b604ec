// What the other API cannot express is refused by the field's name, in both directions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenWatchError } from '../core/errors.ts';
import { messagesToChat } from './request-to-chat.ts';
import { chatToMessages } from './request-to-messages.ts';

const HELLO = [{ role: 'user', content: 'Hello' }];
const MESSAGES = { model: 'gpt-5', max_tokens: 100, messages: HELLO };
const CHAT = { model: 'claude-sonnet-4-6', max_tokens: 100, messages: HELLO };

const user = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });
const answered = (...content: unknown[]) => ({
  messages: [...HELLO, { role: 'assistant', content }, ...HELLO],
});
const resulting = (content: unknown) => user({ type: 'tool_result', tool_use_id: 'a', content });
const IMAGE = { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } };
const CALL = { type: 'tool_use', id: 'a', name: 'f', input: {} };

const REFUSED_MESSAGES: readonly (readonly [fields: object, path: string])[] = [
  [{ top_k: 5 }, 'top_k'],
  [{ speed: 'fast' }, 'speed'],
  [{ container: 'c' }, 'container'],
  [{ inference_geo: 'eu' }, 'inference_geo'],
  [{ mcp_servers: [{ url: 'x' }] }, 'mcp_servers'],
  [{ context_management: { edits: [{ type: 'compact_20260112' }] } }, 'context_management.edits[0]'],
  [{ something_new: 1 }, 'something_new'],
  [{ toString: 1 }, 'toString'],
  [{ max_tokens: 0 }, 'max_tokens'],
  [{ max_tokens: null }, 'max_tokens'],
  [{ metadata: { user_id: 'a', other: 1 } }, 'metadata.other'],
  [{ service_tier: 'new' }, 'service_tier'],
  [{ output_config: { effort: 'utmost' } }, 'output_config.effort'],
  [{ tools: [{ name: 'a', input_schema: 'x' }] }, 'tools[0].input_schema'],
  [{ thinking: { type: 'between_tools' } }, 'thinking.type'],
  [{ output_config: { task_budget: {} } }, 'output_config.task_budget'],
  [{ output_config: { format: { type: 'grammar' } } }, 'output_config.format.type'],
  [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools[0].type'],
  [{ tools: [{ name: 'a', input_schema: {}, surprise: true }] }, 'tools[0].surprise'],
  [{ tool_choice: { type: 'some' } }, 'tool_choice.type'],
  [{ system: [IMAGE] }, 'system[0].type'],
  [user({ type: 'container_upload' }), 'messages[0].content[0].type'],
  [user({ type: 'image', source: { type: 'file', file_id: 'f' } }), 'messages[0].content[0].source.type'],
  [user({ ...IMAGE, transformations: {} }), 'messages[0].content[0].transformations'],
  [resulting([{ type: 'web_fetch_result' }]), 'messages[0].content[0].content[0].type'],
  [{ messages: [{ role: 'user', content: 'What is it?', images: ['AAAA'] }] }, 'messages[0].images'],
  [answered({ type: 'something_new' }), 'messages[1].content[0].type'],
  [answered({ ...CALL, caller: { type: 'code_execution_20250825' } }), 'messages[1].content[0].caller.type'],
  [{ messages: [...HELLO, { role: 'assistant', content: 'The answer is (' }] }, 'messages[1]'],
];

for (const [fields, path] of REFUSED_MESSAGES)
  test(`to OpenAI’s API, ${path} is refused by its name: ${JSON.stringify(fields).slice(0, 60)}`, () => {
    assert.throws(() => messagesToChat({ ...MESSAGES, ...fields }), refusalOf(path));
  });

const assistant = (fields: object) => ({ messages: [...HELLO, { role: 'assistant', ...fields }] });

const REFUSED_CHAT: readonly (readonly [fields: object, path: string])[] = [
  [{ n: 2 }, 'n'],
  [{ seed: 1 }, 'seed'],
  [{ logit_bias: { 1: 1 } }, 'logit_bias'],
  [{ logprobs: true }, 'logprobs'],
  [{ frequency_penalty: 0.1 }, 'frequency_penalty'],
  [{ presence_penalty: 0.1 }, 'presence_penalty'],
  [{ temperature: 1.1 }, 'temperature'],
  [{ verbosity: 'low' }, 'verbosity'],
  [{ modalities: ['text', 'audio'] }, 'modalities'],
  [{ web_search_options: {} }, 'web_search_options'],
  [{ functions: [{ name: 'a' }] }, 'functions'],
  [{ something_new: 1 }, 'something_new'],
  [{ service_tier: 'flex' }, 'service_tier'],
  [{ reasoning_effort: 'utmost' }, 'reasoning_effort'],
  [{ messages: [{ role: 'user', content: ' ' }] }, 'messages'],
  [
    { tools: [{ type: 'function', function: { name: 'a', parameters: [] } }] },
    'tools[0].function.parameters',
  ],
  [{ response_format: { type: 'json_object' } }, 'response_format.type'],
  [{ stream: true, stream_options: { surprise: 1 } }, 'stream_options.surprise'],
  [{ tools: [{ type: 'custom', custom: {} }] }, 'tools[0].type'],
  [{ tool_choice: { type: 'allowed_tools', allowed_tools: {} } }, 'tool_choice.type'],
  [{ messages: [{ role: 'function', name: 'f', content: 'a' }] }, 'messages[0].role'],
  [user({ type: 'input_audio', input_audio: {} }), 'messages[0].content[0].type'],
  [user({ type: 'image_url', image_url: { url: 'file:///a' } }), 'messages[0].content[0].image_url.url'],
  [user({ type: 'file', file: { file_id: 'f' } }), 'messages[0].content[0].file.file_id'],
  [{ messages: [{ role: 'user', content: 'What is it?', images: ['AAAA'] }] }, 'messages[0].images'],
  [assistant({ content: 'a', audio: { id: 'x' } }), 'messages[1].audio'],
  [assistant({ tool_calls: [{ id: 'a', type: 'custom', custom: {} }] }), 'messages[1].tool_calls[0].type'],
];

for (const [fields, path] of REFUSED_CHAT)
  test(`to Anthropic’s API, ${path} is refused by its name: ${JSON.stringify(fields).slice(0, 60)}`, () => {
    assert.throws(() => chatToMessages({ ...CHAT, ...fields }), refusalOf(path));
  });

test('a body that is no object, and one without messages, are refused', () => {
  for (const translate of [messagesToChat, chatToMessages]) {
    assert.throws(() => translate([1]), refusalOf('The body'));
    assert.throws(() => translate({ model: 'm', max_tokens: 1 }), refusalOf('messages'));
  }
});

function refusalOf(path: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TokenWatchError);
    assert.equal(error.code, 'not_translatable');
    assert.ok(error.message.startsWith(`${path} cannot be translated`), error.message);
    return true;
  };
}
