// What makes a model read more than a body holds, or answer more than once, in the words of many APIs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputBound } from './input-bound.ts';

const part = (value: object) => ({ contents: [{ parts: [value] }] });
const block = (value: object) => ({ messages: [{ role: 'user', content: [value] }] });

test('a body that points at what it does not hold has no end from here', () => {
  const bodies: readonly object[] = [
    part({ fileData: { fileUri: 'gs://bucket/film.mp4', mimeType: 'video/mp4' } }),
    part({ file_data: { file_uri: 'https://example.com/film' } }),
    part({ inlineData: { mimeType: 'audio/mp3', data: 'AAAA' } }),
    { cachedContent: 'cachedContents/x', contents: [] },
    { tools: [{ googleSearch: {} }] },
    { tools: [{ url_context: {} }] },
    block({ document: { format: 'pdf', source: { s3Location: { uri: 's3://b/x' } } } }),
    block({ video: { format: 'mp4', source: { bytes: 'AAAA' } } }),
    block({ type: 'document_url', document_url: 'https://example.com/x.pdf' }),
    block({ type: 'audio_url', audio_url: { url: 'https://example.com/x.mp3' } }),
    block({ type: 'image_file', image_file: { file_id: 'file-1' } }),
    { web_search_options: {}, messages: [] },
    { search_parameters: { mode: 'on' }, messages: [] },
    { plugins: [{ id: 'web' }], messages: [] },
    { enable_search: true, messages: [] },
    { connectors: [{ id: 'web-search' }], message: 'x' },
    { input: [{ type: 'audio', uri: 'https://example.com/x.mp3' }] },
    { previous_interaction_id: 'v1_x', input: 'x' },
    { tools: [{ type: 'google_search' }], input: 'x' },
  ];
  for (const body of bodies) assert.equal(inputBound(body).refersElsewhere, true, JSON.stringify(body));
});

test('tools that a provider runs are found wherever its API lists them', () => {
  const bodies: readonly object[] = [
    { model: 'gemini-2.5-pro', request: { tools: [{ googleSearch: {} }], contents: [] } },
    { messages: [], toolConfig: { tools: [{ systemTool: { name: 'nova_grounding' } }] } },
    { messages: [], additionalModelRequestFields: { tools: [{ type: 'web_search_20250305', name: 'x' }] } },
  ];
  for (const body of bodies) {
    const { refersElsewhere, runsElsewhere } = inputBound(body);
    assert.deepEqual([refersElsewhere, runsElsewhere], [true, true], JSON.stringify(body));
  }
  const own = { toolConfig: { tools: [{ toolSpec: { name: 'x', inputSchema: { json: {} } } }] } };
  assert.equal(inputBound(own).runsElsewhere, false);
});

test('what only looks like that holds all it says', () => {
  const bodies: readonly object[] = [
    { enable_search: false, web_search_options: null, connectors: [], messages: [] },
    { tools: [{ functionDeclarations: [{ name: 'x', parameters: { googleSearch: {} } }] }] },
    block({ type: 'tool_use', input: { fileData: { x: 1 }, video: { source: {} } } }),
    part({ inlineData: { mimeType: 'image/png', data: 'AAAA' } }),
    block({ image: { format: 'png', source: { bytes: 'AAAA' } } }),
    { contents: [{ parts: [{ text: 'the video' }] }], video: 'x' },
  ];
  for (const body of bodies) assert.equal(inputBound(body).refersElsewhere, false, JSON.stringify(body));
});

test('DashScope names its media by their kind, and sets its searches and answers a level deeper', () => {
  const asked = (parts: readonly object[], parameters: object = {}) =>
    inputBound({
      model: 'qwen3-vl-plus',
      input: { messages: [{ role: 'user', content: parts }] },
      parameters,
    });
  const url = 'https://example.com/x';
  assert.equal(asked([{ image: `${url}.png` }, { image: 'oss://b/y.png' }, { text: 'what?' }]).images, 2);
  for (const part of [{ video: `${url}.mp4` }, { audio: `${url}.mp3` }, { video: [url, url] }])
    assert.equal(asked([part]).refersElsewhere, true, JSON.stringify(part));
  assert.equal(asked([{ text: url }]).refersElsewhere, false);
  const { refersElsewhere, runsElsewhere } = asked([], { enable_search: true });
  assert.deepEqual([refersElsewhere, runsElsewhere], [true, true]);
  assert.equal(asked([], { n: 4 }).answers, 4);
});

test('a picture counts as one, whatever holds it', () => {
  assert.equal(inputBound(part({ inline_data: { mime_type: 'image/png', data: 'AAAA' } })).images, 1);
  assert.equal(inputBound(block({ image: { format: 'png', source: { bytes: 'AAAA' } } })).images, 1);
});

test('every answer that is asked for counts, in whichever words and whatever form', () => {
  const answers = (body: object): number => inputBound(body).answers;
  assert.equal(answers({ n: 5 }), 5);
  assert.equal(answers({ n: '5' }), 5);
  assert.equal(answers({ n: 4.2 }), 5);
  assert.equal(answers({ n: 2, best_of: '6' }), 6);
  assert.equal(answers({ n: 1e308 }), 1000);
  for (const n of [null, 0, -3, 1, true, 'many', [], Number.NaN]) assert.equal(answers({ n }), 1, String(n));
  assert.equal(answers({ generationConfig: { candidateCount: 4 } }), 4);
  assert.equal(answers({ generation_config: { candidate_count: 4 } }), 4);
  assert.equal(answers({ num_generations: 3 }), 3);
  assert.equal(answers({ numResults: 4 }), 4);
  assert.equal(answers({ request: { generationConfig: { candidateCount: 4 } } }), 4);
});

test('a picture or a file may end what is to be written to a cache', () => {
  const mark = { cache_control: { type: 'ephemeral', ttl: '1h' } };
  for (const marked of [
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
    { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
    { type: 'file', file: { file_id: 'f' } },
    { type: 'container_upload', file_id: 'f' },
  ]) {
    assert.equal(inputBound(block(marked)).cacheWrites, 'none', marked.type);
    assert.equal(inputBound(block({ ...marked, ...mark })).cacheWrites, '1h', marked.type);
    const result = { type: 'tool_result', tool_use_id: 't', content: [{ ...marked, ...mark }] };
    assert.equal(inputBound(block(result)).cacheWrites, '1h', marked.type);
  }
});

test('writing to Bedrock’s cache is asked for by a point in the text', () => {
  // OpenAI's, of a request and of one place in it.
  assert.equal(inputBound({ input: 'x', prompt_cache_options: { ttl: '30m' } }).cacheWrites, '5m');
  assert.equal(inputBound({ input: 'x', prompt_cache_options: { ttl: '12h' } }).cacheWrites, '1h');
  const place = { type: 'input_text', text: 'x', prompt_cache_breakpoint: { ttl: '12h' } };
  assert.equal(inputBound({ input: [{ role: 'user', content: [place] }] }).cacheWrites, '1h');
  const writes = (cachePoint: object) => inputBound({ system: [{ text: 'x' }, { cachePoint }] }).cacheWrites;
  assert.equal(writes({ type: 'default' }), '5m');
  assert.equal(writes({ type: 'default', ttl: '1h' }), '1h');
  const tools = [{ cachePoint: { type: 'default', ttl: '1h' } }];
  assert.equal(inputBound({ toolConfig: { tools } }).cacheWrites, '1h');
});
