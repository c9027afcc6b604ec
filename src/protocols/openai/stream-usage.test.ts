import assert from 'node:assert/strict';
import { test } from 'node:test';
import { streamUsage, UsageChunkFilter } from './stream-usage.ts';

function ask(text: string): string | undefined {
  const hasStreamOptions = text.includes('stream_options');
  return streamUsage.ask(Buffer.from(text), { hasStreamOptions })?.toString();
}

test('the question is inserted, and no other byte changes', () => {
  assert.equal(
    ask('{ "model":"m" ,"stream" : true }'),
    '{ "model":"m" ,"stream" : true,"stream_options":{"include_usage":true} }',
  );
  assert.equal(ask('{"stream_options": { "a":1 } }'), '{"stream_options": { "a":1,"include_usage":true } }');
  assert.equal(
    ask('{"stream_options":{"include_usage": false}}'),
    '{"stream_options":{"include_usage": true}}',
  );
  assert.equal(ask('{"stream_options":null}'), '{"stream_options":{"include_usage":true}}');
  assert.equal(ask('[1]'), undefined);
});

const CONTENT = 'data: {"choices":[{"delta":{"content":"ü"}}],"usage":null}';
const FILTERS = 'data: {"choices":[],"prompt_filter_results":[]}';
const USAGE = 'data: {"choices": [ ],"usage":{"prompt_tokens":1}}';

for (const end of ['\n', '\r\n', '\r']) {
  test(`only the usage chunk is left out, at every cut (line ends ${JSON.stringify(end)})`, () => {
    const blank = end + end;
    const wanted = `: hello${blank}${FILTERS}${blank}${CONTENT}${blank}data: [DONE]${blank}`;
    const given = Buffer.from(wanted.replace('data: [DONE]', `${USAGE}${blank}data: [DONE]`));
    for (let cut = 0; cut <= given.length; cut += 1) {
      const filter = streamUsage.filter();
      const parts = [filter.push(given.subarray(0, cut)), filter.push(given.subarray(cut)), filter.flush()];
      assert.equal(Buffer.concat(parts).toString(), wanted, `cut at ${cut}`);
    }
  });
}

test('a finished event is not held back', () => {
  const filter = streamUsage.filter();
  assert.equal(
    Buffer.from(filter.push(Buffer.from(`${CONTENT}\n\ndata: {"cho`))).toString(),
    `${CONTENT}\n\n`,
  );
});

for (const end of ['\n', '\r\n', '\r']) {
  const given = [FILTERS, CONTENT, CONTENT, USAGE, 'data: [DONE]'].map((line) => line + end);
  const wanted = given.filter((line) => !line.startsWith(USAGE)).join('');

  test(`of events without blank lines none is held back but the usage chunk (line ends ${JSON.stringify(end)})`, () => {
    const filter = streamUsage.filter();
    const passed = given.map((line) => Buffer.from(filter.push(Buffer.from(line))).toString());
    assert.equal(passed.join('') + Buffer.from(filter.flush()).toString(), wanted);
    // A carriage return may be half of a line end.
    if (end !== '\r') assert.deepEqual(passed.slice(0, 4), [...given.slice(0, 3), '']);
    const whole = Buffer.from(given.join(''));
    for (let cut = 0; cut <= whole.length; cut += 1) {
      const cutOne = streamUsage.filter();
      const parts = [cutOne.push(whole.subarray(0, cut)), cutOne.push(whole.subarray(cut)), cutOne.flush()];
      assert.equal(Buffer.concat(parts).toString(), wanted, `cut at ${cut}`);
    }
  });

  test(`of lines without a name none is held back but that with the usage (${JSON.stringify(end)})`, () => {
    const lines = given.slice(0, 4).map((line) => line.slice('data: '.length));
    const filter = streamUsage.filter();
    const passed = lines.map((line) => Buffer.from(filter.push(Buffer.from(line))).toString());
    if (end !== '\r') assert.deepEqual(passed.slice(0, 3), lines.slice(0, 3));
    const rest = Buffer.from(filter.flush()).toString();
    assert.equal(passed.join('') + rest, lines.slice(0, 3).join(''));
  });

  test(`a line end that comes by itself passes at once (${JSON.stringify(end)})`, () => {
    const filter = streamUsage.filter();
    const passed = [CONTENT + end, end, USAGE + end, end, CONTENT + end, end].map((bytes) =>
      Buffer.from(filter.push(Buffer.from(bytes))).toString(),
    );
    const all = passed.join('') + Buffer.from(filter.flush()).toString();
    assert.equal(all, CONTENT + end + end + CONTENT + end + end);
    if (end !== '\r') assert.deepEqual(passed.slice(0, 2), [CONTENT + end, end]);
  });
}

test('an event too large for a usage chunk passes before it has ended, and the next ones are judged again', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const large = `data: {"choices":[],"usage":{"image":"${'x'.repeat(200_000)}"}}${end}${end}`;
    const given = Buffer.from(`${large}${USAGE}${end}${end}${CONTENT}${end}${end}`);
    for (const last of [1, 2, 3, 4, 5]) {
      const filter = streamUsage.filter();
      const cut = large.length - last;
      const early = filter.push(given.subarray(0, cut));
      assert.ok(early.length >= cut - 3, `${cut - early.length} bytes were held back`);
      const rest = [...given.subarray(cut)].map((byte) => filter.push(Uint8Array.of(byte)));
      const passed = Buffer.concat([early, ...rest, filter.flush()]).toString();
      assert.equal(passed, `${large}${CONTENT}${end}${end}`);
    }
  }
});

test('what passes of a packet of thousands of events passes in as few pieces as there are usage chunks', (context) => {
  const usage = 'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n';
  const tiny = '\r\r'.repeat(20_000);
  const joined = context.mock.method(Buffer, 'concat');
  const filter = new UsageChunkFilter();
  const out = filter.push(Buffer.from(`${tiny}x\n\n${usage}${tiny}y\n\n`));
  assert.equal(Buffer.from(out).toString(), `${tiny}x\n\n${tiny}y\n\n`);
  assert.deepEqual(
    joined.mock.calls.map(({ arguments: [pieces] }) => pieces.length),
    [2],
  );
});
