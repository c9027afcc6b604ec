// A provider that knows what every request it ever saw has cost, at every moment: what a hard budget is measured by.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Of gpt-4o-mini, by the list. */
const INPUT_NANO_USD = 150;
const OUTPUT_NANO_USD = 600;
const PROMPT_TOKENS = 20;

export interface CountingUpstream {
  readonly url: string;
  /** From the arrival of each, by its answer's id. */
  readonly costs: ReadonlyMap<string, number>;
  readonly totalNanoUsd: number;
  /** The same of what was asked with that text, or with it and more behind it. */
  totalOf(prompt: string): number;
  close(): Promise<void>;
}

/** Each answer takes all the tokens that it was allowed, and some milliseconds. */
export async function startCountingUpstream(tookMs: () => number): Promise<CountingUpstream> {
  const costs = new Map<string, number>();
  let total = 0;
  const totals = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString()) as {
      readonly max_tokens: number;
      readonly messages: readonly { readonly content: string }[];
    };
    const tokens = body.max_tokens;
    const prompt = body.messages[0]?.content ?? '';
    const id = `chatcmpl-${costs.size + 1}`;
    const cost = PROMPT_TOKENS * INPUT_NANO_USD + tokens * OUTPUT_NANO_USD;
    costs.set(id, cost);
    total += cost;
    totals.set(prompt, (totals.get(prompt) ?? 0) + cost);
    const answer = JSON.stringify({
      ...{ id, object: 'chat.completion', created: 1, model: 'gpt-4o-mini' },
      choices: [{ index: 0, finish_reason: 'length', message: { role: 'assistant', content: 'x' } }],
      usage: {
        prompt_tokens: PROMPT_TOKENS,
        completion_tokens: tokens,
        total_tokens: PROMPT_TOKENS + tokens,
      },
    });
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(answer);
    }, tookMs());
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    costs,
    get totalNanoUsd() {
      return total;
    },
    totalOf: (prompt) =>
      [...totals].reduce(
        (sum, [text, cost]) => (text === prompt || text.startsWith(`${prompt} `) ? sum + cost : sum),
        0,
      ),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
