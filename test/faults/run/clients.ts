// Clients of a fault run: each asks one request after the other, reads, dawdles or leaves, and keeps what it got.

import { Agent } from 'undici';
import type { Chance } from './chance.ts';
import type { Asked, Ending, Kind } from './evidence.ts';
import { BEHAVIOURS, digest } from './faulty-upstream.ts';

const HUNG_MS = 60_000;
/** Those that wait for thousands of others to be open, too. */
const HELD_MS = 1_800_000;
const WORDS_MAX = 40;
const SHARED_PROMPTS = 12;
const OUTPUT_TOKENS_MAX = 64;
const CALLERS = ['caller-a', 'caller-b', 'caller-c'];
const WELL: ReadonlySet<string> = new Set(['well', 'gzip', 'trickle', 'hold']);
/** What leaves no doubt about the bill: a stream that breaks off is billed by its provider and estimated here. */
const CERTAIN = [
  'well',
  'well',
  'gzip',
  'trickle',
  'refuse',
  'overload',
  'fail',
  'reset',
  'hangup',
  'nonsense',
];
const FAULTS = Object.keys(BEHAVIOURS).filter((name) => !WELL.has(name));

/** Where the server is now. */
export interface Target {
  readonly url: string;
}

export interface Wish {
  readonly key: string;
  readonly prompt: string;
  readonly kind: Kind;
  readonly app: string;
  readonly behaviour: string;
  readonly isChat: boolean;
  readonly isStream: boolean;
  readonly words: number;
  readonly caller: string;
  readonly leaves: boolean;
  readonly dawdles: boolean;
}

/** The `number`-th request of a run. */
export function wishOf(number: number, chance: Chance, limitedApp: string): Wish {
  const dice = chance.next();
  const kind: Kind = dice < 0.25 ? 'limited' : dice < 0.35 ? 'cached' : dice < 0.4 ? 'unpriced' : 'plain';
  const isFaulty = chance.next() < 0.35;
  const behaviour =
    kind === 'limited'
      ? chance.oneOf(CERTAIN)
      : kind === 'plain' && isFaulty
        ? chance.oneOf(FAULTS)
        : chance.oneOf(['well', 'well', 'gzip', 'trickle']);
  const isShared = kind === 'cached';
  const prompt = isShared ? `shared-${chance.from(1, SHARED_PROMPTS)}` : `own-${number}`;
  return {
    key: `key-${number}`,
    prompt,
    kind,
    app: kind === 'limited' ? limitedApp : 'free',
    behaviour: isShared ? 'well' : behaviour,
    isChat: !isShared && chance.next() < 0.4,
    isStream: !isShared && (behaviour === 'trickle' || (behaviour !== 'gzip' && chance.next() < 0.5)),
    words: isShared ? 9 : chance.from(1, WORDS_MAX),
    caller: chance.oneOf(CALLERS),
    leaves: kind === 'plain' && chance.next() < 0.04,
    dawdles: chance.next() < 0.03,
  };
}

export class Clients {
  readonly asked: Asked[] = [];
  readonly #agent = new Agent({
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: HUNG_MS },
  });

  async ask(target: Target, wish: Wish): Promise<void> {
    const body = bodyOf(wish);
    const beganMs = performance.now();
    const got = await this.#send(target, wish, body);
    const text = got.ending === 'whole' && wish.kind === 'cached' ? got.text : '';
    this.asked.push({
      key: wish.key,
      prompt: wish.prompt,
      kind: wish.kind,
      app: wish.app,
      isWell: WELL.has(wish.behaviour),
      caller: wish.caller,
      sentDigest: digest(body),
      beganMs,
      endedMs: performance.now(),
      ending: got.ending,
      status: got.status,
      requestId: got.headers['x-tokenwatch-request-id'] ?? null,
      ownError: got.headers['x-tokenwatch-error'] ?? null,
      gotDigest: got.ending === 'whole' ? digest(got.body) : null,
      answersTo: /answers (\S+?\/\S+?)[ "\\]/.exec(text)?.[1] ?? null,
    });
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #send(target: Target, wish: Wish, body: string): Promise<Got> {
    const got: Got = { ending: 'none', status: null, headers: {}, body: Buffer.alloc(0), text: '' };
    const hung = AbortSignal.timeout(wish.behaviour === 'hold' ? HELD_MS : HUNG_MS);
    const chunks: Buffer[] = [];
    try {
      const answer = await this.#agent.request({
        origin: target.url,
        path: wish.isChat ? '/openai/v1/chat/completions' : '/anthropic/v1/messages',
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-tokenwatch-session': wish.key,
          'x-tokenwatch-app': wish.app,
          ...(wish.isChat ? { authorization: `Bearer ${wish.caller}` } : { 'x-api-key': wish.caller }),
        },
        body,
        signal: hung,
      });
      got.status = answer.statusCode;
      got.headers = answer.headers as Record<string, string>;
      got.ending = 'broken';
      if (wish.leaves) {
        answer.body.on('error', () => {});
        answer.body.destroy();
        got.ending = 'left';
        return got;
      }
      for await (const chunk of answer.body) {
        chunks.push(chunk as Buffer);
        if (wish.dawdles) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      got.ending = 'whole';
      got.body = Buffer.concat(chunks);
      got.text = got.body.toString();
    } catch {
      // A connection that breaks, or was never made, is what faults are for: the ending says which.
      if (hung.aborted) got.ending = 'hung';
    }
    return got;
  }
}

interface Got {
  ending: Ending;
  status: number | null;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  text: string;
}

function bodyOf({ prompt, behaviour, words, kind, isChat, isStream }: Wish): string {
  const known = isChat ? 'gpt-4o-mini' : 'claude-haiku-4-5';
  return JSON.stringify({
    model: kind === 'unpriced' ? 'nobody-knows-this-model' : known,
    max_tokens: OUTPUT_TOKENS_MAX,
    ...(isStream && { stream: true }),
    ...(isStream && isChat && { stream_options: { include_usage: true } }),
    messages: [{ role: 'user', content: `[fault ${prompt} ${behaviour} ${words}]` }],
  });
}
