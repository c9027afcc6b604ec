// Clients of a fault run: each asks one request after the other, reads, dawdles or leaves, and keeps what it got.

import { Agent } from 'undici';
import { digest } from './behaviours.ts';
import type { Asked, Ending, Explained } from './evidence.ts';
import { Patience } from './patience.ts';
import { bodyOf, ROUTED, WELL, type Wish } from './wishes.ts';

const HUNG_MS = 60_000;
/** Those that wait for thousands of others to be open, too. */
const HELD_MS = 1_800_000;

/** Where the server is now. */
export interface Target {
  readonly url: string;
  readonly dashboardUrl: string;
}

export class Clients {
  #asked: Asked[] = [];
  readonly #patience = new Patience();
  readonly #agent = new Agent({
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: HUNG_MS },
  });

  async ask(target: Target, wish: Wish): Promise<void> {
    const body = bodyOf(wish);
    const isRouted = wish.kind === 'routed';
    const explained = isRouted ? await this.#explain(target, wish, body) : null;
    const beganMs = performance.now();
    const got = await this.#send(target, wish, body);
    const text = got.ending === 'whole' && wish.kind === 'cached' ? got.body.toString() : '';
    this.#asked.push({
      key: wish.key,
      prompt: wish.prompt,
      kind: wish.kind,
      app: wish.app,
      isWell: WELL.has(wish.behaviour),
      caller: wish.caller,
      sentDigest: digest(body),
      otherDigest: isRouted ? digest(bodyOf(wish, ROUTED.modelB)) : null,
      explained,
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

  /** What has been asked since it was taken last. */
  take(): readonly Asked[] {
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }

  close(): Promise<void> {
    this.#patience.close();
    return this.#agent.destroy();
  }

  async #send(target: Target, wish: Wish, body: string): Promise<Got> {
    const got: Got = { ending: 'none', status: null, headers: {}, body: Buffer.alloc(0) };
    const patience = this.#patience.waits(wish.behaviour === 'hold' ? HELD_MS : HUNG_MS);
    const chunks: Buffer[] = [];
    try {
      const answer = await this.#agent.request({
        origin: target.url,
        path: wish.isChat ? '/openai/v1/chat/completions' : '/anthropic/v1/messages',
        method: 'POST',
        headers: headersOf(wish),
        body,
        signal: patience.signal,
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
      got.body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    } catch {
      // A connection that breaks, or was never made, is what faults are for: the ending says which.
      if (patience.signal.aborted) got.ending = 'hung';
    } finally {
      this.#patience.ended(patience);
    }
    return got;
  }

  /** What the server says of a request before it comes; null where it could not be asked. */
  async #explain({ dashboardUrl }: Target, wish: Wish, body: string): Promise<Explained | null> {
    try {
      const answer = await this.#agent.request({
        origin: dashboardUrl,
        path: '/api/explain',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ api: 'openai', headers: headersOf(wish), body }),
      });
      const { model, tag } = (await answer.body.json()) as {
        readonly model?: { readonly final: string | null; readonly variant: string | null };
        readonly tag?: { readonly tag: string | null };
      };
      if (answer.statusCode !== 200 || model === undefined || tag === undefined) return null;
      return { model: model.final, variant: model.variant, tag: tag.tag };
    } catch {
      // A server that is down explains nothing.
      return null;
    }
  }
}

interface Got {
  ending: Ending;
  status: number | null;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

const headersOf = (wish: Wish): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  'x-tokenwatch-session': wish.key,
  'x-tokenwatch-app': wish.app,
  ...(wish.isChat ? { authorization: `Bearer ${wish.caller}` } : { 'x-api-key': wish.caller }),
});
