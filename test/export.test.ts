// Exports: read back by a reader of Parquet, by one of CSV, and against the records.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { exportRequests } from '../src/cli/commands/export.ts';
import type { RequestRecord } from '../src/core/record.ts';
import { text } from '../src/export/column.ts';
import { FOCUS_COLUMNS } from '../src/export/focus-columns.ts';
import { csvLine } from '../src/export/lines.ts';
import { REQUEST_COLUMNS } from '../src/export/request-columns.ts';
import { contextOf } from './run-command.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

const TAG = 'team=growth,urgent';
const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-export-'));
let app: TestApp;
const records: RequestRecord[] = [];

before(async () => {
  app = await startTestApp();
  for (const [index, model] of ['gpt-4o', 'gpt-4o-mini', 'unheard-of'].entries()) {
    const session = `export-${index}`;
    const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-tokenwatch-session': session,
        'user-agent': 'exporting/1',
        ...(index === 0 && { 'x-tokenwatch-tag': TAG }),
      },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Tell me about parsers' }] }),
    });
    await response.text();
    records.unshift(await app.recordOf(session));
  }
});
after(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

async function run(options: Readonly<Record<string, unknown>>): Promise<string> {
  const lines: string[] = [];
  const environment = { TOKENWATCH_DATA_DIR: app.dataDir };
  const asked = { options: { format: 'csv', columns: 'requests', ...options } };
  await exportRequests.run(contextOf(environment, lines, asked));
  return lines.join('\n');
}

test('CSV has a head and a row for each request, with nothing where nothing is known', async () => {
  const [head, ...rows] = (await run({})).split('\n');
  assert.equal(head, REQUEST_COLUMNS.map(({ name }) => name).join(','));
  assert.equal(rows.length, 3);
  const at = (row: string | undefined, name: string): string | undefined =>
    row?.split(',')[REQUEST_COLUMNS.findIndex((column) => column.name === name)];
  assert.deepEqual(
    rows.map((row) => [at(row, 'id'), at(row, 'model_requested')]).slice(0, 2),
    records.map(({ id, modelRequested }) => [id, modelRequested]).slice(0, 2),
  );
  assert.equal(at(rows[0], 'cost_nano_usd'), '');
  assert.equal(at(rows[1], 'cost_nano_usd'), String(records[1]?.costNanoUsd));
  assert.match(rows[2] ?? '', /,"team=growth,urgent",/);
});

test('JSON lines are the same figures, and filters narrow them', async () => {
  const lines = (await run({ format: 'jsonl', tag: 'team=growth' })).split('\n');
  assert.equal(lines.length, 1);
  const row = JSON.parse(lines[0] ?? '');
  assert.deepEqual([row.tag, row.cost_nano_usd], [TAG, records[2]?.costNanoUsd]);
  assert.equal(row.cost_usd, (records[2]?.costNanoUsd ?? 0) / 1e9);
  assert.equal(row.started_at, new Date(records[2]?.startedAtMs ?? 0).toISOString());
});

test('Parquet is read back by its reader, types and all', async () => {
  const out = join(folder, 'requests.parquet');
  assert.match(await run({ format: 'parquet', out }), /^3 requests written/);
  const file = await asyncBufferFromFile(out);
  const { schema, num_rows } = await parquetMetadataAsync(file);
  assert.equal(num_rows, 3n);
  assert.deepEqual(
    schema.slice(1).map(({ name }) => name),
    REQUEST_COLUMNS.map(({ name }) => name),
  );
  const rows = await parquetReadObjects({ file });
  assert.deepEqual(
    rows.map(({ id, cost_nano_usd }) => [id, cost_nano_usd]),
    records.map(({ id, costNanoUsd }) => [id, costNanoUsd === null ? null : BigInt(costNanoUsd)]),
  );
  assert.deepEqual(rows[2]?.started_at, new Date(records[2]?.startedAtMs ?? 0));
  assert.deepEqual([rows[2]?.streamed, rows[2]?.tag, rows[1]?.tag], [false, TAG, null]);
  assert.equal(statSync(out).mode & 0o077, 0);
});

test('an export of nothing is a file of no rows, in every format', async () => {
  for (const format of ['csv', 'jsonl', 'parquet']) {
    const out = join(folder, `nothing.${format}`);
    assert.match(await run({ format, out, app: 'nobody' }), /^0 requests written/);
    assert.equal(statSync(out).size > 0, format !== 'jsonl', format);
  }
  const file = await asyncBufferFromFile(join(folder, 'nothing.parquet'));
  assert.equal((await parquetMetadataAsync(file)).num_rows, 0n);
});

test('FOCUS has a charge for each request of known cost, whose cost is its price times its quantity', async () => {
  const rows = (await run({ format: 'jsonl', columns: 'focus' })).split('\n').map((line) => JSON.parse(line));
  assert.equal(rows.length, 2);
  for (const row of rows) {
    assert.deepEqual(
      Object.keys(row),
      FOCUS_COLUMNS.map(({ name }) => name),
    );
    assert.ok(Math.abs(row.ListUnitPrice * row.PricingQuantity - row.ListCost) < 1e-12);
    assert.ok(row.ChargePeriodStart < row.ChargePeriodEnd);
    assert.ok(
      row.BillingPeriodStart <= row.ChargePeriodStart && row.ChargePeriodStart < row.BillingPeriodEnd,
    );
    assert.match(row.BillingPeriodStart, /-01T00:00:00\.000Z$/);
    // The columns that the specification wants in every row of usage.
    for (const [name, value] of Object.entries(row))
      if (
        /Cost|Account(?:Id)|Currency|Period|ChargeCategory|Name$|Unit|Quantity|^Sku|ServiceCategory/.test(
          name,
        )
      )
        if (!/^(?:Region|Resource)/.test(name)) assert.notEqual(value, null, name);
  }
  assert.deepEqual(JSON.parse(rows[1].Tags), {
    'tokenwatch/app': 'exporting',
    team: 'growth',
    urgent: 'true',
  });
  assert.equal(rows[1].BilledCost, (records[2]?.costNanoUsd ?? 0) / 1e9);
  assert.deepEqual([rows[1].ConsumedUnit, rows[1].ServiceCategory], ['Tokens', 'AI and Machine Learning']);
});

test('a name from the network is no formula in a spreadsheet, and no end of a line', () => {
  const columns = [text('name', ({ app: name }) => name)];
  const cell = (name: string): string => csvLine(columns, { app: name } as RequestRecord);
  assert.equal(cell('=HYPERLINK("x")'), `"'=HYPERLINK(""x"")"`);
  assert.equal(cell('＝1+1'), "'＝1+1");
  assert.equal(cell('\n=1+1'), `"\n'=1+1"`);
  assert.equal(cell('a;=1+1'), `"a;'=1+1"`);
  assert.equal(cell('team=growth,a-b; c'), '"team=growth,a-b; c"');
  assert.equal(cell('-1'), "'-1");
  assert.equal(cell('a\r\nb'), '"a\r\nb"');
  assert.equal(cell('plain'), 'plain');
});

test('a Parquet export needs a file, and a file that cannot be written is said', async () => {
  await assert.rejects(run({ format: 'parquet' }), { code: 'invalid_argument', message: /add --out FILE/ });
  await assert.rejects(run({ out: join(folder, 'no', 'such', 'folder.csv') }), {
    message: /cannot be written: there is no folder/,
  });
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  );
  assert.ok(readFileSync(join(folder, 'nothing.csv'), 'utf8').startsWith('id,'));
});
