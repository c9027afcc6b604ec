import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readJsonText } from './lenient-json.ts';
import { replaceTopLevelValue } from './top-level-json.ts';

const BODY = { model: 'größe-☃-🐍', max_tokens: 5, messages: [{ role: 'user', content: 'a // b, ] NaN' }] };
const TEXT = JSON.stringify(BODY);

function utf32(text: string, littleEndian: boolean): Buffer {
  const points = [...text].map((character) => character.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(points.length * 4);
  for (const [index, point] of points.entries())
    littleEndian ? bytes.writeUInt32LE(point, index * 4) : bytes.writeUInt32BE(point, index * 4);
  return bytes;
}

const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-16LE': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16BE': (text) => Buffer.from(text, 'utf16le').swap16(),
  'UTF-32LE': (text) => utf32(text, true),
  'UTF-32BE': (text) => utf32(text, false),
};

for (const [name, encode] of Object.entries(ENCODINGS)) {
  test(`a body in ${name} is read, with and without a byte order mark`, () => {
    for (const mark of ['', '\ufeff']) {
      const read = readJsonText(encode(mark + TEXT));
      assert.deepEqual(read?.document, BODY);
      const changed = replaceTopLevelValue(read.text, 'model', '"other"') ?? Buffer.alloc(0);
      assert.deepEqual(readJsonText(changed)?.document, { ...BODY, model: 'other' });
    }
  });
}

test('plain UTF-8 is read in place: its text is the body', () => {
  const body = Buffer.from(TEXT);
  assert.equal(readJsonText(body)?.text, body);
});

test('NaN and Infinity are read as no figure, and stay in the text', () => {
  const body = Buffer.from('{"a":NaN,"b":[-Infinity,Infinity],"max_tokens":NaN,"model":"m","t":"NaN"}');
  const read = readJsonText(body);
  assert.deepEqual(read?.document, { a: '', b: ['', ''], max_tokens: '', model: 'm', t: 'NaN' });
  assert.equal(
    replaceTopLevelValue(read.text, 'model', '"x"')?.toString(),
    '{"a":NaN,"b":[-Infinity,Infinity],"max_tokens":NaN,"model":"x","t":"NaN"}',
  );
});

test('comments and trailing commas are read over, and the model behind them is found and replaced', () => {
  const body = Buffer.from('// first\n{"a":[1,2,/* x */],/* "model":"no" */"model":"m" , // last\n}');
  const read = readJsonText(body);
  assert.deepEqual(read?.document, { a: [1, 2], model: 'm' });
  assert.equal(read.text.length, body.length);
  const changed = replaceTopLevelValue(read.text, 'model', '"other"') ?? Buffer.alloc(0);
  assert.deepEqual(JSON.parse(changed.toString()), { a: [1, 2], model: 'other' });
});

test('what is no JSON by any reading is none', () => {
  for (const text of ['', 'model=gpt-4o', '{"a":1', '{"a":/* }', '{"a":,}', '{"a" 1}', "{'a':1}", '/', '"'])
    assert.equal(readJsonText(Buffer.from(text)), null, text);
});

test('whatever arrives, reading it neither throws nor disagrees with JSON.parse', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.json(), fc.string()),
      fc.constantFrom('', ' ', '/*x*/', '//x\n'),
      (text, before) => {
        let strict: unknown;
        try {
          strict = JSON.parse(text);
        } catch {
          strict = undefined;
        }
        const read = readJsonText(Buffer.from(before + text));
        if (strict !== undefined && text.isWellFormed()) assert.deepEqual(read?.document, strict);
      },
    ),
    { numRuns: 500 },
  );
});

test('any bytes are read or refused, never a fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      readJsonText(Buffer.from(bytes));
    }),
    { numRuns: 1000 },
  );
});
