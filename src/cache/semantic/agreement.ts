// Whether a fresh answer says what the stored one says. Where neither is clear it says so, and counts for nothing.

import { withoutEnd } from '../../core/without-end.ts';
import type { Agreement } from './trust.ts';

export interface AnswerPair {
  /** What was asked now. */
  readonly asked: string;
  readonly fresh: string;
  readonly stored: string;
}

export interface AgreementOptions {
  /** Null where a text cannot be embedded. */
  readonly embed: (text: string) => Promise<Float32Array | null>;
  /** Asked where the texts differ; null where the operator has set none. */
  readonly askModel: ((pair: AnswerPair) => Promise<Agreement>) | null;
}

/** Answers to one question that a model gives twice lie above; answers to different ones mostly below. */
const ALIKE = 0.9;
const UNLIKE = 0.7;
/** In short answers a number, or a yes, is the answer. */
const SHORT_CHARACTERS = 200;
const PIECE_CHARACTERS = 300;
const PIECES_MAX = 24;
const YES = /^(?:yes|ja|oui|sí|si|sim|sì|да|так|はい|是|对|예|네|نعم|हाँ|हां|ναι|evet|tak)(?![\p{L}\p{M}])/u;
const NO = /^(?:no|nein|non|não|nao|нет|ні|いいえ|不|否|아니요|아니오|لا|नहीं|όχι|hayır|nie)(?![\p{L}\p{M}])/u;

export async function compareAnswers(pair: AnswerPair, options: AgreementOptions): Promise<Agreement> {
  const [fresh, stored] = [normal(pair.fresh), normal(pair.stored)];
  if (fresh === '' || stored === '') return fresh === stored ? 'agreed' : 'undecided';
  if (fresh === stored) return 'agreed';
  if (options.askModel !== null) return options.askModel(pair);
  if (contradicts(fresh, stored)) return 'disagreed';
  const [one, other] = [await meanVector(fresh, options.embed), await meanVector(stored, options.embed)];
  if (one === null || other === null || one.length !== other.length) return 'undecided';
  const similarity = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0);
  return similarity >= ALIKE ? 'agreed' : similarity < UNLIKE ? 'disagreed' : 'undecided';
}

function normal(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}.,+%$€£-]+/gu, ' ')
    .split(' ')
    .map((word) => withoutEnd(word, '.,'))
    .join(' ')
    .trim();
}

/** One says yes and the other no, or short answers have different numbers. */
function contradicts(fresh: string, stored: string): boolean {
  if ((YES.test(fresh) && NO.test(stored)) || (NO.test(fresh) && YES.test(stored))) return true;
  if (Math.max(fresh.length, stored.length) > SHORT_CHARACTERS) return false;
  const numbers = (text: string): string =>
    [...new Set(text.match(/\p{N}+(?:[.,]\p{N}+)*/gu) ?? [])].sort().join(' ');
  return numbers(fresh) !== numbers(stored);
}

/** Of its pieces, since embedders read only so much at once. Null where a piece cannot be embedded. */
async function meanVector(text: string, embed: AgreementOptions['embed']): Promise<Float32Array | null> {
  const sum: number[] = [];
  for (const piece of piecesOf(text)) {
    const vector = await embed(piece);
    if (vector === null) return null;
    for (const [index, value] of vector.entries()) sum[index] = (sum[index] ?? 0) + value;
  }
  const length = Math.hypot(...sum);
  return length > 0 ? Float32Array.from(sum, (value) => value / length) : null;
}

function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  let rest = text;
  while (rest !== '' && pieces.length < PIECES_MAX) {
    const space = rest.length > PIECE_CHARACTERS ? rest.lastIndexOf(' ', PIECE_CHARACTERS) : -1;
    const end = space > 0 ? space : PIECE_CHARACTERS;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trim();
  }
  return pieces;
}
