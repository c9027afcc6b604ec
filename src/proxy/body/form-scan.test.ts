import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { boundaryOf, type FormFacts, FormScan } from './form-scan.ts';

const FILE = Buffer.alloc(200_000, 0x2d);

function form(parts: readonly (readonly [head: string, value: string | Buffer])[], end = '\r\n'): Buffer {
  const all = parts.map(([head, value]) =>
    Buffer.concat([Buffer.from(`--b7${end}${head}${end}${end}`), Buffer.from(value), Buffer.from(end)]),
  );
  return Buffer.concat([...all, Buffer.from(`--b7--${end}`)]);
}

const field = (name: string): string => `Content-Disposition: form-data; name="${name}"`;
const file = (name: string): string =>
  `Content-Disposition: form-data; name="${name}"; filename="a.bin"\r\nContent-Type: audio/mpeg`;

function scan(body: Buffer, chunkBytes = body.length): FormFacts {
  const scanned = new FormScan('b7');
  for (let at = 0; at < body.length; at += chunkBytes) scanned.push(body.subarray(at, at + chunkBytes));
  return scanned.facts;
}

test('the model is found before and behind the file, however the form is cut', () => {
  const before = form([
    [field('model'), 'whisper-1'],
    [file('file'), FILE],
    [field('stream'), 'true'],
  ]);
  const behind = form([
    [file('file'), FILE],
    [field('stream'), 'false'],
    [field('model'), 'whisper-1'],
  ]);
  for (const bytes of [1_000_000, 4096, 61, 7]) {
    assert.deepEqual(scan(before, bytes), { model: 'whisper-1', stream: true, namesTwoModels: false });
    assert.deepEqual(scan(behind, bytes), { model: 'whisper-1', stream: false, namesTwoModels: false });
  }
});

test('the model is known as soon as its part is over', () => {
  const scanned = new FormScan('b7');
  scanned.push(
    form([
      [field('model'), 'm'],
      [file('file'), FILE],
    ]).subarray(0, 80),
  );
  assert.equal(scanned.facts.model, 'm');
});

test('forms that other writers make are read', () => {
  const heads = [
    'content-disposition:form-data;name=model',
    'CONTENT-DISPOSITION: form-data; NAME="model"',
    'Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name="model"\r\nContent-Length: 5',
    'Content-Disposition: form-data;\r\n name="model"',
  ];
  for (const head of heads) assert.equal(scan(form([[head, 'größe']]), 3).model, 'größe', head);
  assert.equal(scan(form([[field('model'), 'm']], '\n')).model, 'm');
});

test('a file that is called model, a field that contains a boundary, and a long value are no model', () => {
  assert.equal(scan(form([[file('model'), 'x']])).model, null);
  assert.equal(scan(form([[field('my-model'), 'x']])).model, null);
  assert.equal(scan(form([[field('model'), 'x'.repeat(10_000)]])).model, null);
  assert.equal(scan(form([[field('model'), '']])).model, null);
});

test('two different models are told, the same one twice is one', () => {
  assert.equal(
    scan(
      form([
        [field('model'), 'a'],
        [field('model'), 'b'],
      ]),
    ).namesTwoModels,
    true,
  );
  assert.equal(
    scan(
      form([
        [field('model'), 'a'],
        [field('model'), 'a'],
      ]),
    ).namesTwoModels,
    false,
  );
});

test('a boundary is read as RFC 2046 has it', () => {
  assert.equal(boundaryOf('multipart/form-data; boundary=abc'), 'abc');
  assert.equal(boundaryOf('multipart/form-data; charset=utf-8; Boundary="a b:c"; x=y'), 'a b:c');
  assert.equal(boundaryOf('multipart/form-data'), null);
  assert.equal(boundaryOf(undefined), null);
});

test('any bytes are scanned without a fault and without keeping much', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom('--b7', '\r\n', '--', field('model')), fc.string())),
      (parts) => {
        const scanned = new FormScan('b7');
        for (const part of parts) scanned.push(Buffer.from(part));
        assert.equal(typeof scanned.facts.stream, 'boolean');
      },
    ),
    { numRuns: 500 },
  );
});

test('a model in quotes, as a field of JSON has it, is the one between them', () => {
  const quoted = form([[`${field('model')}\r\nContent-Type: application/json`, '"whisper-1"']]);
  assert.equal(scan(quoted).model, 'whisper-1');
});
