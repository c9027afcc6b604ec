// Reads the JSON document in a request body, whatever its coding, encoding and dialect. The body itself is not touched.

import type { IncomingHttpHeaders } from 'node:http';
import { readJsonText } from '../../protocols/json/lenient-json.ts';
import { hasManyValues } from '../../protocols/json/outline.ts';
import { repeatedNames } from '../../protocols/json/repeated-names.ts';
import {
  NOT_AGAIN,
  type RefusedBody,
  type TranslatedBody,
  type TranslationQuestion,
} from '../body-translation.ts';
import type { ReadBody } from '../call.ts';
import { codingByBytes, codingsOf, isKnownCoding } from '../content-codings.ts';
import { AT_ONCE_BYTES_MAX, MEMBERS_MAX } from './body-bounds.ts';
import { BodyThread, type ThreadReading } from './body-thread.ts';
import { BodyDecoder } from './decode-body.ts';

/** How long decoding one body may take: a hundred times what the largest takes on a calm machine. */
const DECODE_MS_MAX = 10_000;
const TOO_MANY = `it has more than ${MEMBERS_MAX} members`;
const TWICE = 'a name comes twice in it, with different values';
const REASONS: Readonly<Record<Exclude<ThreadReading['reason'], null>, string>> = {
  'no JSON': 'it is no JSON',
  'too many members': TOO_MANY,
  'too deep': 'it is nested too deeply',
  'long names': 'the names of its members are too long',
  'a name twice': TWICE,
};

export class BodyReader {
  readonly #decoder: BodyDecoder;
  readonly #thread = new BodyThread();

  /** `bytesMax` bounds a body, decoded. */
  constructor(bytesMax: number, msMax = DECODE_MS_MAX) {
    this.#decoder = new BodyDecoder({ bytesMax, msMax });
  }

  /** Reads a body that is plain, and small enough that nobody waits for it; null where it is neither, or no JSON. */
  readAtOnce(body: Buffer, headers: IncomingHttpHeaders): ReadBody | null {
    const isPlain = body.length <= AT_ONCE_BYTES_MAX && codingsOf(headers['content-encoding']).length === 0;
    return isPlain ? readPlain(body) : null;
  }

  /** Reads what `readAtOnce` could not. Calls `done` once. */
  decode(body: Buffer, headers: IncomingHttpHeaders, done: (read: ReadBody) => void): void {
    const codings = codingsOf(headers['content-encoding']);
    const guess = codings.length === 0 ? codingByBytes(body) : null;
    const steps = guess === null ? codings : [guess];
    if (steps.length > 0)
      void this.#decoded(body, steps).then(done, () => done(unread(body, 'it is too large')));
    else if (body.length > AT_ONCE_BYTES_MAX) void this.#document(body, body, '').then(done);
    else done(unread(body, body.length === 0 ? 'it is empty' : 'it is no JSON'));
  }

  readWhole(body: Buffer, headers: IncomingHttpHeaders): Promise<ReadBody> {
    const read = this.readAtOnce(body, headers);
    if (read !== null) return Promise.resolve(read);
    return new Promise((resolve) => this.decode(body, headers, resolve));
  }

  /** Translates a body that was read, and is too large for it to be done at once. */
  translate(text: Buffer, question: TranslationQuestion): Promise<TranslatedBody | RefusedBody> {
    return new Promise((resolve) =>
      this.#thread.translate(text, question, (translated) => resolve(translated ?? NOT_AGAIN)),
    );
  }

  async #decoded(body: Buffer, codings: readonly string[]): Promise<ReadBody> {
    const { bytes, reason } = await this.#decoder.decode(body, codings);
    if (bytes !== null) return this.#document(body, bytes, 'decoded ');
    // One coding under the name of another.
    const guess = codings.every(isKnownCoding) ? codingByBytes(body) : null;
    if (guess !== null && !codings.includes(guess)) return this.#decoded(body, [guess]);
    // A server that does not decode reads what is there.
    const plain = await this.#document(body, body, '');
    return plain.unread === null ? plain : unread(body, reason);
  }

  /** The document in what was decoded of a body. */
  async #document(body: Buffer, bytes: Buffer, how: string): Promise<ReadBody> {
    if (bytes.length <= AT_ONCE_BYTES_MAX) {
      const read = readPlain(bytes);
      return read === null ? unread(body, `${how}it is no JSON`) : { ...read, bytes: body };
    }
    const reading = await new Promise<ThreadReading | null>((resolve) => this.#thread.read(bytes, resolve));
    if (reading === null) return unread(body, 'it cannot be parsed');
    if (reading.reason !== null) return unread(body, how + REASONS[reading.reason]);
    const { text, document, digest, earlierModels } = reading;
    return {
      bytes: body,
      text: text === null ? bytes : Buffer.from(text.buffer),
      document,
      digest,
      earlierModels,
      unread: null,
    };
  }
}

function readPlain(body: Buffer): ReadBody | null {
  if (hasManyValues(body, MEMBERS_MAX)) return unread(body, TOO_MANY);
  const json = readJsonText(body);
  if (json === null) return null;
  const { text, document } = json;
  const { name, earlierModels } = repeatedNames(text, document);
  if (name !== null) return unread(body, TWICE);
  return { bytes: body, text, document, digest: null, earlierModels, unread: null };
}

function unread(bytes: Buffer, reason: string): ReadBody {
  return { bytes, text: null, document: undefined, digest: null, earlierModels: NO_MODELS, unread: reason };
}

const NO_MODELS: readonly string[] = Object.freeze([]);
