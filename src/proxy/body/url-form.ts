// Reads what a web page's fields (`application/x-www-form-urlencoded`) say of the model, where every one of them is
// understood: a body that names a further model, or asks for several answers, has to count as one that cannot be read.

import type { IncomingHttpHeaders } from 'node:http';
import { codingsOf } from '../content-codings.ts';
import { mediaType } from '../headers.ts';
import { AT_ONCE_BYTES_MAX } from './body-bounds.ts';
import { type FormFacts, saysYes } from './form-scan.ts';

/** Fields that make a request no dearer than what the model can read and write once. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...[
    'model',
    'stream',
    'prompt',
    'input',
    'query',
    'text',
    'instructions',
    'suffix',
    'echo',
    'stop',
    'seed',
  ],
  ...['max_tokens', 'max_completion_tokens', 'max_tokens_to_sample', 'temperature', 'top_p', 'top_k'],
  ...['frequency_penalty', 'presence_penalty', 'logprobs', 'user', 'dimensions', 'encoding_format'],
  ...['voice', 'speed', 'language', 'response_format'],
]);
/** Some servers part fields at a semicolon as well. */
const FIELDS = /^[\x21-\x3a\x3c-\x7e]+$/;
const MODEL = /^[^\s\p{Cc};&]+$/u;

/** Null for a body that is none, or that could say more than is understood. */
export function urlFormFacts(body: Buffer, headers: IncomingHttpHeaders): FormFacts | null {
  if (mediaType(headers['content-type'] ?? '') !== 'application/x-www-form-urlencoded') return null;
  if (body.length > AT_ONCE_BYTES_MAX || codingsOf(headers['content-encoding']).length > 0) return null;
  const text = body.toString('latin1');
  if (!FIELDS.test(text)) return null;
  const fields = new URLSearchParams(text);
  const names = [...fields.keys()];
  const isUnderstood = names.every((name) => HARMLESS.has(name)) && new Set(names).size === names.length;
  const model = fields.get('model');
  if (!isUnderstood || model === null || !MODEL.test(model)) return null;
  return { model, stream: saysYes(fields.get('stream') ?? ''), namesTwoModels: false };
}
