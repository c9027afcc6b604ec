// The test's own hand on the provider: `x-simulate: status=529` on a request, or the same in its model's
// name (`gpt-4o+simulate:hang`). Controls are joined with `;`. An unknown one is refused, so that a
// misspelt test fails.

import { TokenWatchError } from '../core/errors.ts';

export type ContentEncoding = 'gzip' | 'br' | 'zstd' | 'deflate';

export interface Simulation {
  /** `status=529`: answers with this status; from 400 on with the protocol's error body. */
  readonly status: number | null;
  /** `retry-after=2`: adds the header. */
  readonly retryAfter: string | null;
  /** `delay=MS`: waits before the response head. */
  readonly delayMs: number;
  /** `slow=MS` (`slow` alone: 50): waits before every chunk after the first. */
  readonly slowMs: number;
  /** `hang`: reads the request and never answers. */
  readonly hang: boolean;
  /** `hang-after=N`: falls silent after N chunks. */
  readonly hangAfter: number | null;
  /** `break-after=N`: closes the connection after N chunks, before the body's end. */
  readonly breakAfter: number | null;
  /** `reset-after=N`: the same with a TCP reset, which may overtake what was sent. */
  readonly resetAfter: number | null;
  /** `end-after=N`: ends the body properly, but N chunks into it. */
  readonly endAfter: number | null;
  /** `error-after=N`: sends the protocol's error event after N chunks of a 200 stream, and ends. */
  readonly errorAfter: number | null;
  /** `no-usage`: leaves the token figures out. */
  readonly noUsage: boolean;
  /** `gzip`, `br`, `zstd`, `deflate`: forced, whatever the client accepts; `negotiated`: by accept-encoding. */
  readonly encoding: ContentEncoding | 'negotiated' | null;
  /** `trailers`: sends two trailer fields after a chunked body. */
  readonly trailers: boolean;
  /** `repeated-headers`: sends two `set-cookie` and two `x-repeated` fields. */
  readonly repeatedHeaders: boolean;
  /** `big=BYTES`: a body of that many bytes, made as it is read. */
  readonly bigBytes: number | null;
  /** `raw=BASE64`: these very bytes. */
  readonly raw: Buffer | null;
  /** `type=MEDIA/TYPE`: the content type of `raw` and `big`. */
  readonly type: string;
  /** `cut=BYTES`: writes the body in pieces of that size, whatever its events. */
  readonly cutBytes: number | null;
}

export const NO_SIMULATION: Simulation = Object.freeze({
  status: null,
  retryAfter: null,
  delayMs: 0,
  slowMs: 0,
  hang: false,
  hangAfter: null,
  breakAfter: null,
  resetAfter: null,
  endAfter: null,
  errorAfter: null,
  noUsage: false,
  encoding: null,
  trailers: false,
  repeatedHeaders: false,
  bigBytes: null,
  raw: null,
  type: 'application/octet-stream',
  cutBytes: null,
});

const MODEL_MARK = '+simulate:';
const SLOW_MS = 50;

type Control = (value: string) => Partial<Simulation>;
const CONTROLS: Readonly<Record<string, Control>> = {
  status: (value) => ({ status: wholeNumber(value) }),
  'retry-after': (value) => ({ retryAfter: value }),
  delay: (value) => ({ delayMs: wholeNumber(value) }),
  slow: (value) => ({ slowMs: value === '' ? SLOW_MS : wholeNumber(value) }),
  hang: () => ({ hang: true }),
  'hang-after': (value) => ({ hangAfter: wholeNumber(value) }),
  'break-after': (value) => ({ breakAfter: wholeNumber(value) }),
  'reset-after': (value) => ({ resetAfter: wholeNumber(value) }),
  'end-after': (value) => ({ endAfter: wholeNumber(value) }),
  'error-after': (value) => ({ errorAfter: wholeNumber(value) }),
  'no-usage': () => ({ noUsage: true }),
  gzip: () => ({ encoding: 'gzip' }),
  br: () => ({ encoding: 'br' }),
  zstd: () => ({ encoding: 'zstd' }),
  deflate: () => ({ encoding: 'deflate' }),
  negotiated: () => ({ encoding: 'negotiated' }),
  trailers: () => ({ trailers: true }),
  'repeated-headers': () => ({ repeatedHeaders: true }),
  big: (value) => ({ bigBytes: wholeNumber(value) }),
  raw: (value) => ({ raw: Buffer.from(value, 'base64') }),
  type: (value) => ({ type: value }),
  cut: (value) => ({ cutBytes: wholeNumber(value) }),
};

/** Throws `invalid_argument` for a control that does not exist, or whose value is none. */
export function parseSimulation(text: string): Simulation {
  let simulation = NO_SIMULATION;
  for (const part of text.split(/[;,]/).map((piece) => piece.trim())) {
    if (part === '') continue;
    const [name = ''] = part.split('=', 1);
    const control = Object.hasOwn(CONTROLS, name) ? CONTROLS[name] : undefined;
    if (control === undefined)
      throw notSimulated(part, `the controls are ${Object.keys(CONTROLS).join(', ')}`);
    const changes = control(part.slice(name.length + 1));
    const [wrong] = Object.values(changes).filter(Number.isNaN);
    if (wrong !== undefined) throw notSimulated(part, `"${name}" takes a whole number`);
    simulation = { ...simulation, ...changes };
  }
  return simulation;
}

/** Takes the control text off a model's name. */
export function splitModel(name: string): { readonly model: string; readonly controls: string } {
  const mark = name.indexOf(MODEL_MARK);
  return mark === -1
    ? { model: name, controls: '' }
    : { model: name.slice(0, mark), controls: name.slice(mark + MODEL_MARK.length) };
}

/** `NaN` for what is none. */
function wholeNumber(value: string): number {
  return /^\d+$/.test(value) ? Number(value) : Number.NaN;
}

function notSimulated(part: string, why: string): TokenWatchError {
  return new TokenWatchError('invalid_argument', `cannot simulate "${part}"; ${why}.`);
}
