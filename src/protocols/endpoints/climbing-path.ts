// Whether some server may take a path for one that leads out of its place. Clients resolve `..` themselves; what is left
// of it is there to be read differently by whoever stands in the way: encoded again and again, in letters that look like
// a dot, with what is cut off or left out on the way.

/** Most paths have neither. */
const MAY_CLIMB = /\.\.|%/;
/** How often it may have been encoded. */
const ROUNDS_MAX = 5;
const ESCAPE = /%(?:u([0-9a-f]{4})|([0-9a-f]{2}))/gi;
/** Bytes that are no UTF-8, and that careless decoders take for these characters. */
const OVERLONG: readonly (readonly [RegExp, string])[] = [
  [/\xc0\xae|\xe0\x80\xae|\xf0\x80\x80\xae/g, '.'],
  [/\xc0\xaf|\xe0\x80\xaf|\xf0\x80\x80\xaf/g, '/'],
  [/\xc1\x9c|\xe0\x81\x9c/g, '\\'],
];
/** Also the slashes that Windows makes a plain one of. */
const SEPARATOR = /[/\\\u2044\u2215\u2216\u29f8\u29f9]/;
/** Where a path ends for some: parameters, a query, a fragment, the end of a text in C. */
const CUT = /[;?#\0]/;
/** Left out by some. */
const LEFT_OUT = /[\0-\x20\x7f-\xa0\u200b-\u200f\ufeff]/g;

export function mayClimb(path: string): boolean {
  if (!MAY_CLIMB.test(path)) return false;
  return plainOf(path).split(SEPARATOR).some(isClimb);
}

function isClimb(segment: string): boolean {
  const [beginning = ''] = segment.split(CUT);
  return [segment, beginning].some((text) => text.replace(LEFT_OUT, '') === '..');
}

function plainOf(path: string): string {
  let bytes = path;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const next = withoutEscapes(bytes);
    if (next === bytes) break;
    bytes = next;
  }
  for (const [form, plain] of OVERLONG) bytes = bytes.replace(form, plain);
  return Buffer.from(bytes, 'latin1').toString('utf8').normalize('NFKC');
}

/** Of bytes, each of them a character. */
function withoutEscapes(bytes: string): string {
  return bytes.replace(ESCAPE, (_all, wide: string | undefined, code = '') =>
    wide === undefined
      ? String.fromCharCode(Number.parseInt(code, 16))
      : Buffer.from(String.fromCharCode(Number.parseInt(wide, 16))).toString('latin1'),
  );
}
