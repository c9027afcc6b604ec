// A server killed with reservations open: at the next start the ledger equals the records, and nothing leaks.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { systemClock } from '../../src/core/clock.ts';
import { BudgetBook } from '../../src/ledger/book/budget-book.ts';
import { startSimulatedProvider } from '../../src/simulator/provider.ts';
import { visitStore } from '../../src/storage/registry.ts';

const ROUNDS = 4;
const HANGING = 5;
const ANSWERED = 7;

test('kill -9 with reservations open: after the restart, what is spent equals the records', async (context) => {
  const provider = await startSimulatedProvider({ recording: true });
  const dataDir = mkdtempSync(join(tmpdir(), 'tokenwatch-budget-kill-'));
  context.after(async () => {
    await provider.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  await book(dataDir, (budgets) =>
    budgets.set({ limit: '100', period: 'total', name: 'all', thresholds: '1', action: 'warn' }),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    const server = await startServer(dataDir, provider.url);
    for (let index = 0; index < ANSWERED; index += 1) assert.equal((await server.ask('')).status, 200);
    const hanging = Array.from({ length: HANGING }, () => server.ask('hang').catch(() => null));
    await provider.arrival((round + 1) * (ANSWERED + HANGING) - 1);
    await server.kill();
    assert.deepEqual(
      await Promise.all(hanging),
      hanging.map(() => null),
    );
  }
  const status = await book(dataDir, (budgets) => budgets.status());
  const records = await visitStore({ TOKENWATCH_DATA_DIR: dataDir }, 'refuse');
  const rows = await records.analytics.recent({ limit: 1000 });
  await records.close();
  assert.equal(rows.length, ROUNDS * (ANSWERED + HANGING));
  const interrupted = rows.filter((row) => row.outcome === 'interrupted');
  assert.equal(interrupted.length, ROUNDS * HANGING);
  for (const row of interrupted) {
    assert.ok(row.costNanoUsd !== null && row.costNanoUsd > 0);
    assert.equal(row.costNanoUsd, row.reservedNanoUsd);
  }
  const sum = rows.reduce((total, row) => total + (row.costNanoUsd ?? Number.NaN), 0);
  assert.equal(status.standings[0]?.spentNanoUsd, sum);
  assert.equal(status.standings[0]?.reservedNanoUsd, 0);

  // The running ledger says the same: a limit of what is spent leaves no room.
  await book(dataDir, (budgets) =>
    budgets.set({ name: 'all', limit: (sum / 1e9).toFixed(9), action: 'block' }),
  );
  const server = await startServer(dataDir, provider.url);
  const refused = await server.ask('');
  assert.equal(refused.status, 429);
  assert.equal(Math.round(Number(refused.headers.get('x-tokenwatch-budget-spent')) * 1e9), sum);
  assert.equal(refused.headers.get('x-tokenwatch-budget-reserved'), '0');
  await server.kill();
});

async function book<T>(dataDir: string, work: (budgets: BudgetBook) => Promise<T>): Promise<T> {
  const { budgets: bank, close } = await visitStore({ TOKENWATCH_DATA_DIR: dataDir }, 'create');
  try {
    return await work(new BudgetBook({ bank, clock: systemClock, timeZone: 'UTC' }));
  } finally {
    await close();
  }
}

async function startServer(
  dataDir: string,
  upstream: string,
): Promise<{ ask(simulate: string): Promise<Response>; kill(): Promise<void> }> {
  const server = spawn(
    process.execPath,
    ['bin/tokenwatch.js', 'start', '--port', '0', '--dashboard-port', '0'],
    {
      env: { ...process.env, TOKENWATCH_DATA_DIR: dataDir, TOKENWATCH_ANTHROPIC_URL: upstream },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(server, 'exit');
  let url = '';
  for await (const line of createInterface({ input: server.stdout })) {
    url = /ANTHROPIC_BASE_URL=(\S+)/.exec(line)?.[1] ?? '';
    if (url !== '') break;
  }
  return {
    ask: (simulate) =>
      fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-simulate': simulate },
        body: JSON.stringify({
          model: 'claude-haiku-4-5',
          max_tokens: 64,
          messages: [{ role: 'user', content: 'Hello' }],
        }),
      }),
    async kill() {
      server.kill('SIGKILL');
      await exited;
    },
  };
}
