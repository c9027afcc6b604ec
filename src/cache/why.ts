// Why a request would or would not be answered from the cache: the same rules and the same key, spoken aloud.

import { type Audience, KEY_PARTS, KeyMaker, type KeyPart } from './cache-key.ts';
import { canonicalMembers } from './canonical-json.ts';
import { ineligibility } from './eligibility.ts';
import type { AnswerFacts, CacheEntries } from './ports.ts';

export type Why =
  | { readonly verdict: 'ineligible'; readonly reason: string }
  | { readonly verdict: 'nothing_stored' }
  | {
      /** `stored`: the same question; `different`: the stored question that it differs from least. */
      readonly verdict: 'stored' | 'different';
      readonly answer: AnswerFacts;
      readonly differs: readonly KeyPart[];
      readonly isExpired: boolean;
    };

/** A body says nothing of these: who asks, where, and with which headers. */
const OUTSIDE_BODY: readonly KeyPart[] = ['caller', 'address', 'headers'];
const COMPARED_ANSWERS_MAX = 1000;

export interface WhyRequest {
  readonly protocol: string;
  readonly endpoint: string;
  readonly body: string;
  readonly nowMs: number;
  /** What cache rules decide for it: why it is not cached (null where it is), and with whom it is shared. */
  readonly refusal: string | null;
  readonly audience: Audience;
}

export async function why(entries: CacheEntries, request: WhyRequest): Promise<Why> {
  const { protocol, endpoint, body, nowMs, audience, refusal } = request;
  if (canonicalMembers(body) === null)
    return {
      verdict: 'ineligible',
      reason: 'the body is no JSON object, names a member twice, or is too long to be compared',
    };
  const reason = refusal ?? ineligibility(endpoint, 'POST', JSON.parse(body));
  if (reason !== null) return { verdict: 'ineligible', reason };
  const keys = new KeyMaker(await entries.cacheSecret());
  const key = keys.make({ protocol, endpoint, body, url: '', rawHeaders: [], audience });
  const answers = await entries.recentAnswers(protocol, endpoint, COMPARED_ANSWERS_MAX);
  // Who asks is known where the answer is shared.
  const compared = KEY_PARTS.filter(
    (part) => !OUTSIDE_BODY.includes(part) || (part === 'caller' && audience.share !== 'caller'),
  );
  const ranked = answers
    .map((answer) => ({
      answer,
      differs: compared.filter((part) => answer.parts[part] !== key?.parts[part]),
    }))
    .sort((a, b) => a.differs.length - b.differs.length);
  const best = ranked[0];
  if (best === undefined) return { verdict: 'nothing_stored' };
  const isExpired = best.answer.expiresAtMs <= nowMs;
  return { verdict: best.differs.length === 0 ? 'stored' : 'different', ...best, isExpired };
}
