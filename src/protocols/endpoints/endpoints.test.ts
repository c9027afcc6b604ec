// What is free is on a list; what is not on it may cost.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mayCost, WEBSOCKET_METHOD } from '../../core/protocol.ts';
import { anthropic } from '../anthropic/protocol.ts';
import { openai } from '../openai/protocol.ts';

const PROTOCOLS = { anthropic, openai };
type Row = readonly [protocol: keyof typeof PROTOCOLS, method: string, path: string, name: string];

const BY_TEXT: readonly Row[] = [
  ['anthropic', 'POST', '/v1/messages', 'messages'],
  ['anthropic', 'post', '//v1//messages/', 'messages'],
  ['anthropic', 'POST', '/v1/%6Dessages', 'messages'],
  ['anthropic', 'POST', '/v1/files/../messages', 'messages'],
  ['anthropic', 'POST', '/V1/Messages', 'messages'],
  ['anthropic', 'POST', '/v1/complete', 'complete'],
  ['anthropic', 'POST', '/v1/chat/completions', 'chat/completions'],
  ['anthropic', 'POST', '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke', 'bedrock/invoke'],
  ['anthropic', 'POST', '/model/anthropic.claude-v2/invoke-with-response-stream', 'bedrock/invoke-stream'],
  [
    'anthropic',
    'POST',
    '/v1/projects/p/locations/l/publishers/anthropic/models/claude-opus-4-5@20251101:rawPredict',
    'vertex/rawPredict',
  ],
  ['openai', 'POST', '/v1/chat/completions', 'chat/completions'],
  ['openai', 'POST', '/openai/deployments/mine/chat/completions', 'chat/completions'],
  ['openai', 'POST', '/api/paas/v4/chat/completions', 'chat/completions'],
  ['openai', 'POST', '/v1/completions', 'completions'],
  ['openai', 'POST', '/v1/fim/completions', 'fim/completions'],
  ['openai', 'POST', '/v1/responses', 'responses'],
  ['openai', 'POST', '/v1/responses/compact', 'responses/compact'],
  ['openai', 'POST', '/v1/embeddings', 'embeddings'],
  ['openai', 'POST', '/v1/messages', 'messages'],
  ['openai', 'POST', '/v1beta/models/gemini-3-pro:generateContent', 'gemini/generateContent'],
  ['openai', 'POST', '/v1beta/models/gemini-3-pro:streamGenerateContent', 'gemini/streamGenerateContent'],
  ['openai', 'POST', '/model/amazon.nova-pro-v1:0/converse', 'bedrock/converse'],
  ['openai', 'POST', '/v2/chat', 'cohere/chat'],
  ['openai', 'POST', '/api/v1/services/aigc/text-generation/generation', 'dashscope/generation'],
  ['openai', 'POST', '/api/v1/services/aigc/multimodal-generation/generation', 'dashscope/generation'],
  ['openai', 'POST', '/api/chat', 'ollama/chat'],
  ['openai', 'POST', '/api/generate', 'ollama/generate'],
  ['openai', 'POST', '/v1beta/interactions', 'gemini/interactions'],
  ['openai', 'POST', '/v1beta/models/gemini-embedding-001:embedContent', 'gemini/embed'],
  ['openai', 'POST', '/v1beta/models/gemini-embedding-001:batchEmbedContents', 'gemini/embed'],
  ['openai', 'POST', '/v2/embed', 'cohere/embed'],
  ['openai', 'POST', '/v1internal:generateContent', 'gemini/generateContent'],
  ['openai', 'POST', '/v1internal:streamGenerateContent', 'gemini/streamGenerateContent'],
];

const UNKNOWN: readonly Row[] = [
  ['anthropic', 'POST', '/v1/messages/batches', 'messages/batches'],
  ['anthropic', 'POST', '/v1/anything/else', 'other'],
  ['anthropic', 'PUT', '/v1/messages', 'other'],
  ['anthropic', 'PATCH', '/v1/x', 'other'],
  ['anthropic', WEBSOCKET_METHOD, '/v1/messages', 'other'],
  ['anthropic', 'POST', '/v1/models/claude:predict', 'gemini/other'],
  ['openai', 'POST', '/v1/videos', 'videos'],
  ['openai', 'POST', '/v1/videos/video_1/remix', 'videos'],
  ['openai', 'POST', '/v1/fine_tuning/jobs', 'fine_tuning'],
  ['openai', 'POST', '/v1/threads/runs', 'threads/runs'],
  ['openai', 'POST', '/v1/threads/thread_1/runs', 'threads/runs'],
  ['openai', 'POST', '/v1/threads/thread_1/runs/run_1/submit_tool_outputs', 'threads/runs'],
  ['openai', 'POST', '/v1/evals', 'evals'],
  ['openai', 'POST', '/v1/evals/eval_1/runs', 'evals'],
  ['openai', 'POST', '/v1/batches', 'batches'],
  ['openai', 'POST', '/v1/realtime/calls', 'realtime'],
  ['openai', 'POST', '/v1/realtime/client_secrets', 'realtime'],
  ['openai', 'POST', '/v1/images/generations', 'images'],
  ['openai', 'POST', '/v1/audio/speech', 'audio'],
  ['openai', 'POST', '/v1/audio/transcriptions', 'audio'],
  ['openai', 'POST', '/v1/containers', 'containers'],
  ['openai', 'POST', '/v1/conversations', 'conversations'],
  ['openai', 'POST', '/v1/conversations/conv_1', 'conversations'],
  ['openai', 'POST', '/v1beta/models/veo-3:predictLongRunning', 'gemini/other'],
  ['openai', 'POST', '/v2/rerank', 'rerank'],
  ['openai', 'POST', '/v1/ocr', 'ocr'],
  ['openai', 'POST', '/v1/live/sessions', 'other'],
  ['openai', 'POST', '/v1/chatkit/sessions', 'other'],
  ['openai', 'POST', '/v1/agents/a/invocations', 'other'],
  ['anthropic', 'POST', '/v1/sessions', 'other'],
  ['anthropic', 'POST', '/v1/sessions/sesn_1/events', 'other'],
  ['anthropic', 'POST', '/v1/deployments/depl_1/run', 'other'],
  ['anthropic', 'POST', '/v1/dreams', 'other'],
  ['openai', 'POST', '/v1/not/known', 'other'],
  // What stands in a store is charged by size and day, whoever put it there.
  ['openai', 'POST', '/v1/vector_stores/vs_1/files', 'vector_stores'],
  ['openai', 'POST', '/v1/vector_stores/vs_1/file_batches', 'vector_stores'],
  ['openai', 'POST', '/v1/containers/cntr_1/files', 'containers'],
  ['openai', 'POST', '/v1/agents/a/files', 'other'],
  ['openai', 'POST', '/v1/audio/tokenize', 'audio'],
  ['openai', 'POST', '/v1/videos/uploads', 'videos'],
  ['openai', 'POST', '/v1/chat/moderations', 'moderations'],
  ['openai', 'POST', '/v1/classifications', 'moderations'],
  ['openai', 'POST', '/v1/chat/classifications', 'moderations'],
  ['openai', 'POST', '/api/paas/v4/async/chat/completions', 'chat/deferred'],
  ['openai', 'POST', '/async/chat/completions', 'chat/deferred'],
  ['openai', 'POST', '/v1/realtime/calls/rtc_1/accept', 'realtime'],
  ['openai', 'GET', '/v1/convai/conversation/get-signed-url', 'realtime'],
  ['openai', 'POST', '/v1/models', 'other'],
  ['openai', 'POST', '/v1/chat/completions/stream', 'other'],
  ['openai', 'QUERY', '/v1/models', 'other'],
  ['openai', WEBSOCKET_METHOD, '/v1/responses', 'responses'],
  ['openai', WEBSOCKET_METHOD, '/v1/realtime', 'realtime'],
  ['openai', WEBSOCKET_METHOD, '/v1/anything', 'other'],
];

const FREE: readonly Row[] = [
  ['anthropic', 'POST', '/v1/messages/count_tokens', 'messages/count_tokens'],
  ['anthropic', 'GET', '/v1/models', 'models'],
  ['anthropic', 'GET', '/v1/messages/batches/msgbatch_1/results', 'messages/batches/results'],
  ['anthropic', 'POST', '/v1/messages/batches/msgbatch_1/cancel', 'messages/batches'],
  ['anthropic', 'POST', '/v1/files', 'files'],
  ['anthropic', 'POST', '/v1/agents', 'agents'],
  ['anthropic', 'POST', '/v1/agents/agent_1/archive', 'agents'],
  ['anthropic', 'POST', '/v1/environments/env_1', 'agents'],
  ['anthropic', 'POST', '/v1/vaults/vlt_1/credentials', 'agents'],
  ['anthropic', 'POST', '/v1/skills/skill_1/versions', 'agents'],
  ['anthropic', 'POST', '/v1/sessions/sesn_1/archive', 'agents'],
  ['openai', 'POST', '/v1/skills', 'skills'],
  ['openai', 'POST', '/v1/webhook_endpoints/we_1/rotate_secret', 'organization'],
  ['openai', 'POST', '/v1/projects/proj_1/users/user_1/roles', 'organization'],
  ['openai', 'POST', '/v1/chatkit/sessions/cksess_1/cancel', 'realtime'],
  ['openai', 'POST', '/v1/live/sessions/live_1/hangup', 'realtime'],
  ['openai', 'POST', '/v1/vector_stores/vs_1/file_batches/vsfb_1/cancel', 'vector_stores'],
  ['anthropic', 'HEAD', '/', 'other'],
  ['openai', 'GET', '/v1/models/gpt-5', 'models'],
  ['openai', 'GET', '/v1/anything', 'other'],
  ['openai', 'DELETE', '/v1/responses/resp_1', 'other'],
  ['openai', 'POST', '/v1/moderations', 'moderations'],
  ['openai', 'POST', '/v1/files', 'files'],
  ['openai', 'POST', '/v1/uploads/upload_1/parts', 'uploads'],
  ['openai', 'POST', '/v1/responses/resp_1/cancel', 'responses'],
  ['openai', 'POST', '/v1/threads', 'threads'],
  ['openai', 'POST', '/v1/threads/thread_1/messages', 'threads'],
  ['openai', 'POST', '/v1/conversations/conv_1/items', 'conversations'],
  ['openai', 'GET', '/v1/responses/resp_1', 'responses'],
  ['openai', 'GET', '/v1/videos/video_1/content', 'other'],
  ['openai', 'GET', '/v1/files/file-1/content', 'files/content'],
  ['openai', 'GET', '/v1/messages/batches/msgbatch_1/results', 'messages/batches/results'],
  ['openai', 'POST', '/v1beta/models/gemini-3-pro:countTokens', 'gemini/countTokens'],
  ['openai', 'POST', '/api/show', 'ollama/models'],
  ['openai', 'POST', '/api/blobs/sha256:29fdb92e57cf', 'ollama/models'],
  ['openai', 'POST', '/api/v1/models/load', 'local/models'],
  ['openai', 'POST', '/apply-template', 'tokenize'],
  ['openai', 'POST', '/tokenize', 'tokenize'],
  ['openai', 'POST', '/v1/tokenizers/estimate-token-count', 'tokenize'],
  ['openai', 'POST', '/v1/tokenize-text', 'tokenize'],
  ['openai', 'POST', '/api/v3/tokenization', 'tokenize'],
  ['openai', 'POST', '/api/paas/v4/tokenizer', 'tokenize'],
  ['openai', 'POST', '/openai/v1/files', 'files'],
  ['openai', 'POST', '/upload/v1beta/files', 'files'],
  ['openai', 'POST', '/v1/realtime/calls/rtc_1/hangup', 'realtime'],
  ['openai', 'POST', '/v1/realtime/calls/rtc_1/reject', 'realtime'],
  ['openai', 'POST', '/v1/fine_tuning/alpha/graders/validate', 'fine_tuning'],
  ['openai', 'GET', '/v1/chat/deferred-completion/r_1', 'chat/deferred'],
  ['openai', 'GET', '/api/paas/v4/async-result/r_1', 'chat/deferred'],
  ['openai', 'GET', '/async/chat/completions/r_1', 'chat/deferred'],
  ['openai', 'GET', '/v1beta/interactions/v1_x', 'gemini/interactions'],
  ['openai', 'POST', '/v1beta/interactions/v1_x/cancel', 'gemini/jobs'],
  ['openai', 'POST', '/v1beta/batches/b1:cancel', 'gemini/jobs'],
  ['openai', 'POST', '/v1/projects/p/locations/l/batchPredictionJobs/1:cancel', 'gemini/jobs'],
  [
    'openai',
    'POST',
    '/v1/projects/p/locations/l/publishers/google/models/veo-3.0-generate-001:fetchPredictOperation',
    'gemini/jobs',
  ],
  ['openai', 'POST', '/v1internal:countTokens', 'gemini/countTokens'],
  ['openai', 'POST', '/v1internal:loadCodeAssist', 'gemini/code-assist'],
  [
    'anthropic',
    'POST',
    '/v1/projects/p/locations/l/publishers/anthropic/models/count-tokens:rawPredict',
    'gemini/countTokens',
  ],
];

for (const [charge, rows] of [
  ['text', BY_TEXT],
  ['unknown', UNKNOWN],
  ['nothing', FREE],
] as const) {
  for (const [protocol, method, path, name] of rows) {
    test(`${method} ${path} at ${protocol} is ${name}, charged: ${charge}`, () => {
      const endpoint = PROTOCOLS[protocol].endpoint(method, path);
      assert.deepEqual([endpoint.name, endpoint.charge], [name, charge]);
    });
  }
}

test('a model in the path is the request’s model', () => {
  const model = (path: string): string | null => openai.endpoint('POST', path).model;
  assert.equal(
    model('/model/us.anthropic.claude-opus-4-6-v1%3A0/invoke'),
    'us.anthropic.claude-opus-4-6-v1:0',
  );
  assert.equal(
    model('/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.anthropic.claude/invoke'),
    'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude',
  );
  assert.equal(model('/v1beta/models/gemini-3-pro:generateContent'), 'gemini-3-pro');
  assert.equal(model('/openai/deployments/Team-Chat/chat/completions'), 'Team-Chat');
  assert.equal(model('/openai/deployments/pictures/images/generations'), 'pictures');
  assert.equal(model('/v1/chat/completions'), null);
  assert.equal(model('/v1/deployments/x/files'), null);
});

test('moderation is free by OpenAI’s models, and may cost by any other', () => {
  const charge = (model: unknown): string => {
    const endpoint = openai.endpoint('POST', '/v1/moderations');
    const body = { model, input: 'x' };
    return openai.refined(endpoint, openai.readRequest(endpoint, body), body).charge;
  };
  for (const model of [undefined, 'omni-moderation-latest', 'text-moderation-stable'])
    assert.equal(charge(model), 'nothing', String(model));
  for (const model of ['mistral-moderation-latest', 'gpt-5', 'x-omni-moderation'])
    assert.equal(charge(model), 'unknown', model);
});

test('an interaction with an agent, whose models nobody knows, has no known price', () => {
  for (const protocol of Object.values(PROTOCOLS)) {
    const endpoint = protocol.endpoint('POST', '/v1beta/interactions');
    const charge = (body: object): string =>
      protocol.refined(endpoint, protocol.readRequest(endpoint, body), body).charge;
    assert.equal(charge({ agent: 'deep-research-pro', input: 'x' }), 'unknown');
    assert.equal(charge({ model: 'gemini-3-flash', input: 'x' }), 'text');
  }
});

test('a conversation that nothing is asked in is free; one that is answered at once, or cannot be read, may cost', () => {
  const charge = (path: string, body: unknown): string => {
    const endpoint = openai.endpoint('POST', path);
    return openai.refined(endpoint, openai.readRequest(endpoint, body), body).charge;
  };
  assert.equal(charge('/v1/conversations', { items: [], metadata: {} }), 'nothing');
  assert.equal(charge('/v1/conversations', { inputs: 'Hi', model: 'mistral-medium-latest' }), 'unknown');
  assert.equal(charge('/v1/conversations', { agent_id: 'a' }), 'unknown');
  assert.equal(charge('/v1/conversations', null), 'unknown');
  assert.equal(charge('/v1/conversations/conv_1', { metadata: {} }), 'unknown');
});

test('results that are charged are read at either mount', () => {
  for (const protocol of Object.values(PROTOCOLS))
    assert.equal(protocol.endpoint('GET', '/v1/messages/batches/msgbatch_1/results').metered, true);
});

test('whatever is sent to a path that nobody knows may cost', () => {
  const segment = fc.stringMatching(/^[a-z]{3,9}x$/);
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('POST', 'PUT', 'PATCH', 'put', 'MKCOL', WEBSOCKET_METHOD),
      fc.constantFrom(anthropic, openai),
      (segments, method, protocol) => {
        assert.equal(mayCost(protocol.endpoint(method, `/${segments.join('/')}`)), true);
      },
    ),
  );
});
