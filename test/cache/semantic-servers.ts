// What the semantic tier stands between in tests, over real sockets: an embeddings endpoint whose vectors are near
// for texts with the same words, and a provider that answers what the test says.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const WORDS = /[\p{L}\p{N}]+/gu;

export interface EmbeddingServer {
  readonly url: string;
  /** Every text that was embedded, in order, and the authorization that came with it. */
  readonly asked: { readonly text: string; readonly authorization: string | undefined }[];
  dimensions: number;
  /** `broken` answers 500, `silent` not at all. */
  mode: 'working' | 'broken' | 'silent';
  close(): Promise<void>;
}

export async function startEmbeddingServer(): Promise<EmbeddingServer> {
  const state: Omit<EmbeddingServer, 'url' | 'close'> = { asked: [], dimensions: 64, mode: 'working' };
  const server = createServer(async (request, response) => {
    const { input, model } = JSON.parse(await bodyOf(request)) as { input: string; model: string };
    state.asked.push({ text: input, authorization: request.headers.authorization });
    if (state.mode === 'silent') return;
    if (state.mode === 'broken') response.statusCode = 500;
    const embedding = wordVector(input, state.dimensions);
    response.end(JSON.stringify({ object: 'list', model, data: [{ index: 0, embedding }] }));
  });
  const url = await listening(server);
  return Object.assign(state, { url: `${url}/v1/embeddings`, close: () => closed(server) });
}

/** Words count, their order does not: enough for distances of 0 and far away. */
export function wordVector(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(WORDS) ?? ['']) {
    const bytes = createHash('sha256').update(word).digest();
    for (let index = 0; index < dimensions; index += 1)
      vector[index] = (vector[index] ?? 0) + (((bytes[index % 32] ?? 0) * (index + 7)) % 255) - 127;
  }
  return vector;
}

export interface SaidProvider {
  readonly url: string;
  /** The last user turn of every request. */
  readonly asked: string[];
  /** What the provider answers to a prompt. */
  answer: (prompt: string) => string;
  close(): Promise<void>;
}

/** OpenAI's chat completions, streamed or whole. */
export async function startSaidProvider(): Promise<SaidProvider> {
  const state: Omit<SaidProvider, 'url' | 'close'> = { asked: [], answer: (prompt) => `About: ${prompt}` };
  const server = createServer(async (request, response) => {
    const body = JSON.parse(await bodyOf(request)) as {
      model: string;
      stream?: boolean;
      messages: { content: string }[];
    };
    const prompt = String(body.messages.at(-1)?.content);
    state.asked.push(prompt);
    const text = state.answer(prompt);
    const id = `chatcmpl-${state.asked.length}`;
    const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
    const head = { id, created: 1, model: body.model };
    if (body.stream !== true) {
      response.setHeader('content-type', 'application/json');
      const message = { role: 'assistant', content: text, refusal: null };
      const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
      response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }));
      return;
    }
    response.setHeader('content-type', 'text/event-stream');
    const chunk = (delta: object, finish: string | null): string =>
      `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    response.end(
      `${chunk({ role: 'assistant', content: text }, null)}${chunk({}, 'stop')}data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [], usage })}\n\ndata: [DONE]\n\n`,
    );
  });
  const url = await listening(server);
  return Object.assign(state, { url, close: () => closed(server) });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return text;
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
