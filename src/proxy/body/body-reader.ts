// Reads the JSON document in a request body, whatever its coding, encoding and dialect. The body itself is not touched.

import type { IncomingHttpHeaders } from 'node:http';
import { readJsonText } from '../../protocols/lenient-json.ts';
import { hasManyMembers } from '../../protocols/outline.ts';
import type { ReadBody } from '../call.ts';
import { BodyDecoder, codingByBytes, codingsOf } from './decode-body.ts';

/** Of one body. A hundred times what the largest takes on a calm machine. */
const DECODE_MS_MAX = 10_000;
/** A long conversation of an agent has a tenth of it; others would wait while more is parsed. */
const MEMBERS_MAX = 50_000;
const TOO_MANY = `it has more than ${MEMBERS_MAX} members`;

export class BodyReader {
  readonly #decoder: BodyDecoder;

  /** `bytesMax` bounds a body, decoded. */
  constructor(bytesMax: number, msMax = DECODE_MS_MAX) {
    this.#decoder = new BodyDecoder({ bytesMax, msMax });
  }

  /** What can be read without being decoded; null where it takes more, or is no JSON. */
  readAtOnce(body: Buffer, headers: IncomingHttpHeaders): ReadBody | null {
    return codingsOf(headers['content-encoding']).length === 0 ? readPlain(body) : null;
  }

  /** Reads what `readAtOnce` could not. Calls `done` once. */
  decode(body: Buffer, headers: IncomingHttpHeaders, done: (read: ReadBody) => void): void {
    const codings = codingsOf(headers['content-encoding']);
    const guess = codings.length === 0 ? codingByBytes(body) : null;
    const steps = guess === null ? codings : [guess];
    if (steps.length === 0) done(unread(body, body.length === 0 ? 'it is empty' : 'it is no JSON'));
    else void this.#decoded(body, steps).then(done, () => done(unread(body, 'it is too large')));
  }

  readWhole(body: Buffer, headers: IncomingHttpHeaders): Promise<ReadBody> {
    const read = this.readAtOnce(body, headers);
    if (read !== null) return Promise.resolve(read);
    return new Promise((resolve) => this.decode(body, headers, resolve));
  }

  async #decoded(body: Buffer, codings: readonly string[]): Promise<ReadBody> {
    const { bytes, reason } = await this.#decoder.decode(body, codings);
    // A server that does not decode reads what is there.
    if (bytes === null) return readPlain(body) ?? unread(body, reason);
    if (hasManyMembers(bytes, MEMBERS_MAX)) return unread(body, TOO_MANY);
    const json = readJsonText(bytes);
    return json === null
      ? unread(body, 'decoded it is no JSON')
      : { bytes: body, text: json.text, document: json.document, unread: null };
  }
}

function readPlain(body: Buffer): ReadBody | null {
  if (hasManyMembers(body, MEMBERS_MAX)) return unread(body, TOO_MANY);
  const json = readJsonText(body);
  return json && { bytes: body, text: json.text, document: json.document, unread: null };
}

function unread(bytes: Buffer, reason: string): ReadBody {
  return { bytes, text: null, document: undefined, unread: reason };
}
