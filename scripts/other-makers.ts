// Stands in for makers whose APIs are neither Anthropic's nor OpenAI's: answers each SDK in the form that it reads, with 11
// tokens read and 7 written, and tells who asked for what with which credential.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Heard {
  readonly path: string;
  /** The header that carried the maker's key, as `name: value`; empty where none did. */
  readonly credential: string;
}

export interface Maker {
  readonly url: string;
  readonly heard: readonly Heard[];
  close(): Promise<void>;
}

const WORDS = 'A few words.';
const [READ, WRITTEN] = [11, 7];
const GEMINI = {
  candidates: [{ content: { role: 'model', parts: [{ text: WORDS }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: READ, candidatesTokenCount: WRITTEN, totalTokenCount: READ + WRITTEN },
  modelVersion: 'gemini-2.5-flash',
};

/** By the end of the path; the first that fits. */
const ANSWERS: readonly (readonly [RegExp, (model: string) => unknown])[] = [
  [/:generateContent/, () => GEMINI],
  [
    /\/v2\/chat/,
    () => ({
      id: 'c',
      message: { role: 'assistant', content: [{ type: 'text', text: WORDS }] },
      finish_reason: 'COMPLETE',
      usage: {
        billed_units: { input_tokens: READ, output_tokens: WRITTEN },
        tokens: { input_tokens: READ, output_tokens: WRITTEN },
      },
    }),
  ],
  [
    /\/converse/,
    () => ({
      output: { message: { role: 'assistant', content: [{ text: WORDS }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: READ, outputTokens: WRITTEN, totalTokens: READ + WRITTEN },
      metrics: { latencyMs: 5 },
    }),
  ],
  [
    /\/api\/chat/,
    (model) => ({
      model,
      created_at: '2026-01-01T00:00:00Z',
      message: { role: 'assistant', content: WORDS },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: READ,
      eval_count: WRITTEN,
    }),
  ],
  [
    /\/chat\/completions/,
    (model) => ({
      id: 'c',
      object: 'chat.completion',
      created: 1,
      model,
      choices: [{ index: 0, message: { role: 'assistant', content: WORDS }, finish_reason: 'stop' }],
      usage: { prompt_tokens: READ, completion_tokens: WRITTEN, total_tokens: READ + WRITTEN },
    }),
  ],
];

export async function startMaker(key: string): Promise<Maker> {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '/';
    const body = JSON.parse((await text(request)) || '{}') as { readonly model?: string };
    const carrier = Object.entries(request.headers).find(([, value]) => String(value).includes(key));
    heard.push({ path, credential: carrier?.join(': ') ?? '' });
    const answer = ANSWERS.find(([form]) => form.test(path))?.[1](body.model ?? '');
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    // Ollama's SDK reads lines.
    response.end(`${JSON.stringify(answer ?? { error: { message: `nothing at ${path}` } })}\n`);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
