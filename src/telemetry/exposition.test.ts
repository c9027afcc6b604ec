import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BoundedLabel, LABEL_VALUES_MAX } from './bounded-label.ts';
import { metricsPage } from './exposition.ts';
import { Counter, exponentialBounds, type Family, Histogram, readFamily } from './metrics.ts';

const OPEN = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
const textOf = (family: Family, accept?: string): string => metricsPage([family], accept).body;

test('a counter is written as Prometheus reads it, and as OpenMetrics', () => {
  const counter = new Counter({ name: 'x_requests', help: 'Two\nlines \\ "so".', labels: ['app', 'kind'] });
  counter.add(1, 'a "b" \\ \n c', 'k');
  counter.add(2, 'a "b" \\ \n c', 'k');
  const sample = 'x_requests_total{app="a \\"b\\" \\\\ \\n c",kind="k"} 3\n';
  assert.equal(
    textOf(counter),
    `# HELP x_requests_total Two\\nlines \\\\ "so".\n# TYPE x_requests_total counter\n${sample}`,
  );
  assert.equal(
    textOf(counter, OPEN),
    `# HELP x_requests Two\\nlines \\\\ \\"so\\".\n# TYPE x_requests counter\n${sample}# EOF\n`,
  );
  assert.match(metricsPage([], OPEN).contentType, /^application\/openmetrics-text; version=1\.0\.0/);
  assert.match(metricsPage([], undefined).contentType, /^text\/plain; version=0\.0\.4/);
});

test('a histogram counts what is up to each bound, and what is beyond them all', () => {
  const histogram = new Histogram({ name: 'x_seconds', help: 'h', bounds: [1, 2.5] });
  for (const value of [0.5, 1, 2, 99]) histogram.observe(value);
  assert.deepEqual(textOf(histogram).split('\n').slice(2, -1), [
    'x_seconds_bucket{le="1"} 2',
    'x_seconds_bucket{le="2.5"} 3',
    'x_seconds_bucket{le="+Inf"} 4',
    'x_seconds_sum 102.5',
    'x_seconds_count 4',
  ]);
  assert.match(textOf(histogram, OPEN), /x_seconds_bucket\{le="1\.0"\} 2/);
});

test('a counter without labels is there from the start, and none goes down', () => {
  assert.match(textOf(new Counter({ name: 'x', help: 'h' })), /^x_total 0$/m);
  assert.throws(() => new Counter({ name: 'x', help: 'h' }).add(-1), RangeError);
});

test('nano-dollars are shown as dollars', () => {
  const counter = new Counter({ name: 'x_usd', help: 'h', unit: 1e9 });
  counter.add(1_500_000_000);
  assert.match(textOf(counter), /^x_usd_total 1\.5$/m);
});

test('a family whose samples do not fit its labels is a fault of ours', () => {
  const wrong = readFamily('gauge', { name: 'x', help: 'h', labels: ['a'] }, () => [[[], 1]]);
  assert.throws(() => textOf(wrong), /x has 1 labels/);
});

test('bounds are as the conventions list them', () => {
  assert.deepEqual(exponentialBounds(0.01, 2, 14).at(-1), 81.92);
  assert.deepEqual(exponentialBounds(1, 4, 14).at(-1), 67_108_864);
});

test('beyond fifty values a label is "other", and each that is not told apart is counted', () => {
  let overflows = 0;
  const label = new BoundedLabel(() => {
    overflows += 1;
  });
  for (let index = 0; index < LABEL_VALUES_MAX; index += 1) assert.equal(label.of(`v${index}`), `v${index}`);
  assert.equal(label.of('late'), 'other');
  assert.equal(label.of('v7'), 'v7');
  assert.equal(label.of(null), 'none');
  assert.equal(overflows, 1);
});

test('a label is no longer than people read, and holds nothing that they do not see', () => {
  const label = new BoundedLabel(() => undefined);
  assert.equal(label.of('x'.repeat(5000)), 'x'.repeat(120));
  assert.equal(label.of('a\u202eb\u009bc\u200b'), 'a?b?c?');
  assert.ok(label.of(`${'y'.repeat(119)}😀`).isWellFormed());
});

test('a value that is not to be told apart is none of the fifty', () => {
  const label = new BoundedLabel(() => undefined);
  for (let index = 0; index < 1000; index += 1) assert.equal(label.of(`made up ${index}`, false), 'other');
  assert.equal(label.of('real'), 'real');
  assert.equal(label.of('real', false), 'real');
});

test('combinations of labels are bounded as well: what comes later is counted together', () => {
  const counter = new Counter({ name: 'x', help: 'h', labels: ['a', 'b'] });
  for (let index = 0; index < 6000; index += 1) counter.add(1, `a${index}`, 'b');
  const lines = textOf(counter).split('\n');
  assert.ok(lines.length < 5010);
  assert.ok(lines.includes('x_total{a="other",b="other"} 1000'));
});

test('whatever a label holds, a sample is one line that gives it back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (value) => {
      const counter = new Counter({ name: 'x', help: 'h', labels: ['a'] });
      const label = new BoundedLabel(() => undefined).of(value);
      counter.add(1, label);
      const [line, ...rest] = textOf(counter).split('\n').slice(2);
      assert.deepEqual(rest, ['']);
      const written = /^x_total\{a="((?:[^"\\\n]|\\["\\n])*)"\} 1$/.exec(line ?? '')?.[1];
      assert.equal(
        written?.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
        label,
      );
    }),
  );
});
