// A recording: every call of a program's run to an AI API, with its answer, in a file that can be kept beside the
// tests. One JSON document a line: what the file is, then the calls in the order in which they were made.

import { TokenWatchError } from '../core/errors.ts';
import type { ProtocolName } from '../core/protocol.ts';

export const FORMAT = 'tokenwatch recording';
export const VERSION = 1;

export interface RecordingHead {
  readonly format: typeof FORMAT;
  readonly version: number;
  readonly recordedAt: string;
  readonly command: readonly string[];
  /** Stand-ins are made with it: the same value has the same one when it is asked again. */
  readonly key: string;
}

/** JSON as a document, other text as text, anything else in base64. */
export type Body =
  | { readonly json: unknown }
  | { readonly text: string }
  | { readonly base64: string }
  | { readonly none: true };

export interface RecordedCall {
  readonly number: number;
  readonly api: ProtocolName;
  readonly method: string;
  /** Under the API's base, with the query. */
  readonly path: string;
  readonly request: Body;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly answer: Body;
  /** False where the answer broke off. */
  readonly isWhole: boolean;
  readonly ms: number;
}

export interface Recording {
  readonly head: RecordingHead;
  readonly calls: readonly RecordedCall[];
}

export function headLine(head: RecordingHead): string {
  return `${JSON.stringify(head)}\n`;
}

export function callLine(call: RecordedCall): string {
  return `${JSON.stringify(call)}\n`;
}

/** Throws `invalid_argument` for what is no recording, with the line. */
export function parseRecording(text: string, file: string): Recording {
  const [first, ...lines] = text
    .split('\n')
    .map((line, index) => ({ number: index + 1, value: parseLine(line), isBlank: line.trim() === '' }))
    .filter(({ isBlank }) => !isBlank);
  const head = first?.value as RecordingHead | undefined;
  const noRecording = `${file} is no recording. "tokenwatch record" makes one.`;
  if (head?.format !== FORMAT) throw new TokenWatchError('invalid_argument', noRecording);
  if (head.version !== VERSION)
    throw new TokenWatchError(
      'invalid_argument',
      `${file} is a recording of version ${head.version}; this TokenWatch reads ${VERSION}. Record it again.`,
    );
  if (typeof head.key !== 'string') throw new TokenWatchError('invalid_argument', noRecording);
  const calls = lines.map(({ number, value }) => {
    if (isCall(value)) return value;
    throw new TokenWatchError('invalid_argument', `Line ${number} of ${file} is no recorded call.`);
  });
  return { head, calls: calls.toSorted((a, b) => a.number - b.number) };
}

/** A file may have been changed by hand: what answers a program is whole, or is said to be none. */
function isCall(value: unknown): value is RecordedCall {
  if (typeof value !== 'object' || value === null) return false;
  const { number, api, method, path, request, status, headers, answer, isWhole } =
    value as Partial<RecordedCall>;
  return (
    typeof number === 'number' &&
    (api === 'anthropic' || api === 'openai') &&
    typeof method === 'string' &&
    typeof path === 'string' &&
    isBody(request) &&
    typeof status === 'number' &&
    status >= 200 &&
    status <= 599 &&
    typeof headers === 'object' &&
    headers !== null &&
    Object.values(headers).every((text) => typeof text === 'string') &&
    isBody(answer) &&
    typeof isWhole === 'boolean'
  );
}

function isBody(value: unknown): value is Body {
  if (typeof value !== 'object' || value === null) return false;
  const { json, text, base64, none } = value as Partial<Record<'json' | 'text' | 'base64' | 'none', unknown>>;
  return json !== undefined || typeof text === 'string' || typeof base64 === 'string' || none === true;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The caller says which line it was.
    return undefined;
  }
}

export function bodyOf(bytes: Buffer): Body {
  if (bytes.length === 0) return { none: true };
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return { base64: bytes.toString('base64') };
  const json = parseLine(text);
  return json === undefined ? { text } : { json };
}

export function bytesOf(body: Body): Buffer {
  if ('json' in body) return Buffer.from(JSON.stringify(body.json));
  if ('text' in body) return Buffer.from(body.text);
  return 'base64' in body ? Buffer.from(body.base64, 'base64') : Buffer.alloc(0);
}
