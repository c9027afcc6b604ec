// What the cache is asked about a request, and what it would answer. Asks and changes nothing.

import { isUtf8 } from 'node:buffer';
import type { AnswerCache } from '../../cache/answer-cache.ts';
import type { CacheKey } from '../../cache/cache-key.ts';
import { ineligibility } from '../../cache/eligibility.ts';
import type { CachedAnswer } from '../../cache/ports.ts';
import type { Match } from '../../cache/semantic/semantic-tier.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { CacheUse } from '../../core/record.ts';
import { type CachePolicy, type CacheRule, cachePolicy } from '../../policy/cache-policy.ts';
import { withoutByteOrderMark } from '../../protocols/json/lenient-json.ts';
import type { Call, Prepared } from '../call.ts';
import { type CacheWish, readCacheWish } from './cache-wish.ts';

/** Says what a similar request's answer would be. */
export interface SimilarPeek {
  /** Null where there is none that will do. */
  peek(
    call: Call,
    question: CacheLook,
    document: unknown,
  ): Promise<{ readonly match: Match; readonly headers: readonly string[] } | null>;
}

/** What an answer is looked up by. */
export interface CacheLook {
  readonly type: 'look';
  readonly wish: CacheWish;
  readonly key: CacheKey;
  readonly policy: CachePolicy;
}

/** Refused for a wish that is none, not asked at all, or looked up. */
export type CacheQuestion =
  | { readonly type: 'refused'; readonly error: TokenWatchError; readonly policy: CachePolicy }
  | {
      readonly type: 'bypass';
      readonly wish: CacheWish;
      readonly reason: string;
      readonly policy: CachePolicy;
    }
  | CacheLook;

export interface CacheView {
  readonly cache: AnswerCache;
  /** The cache rules in force. */
  readonly rules: () => readonly CacheRule[];
  /** Null where only identical requests are answered. */
  readonly semantic: SimilarPeek | null;
}

export interface CachePreview {
  readonly policy: CachePolicy;
  readonly key: CacheKey | null;
  readonly found: Awaited<ReturnType<AnswerCache['peek']>>;
  /** What it would be refused with; null otherwise. */
  readonly error: TokenWatchError | null;
  /** Null where it is refused before the cache is asked. */
  readonly use: CacheUse | null;
  /** Why there would be no answer from the cache. */
  readonly reason: string | null;
  /** Of the answer, as it would be now: names and values in turn. */
  readonly headers: readonly string[];
}

export const CACHE_HEADER = 'x-tokenwatch-cache';
const TIER_HEADER = 'x-tokenwatch-cache-tier';

/** Larger bodies are not compared: making a key of one keeps others waiting, and few are sent twice. */
const BODY_BYTES_MAX = 2 * 1024 * 1024;

/** Whether the cache has anything to do with a request, and under which key. */
export function cacheQuestion(
  { cache, rules }: Pick<CacheView, 'cache' | 'rules'>,
  call: Call,
  { body, text, plannedDocument }: Prepared,
): CacheQuestion {
  const { mount, endpoint, headers, method, rawHeaders } = call;
  const { app } = call.caller;
  const policy = cachePolicy(rules(), { app, tag: call.tag, model: call.model });
  const wish = readCacheWish(headers, cache.ttlMs, policy.ttlMs);
  if (wish instanceof TokenWatchError) return { type: 'refused', error: wish, policy };
  const bypass = (reason: string): CacheQuestion => ({ type: 'bypass', wish, reason, policy });
  // A rule that switches the cache off has the last word: the request's own headers cannot switch it on.
  if (!policy.enabled) return bypass(`the cache rule "${policy.rule}" switches it off`);
  if (wish.mode === 'bypass') return bypass('the request asks for it');
  if (body === null) return bypass(`answers of ${endpoint.name} are not cached`);
  if (call.translation !== null) return bypass('the request is translated to another API');
  if (Math.max(body.length, text?.length ?? 0) > BODY_BYTES_MAX)
    return bypass(`the body is larger than ${BODY_BYTES_MAX} bytes`);
  const reason = ineligibility(endpoint.name, method, plannedDocument);
  if (reason !== null) return bypass(reason);
  if (text === null || !isUtf8(text)) return bypass('the body is not UTF-8');
  const key = cache.keyOf({
    protocol: mount.protocol.name,
    endpoint: endpoint.name,
    url: call.logicalUrl,
    rawHeaders,
    body: withoutByteOrderMark(text.toString('utf8')),
    audience: policy.share === 'app' ? { share: 'app', app } : { share: policy.share },
  });
  return key === null
    ? bypass('the body names a member twice, or is too long to be compared')
    : { type: 'look', wish, key, policy };
}

/** What would become of the request in the cache now. */
export async function previewCache(
  view: CacheView,
  nowMs: number,
  call: Call,
  prepared: Prepared,
): Promise<CachePreview> {
  const question = cacheQuestion(view, call, prepared);
  const { policy } = question;
  const nothing = { policy, key: null, found: null, error: null, headers: [] };
  if (question.type === 'refused') return { ...nothing, error: question.error, use: null, reason: null };
  const { wish } = question;
  const key = question.type === 'look' ? question.key : null;
  const without = (use: 'miss' | 'bypass', reason: string): CachePreview =>
    wish.mode === 'only'
      ? { ...nothing, key, error: noAnswer(use), use, reason }
      : { ...nothing, key, use, reason, headers: [CACHE_HEADER, use.toUpperCase()] };
  if (question.type === 'bypass') return without('bypass', question.reason);
  if (wish.mode === 'refresh') return without('miss', 'the request asks for a fresh answer');
  const found = await view.cache.peek(question.key.id, wish.maxAgeMs);
  if (found !== null && replayed(call, found.answer) !== null) {
    const headers = hitHeaders(found.answer, 'exact', nowMs);
    return { ...nothing, key, found, use: 'exact', reason: null, headers };
  }
  if (view.cache.isFlying(flightKey(call, question.key))) {
    if (wish.mode === 'only') return without('miss', 'an identical request runs, and has no answer yet');
    const headers = [CACHE_HEADER, 'HIT', TIER_HEADER, 'inflight'];
    return { ...nothing, key, use: 'inflight', reason: null, headers };
  }
  const similar = await view.semantic?.peek(call, question, prepared.plannedDocument);
  if (similar?.match.check === 'none') {
    const { answer } = similar.match;
    const headers = [...hitHeaders(answer, 'semantic', nowMs), ...similar.headers];
    return { ...nothing, key, found: { answer, from: 'memory' }, use: 'semantic', reason: null, headers };
  }
  if (similar?.match.check === 'forced' && wish.mode !== 'only')
    return { ...without('miss', "a similar prompt's answer is due to be checked"), use: 'shadow' };
  return found === null
    ? without('miss', 'no answer to it is stored')
    : { ...without('miss', 'the stored answer cannot be had in this form'), found };
}

/**
 * Requests follow only one of the same application and tag: what a budget or a kill does to the leader, it does to those
 * who follow, each by its own gate, and never to somebody else.
 */
export function flightKey({ caller, tag }: Call, key: CacheKey): string {
  return JSON.stringify([key.id, caller.app, tag]);
}

/** A fault in converting an answer costs this hit, not the process. */
export function replayed({ mount, endpoint, facts }: Call, answer: CachedAnswer): Uint8Array | null {
  try {
    return mount.protocol.replay(endpoint, answer, {
      stream: facts.stream,
      streamUsage: !facts.lacksStreamUsage,
    });
  } catch {
    // The upstream is asked instead.
    return null;
  }
}

export function hitHeaders(
  answer: Pick<CachedAnswer, 'createdAtMs'>,
  tier: CacheUse,
  nowMs: number,
): readonly string[] {
  const ageMs = Math.max(0, nowMs - answer.createdAtMs);
  return [CACHE_HEADER, 'HIT', TIER_HEADER, tier, 'age', String(Math.floor(ageMs / 1000))];
}

/** For a request that must not go upstream. */
export function noAnswer(use: CacheUse): TokenWatchError {
  return new TokenWatchError(
    'cache_miss',
    'The cache has no answer to this request, and X-TokenWatch-Cache: only forbids asking upstream.',
    { headers: { [CACHE_HEADER]: use.toUpperCase() } },
  );
}
