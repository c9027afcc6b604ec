import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLarge } from '../json/large-document.ts';
import { openai } from '../openai/protocol.ts';

const PATH = '/v1beta/models/gemini-2.5-flash:streamGenerateContent';
const TEXT = 'every word, "[{';
const said = JSON.stringify({ candidates: [{ content: { parts: [{ text: TEXT }] } }] });
const last = JSON.stringify({
  candidates: [{ content: { parts: [{ text: '.' }] }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 99, totalTokenCount: 109 },
});

function read(body: string, cut = 1000) {
  const head = { status: 200, contentType: 'application/json' };
  const meter = openai.meter(openai.endpoint('POST', PATH), head, PATH);
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += cut) meter?.push(bytes.subarray(at, at + cut));
  const reading = meter?.end();
  return {
    output: reading?.runs[0]?.usage.outputTokens,
    isUnknown: reading?.hasUnpricedParts,
    isCutShort: reading?.isCutShort,
    characters: meter?.generatedText().length,
  };
}

test('a stream in the form of a list is read element by element, however long it is and wherever it ends', () => {
  for (const [count, cut] of [
    [3, 1],
    [5000, 997],
  ] as const) {
    const elements = Array.from({ length: count }, () => said).join(',\r\n');
    const characters = count * TEXT.length;
    const whole = { output: 99, isUnknown: false, isCutShort: false, characters: characters + 1 };
    assert.deepEqual(read(`\n[${elements},${last}\n]`, cut), whole);
    const broken = { output: undefined, isUnknown: false, isCutShort: true, characters };
    assert.deepEqual(read(`[${elements},{"candidates":[`, cut), broken);
  }
});

test('a document in place of the list is read as one', () => {
  assert.equal(read(last, 7).output, 99);
  assert.equal(read('').output, undefined);
  assert.equal(read('[').isCutShort, true);
});

test('an element that is long by itself counts as well', () => {
  const long = JSON.stringify({ candidates: [{ content: { parts: [{ text: 'x'.repeat(3_000_000) }] } }] });
  const { output, characters, isUnknown } = read(`[${long},${last}]`, 100_000);
  assert.deepEqual([output, characters, isUnknown], [99, 3_000_001, false]);
});

test('an element that is large is left to be parsed elsewhere, and those behind it wait for it', () => {
  const large = (text: string) =>
    JSON.stringify({
      modelVersion: text,
      candidates: [{ content: { parts: [{ text: text.repeat(300_000) }] } }],
    });
  const head = { status: 200, contentType: 'application/json' };
  const meter = openai.meter(openai.endpoint('POST', PATH), head, PATH);
  assert.ok(meter !== null);
  const bytes = Buffer.from(`\n [ ${said} ,\n${large('a')} , ${large('b')},${last}]`);
  for (let at = 0; at < bytes.length; at += 100_000) meter.push(bytes.subarray(at, at + 100_000));
  const left = [];
  for (let next = meter.large(true); next !== null; next = meter.large(true)) {
    left.push(Buffer.concat(next.pieces).toString('utf8'));
    next.take(parseLarge(Buffer.concat(next.pieces), next.needsOutlineOnly));
  }
  assert.equal(left.at(-1), large('b'));
  const { runs, model } = meter.end();
  assert.deepEqual([runs[0]?.usage.outputTokens, model], [99, 'b']);
  assert.equal(meter.generatedText(), `${TEXT}${'a'.repeat(300_000)}${'b'.repeat(300_000)}.`);
});

test('a large element asks for another thread as soon as it is whole', () => {
  const head = { status: 200, contentType: 'application/json' };
  const meter = openai.meter(openai.endpoint('POST', PATH), head, PATH);
  meter?.push(Buffer.from(`[{"candidates":[{"content":{"parts":[{"text":"${'x'.repeat(300_000)}"}]}}]}`));
  assert.notEqual(meter?.large(false), null);
  meter?.giveUp();
  assert.equal(meter?.large(true), null);
  assert.deepEqual([meter?.end().runs, meter?.generatedText()], [[], '']);
});
