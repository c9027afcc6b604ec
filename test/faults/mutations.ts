// Requests and answers that are almost right: what clients and upstreams send, with something changed that nobody would
// think of.

import fc from 'fast-check';

const ODD_VALUES: readonly unknown[] = [
  '__proto__',
  'constructor',
  '9'.repeat(400),
  null,
  '',
  -1,
  1e308,
  0.5,
  [],
  {},
  true,
  'x\ud800y',
  '\u0000',
  [[[[[[[[]]]]]]]],
  { __proto__: null, toString: 1 },
  'x'.repeat(20_000),
  [null],
  { type: 'text' },
];
const ODD_NAMES = ['__proto__', 'constructor', 'toString', '', 'hasOwnProperty', 'then', '\ud800'];

const oddValue = fc.oneof(fc.constantFrom(...ODD_VALUES), fc.jsonValue({ maxDepth: 3 }));

/** The document with one value somewhere in it replaced, removed, or given an odd name; as text. */
export function mutatedJson(document: unknown): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(), fc.constantFrom('replace', 'replace', 'remove', 'add', 'none'), oddValue, fc.nat(6))
    .map(([at, how, value, name]) => {
      const copy: unknown = structuredClone(document);
      const places = placesIn(copy);
      const place = places[at % places.length];
      if (place !== undefined) {
        const [holder, key] = place;
        if (how === 'replace') holder[key] = value;
        else if (how === 'remove') delete holder[key];
        else if (how === 'add') holder[ODD_NAMES[name] ?? ''] = value;
      }
      // Node would write half a surrogate pair as an escape; some clients write it as it is.
      return JSON.stringify(copy);
    });
}

type Holder = Record<string, unknown>;

function placesIn(value: unknown): [Holder, string][] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((key): [Holder, string][] => [[holder, key], ...placesIn(holder[key])]);
}

/** The bytes, sometimes cut off, with a byte changed, or with a part of them twice. */
export function mutatedBytes(bytes: Buffer): fc.Arbitrary<Buffer> {
  const at = fc.nat(Math.max(0, bytes.length - 1));
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(bytes) },
    { weight: 1, arbitrary: at.map((end) => bytes.subarray(0, end)) },
    {
      weight: 1,
      arbitrary: fc.tuple(at, fc.nat(255)).map(([where, byte]) => {
        const copy = Buffer.from(bytes);
        if (copy.length > 0) copy[where] = byte;
        return copy;
      }),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(at, at)
        .map(([from, to]) =>
          Buffer.concat([bytes.subarray(0, Math.max(from, to)), bytes.subarray(Math.min(from, to))]),
        ),
    },
  );
}
