// Measures the judge of similar prompts on labelled pairs. It asks the same guards as the proxy; nothing is rebuilt here.

import { cosineSimilarity, type Embedder } from '../src/cache/embedder.ts';
import { GUARDS, pairOf } from '../src/cache/guards/guards.ts';
import { judge, reachOf } from '../src/cache/guards/judge.ts';
import { plainText } from '../src/cache/guards/words.ts';
import { TokenWatchError } from '../src/core/errors.ts';

export interface LabelledPair {
  readonly a: string;
  readonly b: string;
  /** Whether the answer to one answers the other. */
  readonly same: boolean;
  readonly test?: string;
}

/** A pair with what the guards and the embedder say of it, whatever the threshold. */
export interface MeasuredPair extends LabelledPair {
  /** NaN where one of the texts is not embedded. */
  readonly similarity: number;
  /** By what the greatest distance is multiplied for this pair. */
  readonly reach: number;
  /** Guards that refuse the pair, whether or not an earlier one does. */
  readonly refusedBy: readonly string[];
}

export interface Share {
  readonly count: number;
  readonly of: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

export interface Figures {
  readonly accepted: number;
  readonly precision: Share;
  readonly recall: Share;
  readonly falseAccepts: Share;
}

const Z_95 = 1.959964;

/** Wilson's score interval at 95 %: honest for small counts and for shares near 0 and 1. */
export function wilson(count: number, of: number): Share {
  if (of === 0) return { count, of, share: Number.NaN, low: 0, high: 1 };
  const share = count / of;
  const z2 = Z_95 * Z_95;
  const centre = (share + z2 / (2 * of)) / (1 + z2 / of);
  const reach = (Z_95 * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of * of))) / (1 + z2 / of);
  return { count, of, share, low: Math.max(0, centre - reach), high: Math.min(1, centre + reach) };
}

export function figuresOf(pairs: readonly MeasuredPair[], accepts: (pair: MeasuredPair) => boolean): Figures {
  const accepted = pairs.filter(accepts);
  const right = accepted.filter(({ same }) => same).length;
  const positives = pairs.filter(({ same }) => same).length;
  return {
    accepted: accepted.length,
    precision: wilson(right, accepted.length),
    recall: wilson(right, positives),
    falseAccepts: wilson(accepted.length - right, pairs.length - positives),
  };
}

export const isExact = ({ a, b }: LabelledPair): boolean => plainText(a) === plainText(b);

export function isAccepted(pair: MeasuredPair, distanceMax: number): boolean {
  return judge(pair.a, pair.b, pair.similarity, distanceMax).accepted;
}

/** As `isAccepted` would say if the guards in `left out` did not exist. */
export function isAcceptedWithout(
  pair: MeasuredPair,
  distanceMax: number,
  leftOut: readonly string[],
): boolean {
  return (
    1 - pair.similarity <= distanceMax * pair.reach &&
    pair.refusedBy.every((guard) => leftOut.includes(guard))
  );
}

export async function measure(
  pairs: readonly LabelledPair[],
  embedder: Embedder,
  onProgress: (done: number) => void,
): Promise<readonly MeasuredPair[]> {
  const vectors = new Map<string, Float32Array | null>();
  const vectorOf = async (text: string): Promise<Float32Array | null> => {
    let vector = vectors.get(text);
    if (vector === undefined) {
      vector = await embedder.embed(text).catch((error: unknown) => {
        if (error instanceof TokenWatchError && error.code === 'unembeddable') return null;
        throw error;
      });
      vectors.set(text, vector);
    }
    return vector;
  };
  const measured: MeasuredPair[] = [];
  for (const pair of pairs) {
    const [one, other] = [await vectorOf(pair.a), await vectorOf(pair.b)];
    const similarity = one === null || other === null ? Number.NaN : cosineSimilarity(one, other);
    const compared = pairOf(pair.a, pair.b, similarity);
    measured.push({
      ...pair,
      similarity,
      reach: reachOf(compared),
      refusedBy: GUARDS.filter(({ refuses }) => refuses(compared) !== null).map(({ name }) => name),
    });
    onProgress(measured.length);
  }
  return measured;
}

/** Throws `invalid_argument` with the place of the first entry that is not a pair. */
export function parsePairs(text: string, path: string): readonly LabelledPair[] {
  const refuse = (what: string): never => {
    throw new TokenWatchError(
      'invalid_argument',
      `${path} ${what}; a list of {"a": text, "b": text, "same": true or false, "test"?: text} is needed.`,
    );
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    refuse(`is no JSON (${(error as Error).message})`);
  }
  if (!Array.isArray(parsed) || parsed.length === 0) return refuse('holds no list of pairs');
  for (const [index, entry] of (parsed as readonly unknown[]).entries()) {
    const pair = (entry ?? {}) as Record<string, unknown>;
    const isPair = typeof pair.a === 'string' && typeof pair.b === 'string' && typeof pair.same === 'boolean';
    if (!isPair) refuse(`has no pair at place ${index}`);
    if (pair.test !== undefined && typeof pair.test !== 'string')
      refuse(`has a "test" that is no text at place ${index}`);
  }
  return parsed as readonly LabelledPair[];
}
