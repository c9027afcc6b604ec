// Promise 2: a killed process loses no request and doubles none.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { startSimulatedProvider } from '../src/simulator/provider.ts';
import { openRecords } from '../src/storage/sqlite/open-records.ts';

const KILLS = 12;
const PARALLEL = 8;
const RECENT_MAX = 1_000_000;

test('kill -9 under load loses no request that a client has heard of, and doubles none', async (context) => {
  const provider = await startSimulatedProvider({});
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-kill-'));
  context.after(async () => {
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const answered = new Set<string>();
  const whole = new Set<string>();
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Each round dies after another number of answers: in the middle of starts, answers and loads.
    await runUntilKilled(folder, provider.url, 5 + kill * 7, answered, whole);
  }
  const records = await openRecords(folder);
  const rows = await records.analytics.recent({ limit: RECENT_MAX });
  await records.close();
  const byId = new Map(rows.map((row) => [row.id, row]));
  assert.equal(byId.size, rows.length, 'an id occurs twice');
  assert.ok(whole.size >= KILLS * 5, `only ${whole.size} answers were whole`);
  for (const id of answered) assert.ok(byId.has(id), `request ${id} is missing`);
  for (const row of rows)
    assert.ok(row.outcome === 'completed' || row.outcome === 'interrupted', row.outcome);
  for (const row of rows) {
    if (row.outcome === 'completed') assert.ok(row.usage.outputTokens > 0 && (row.costNanoUsd ?? 0) > 0);
  }
});

async function runUntilKilled(
  folder: string,
  upstream: string,
  answersMax: number,
  answered: Set<string>,
  whole: Set<string>,
): Promise<void> {
  const server = spawn(
    process.execPath,
    ['bin/tokenwatch.js', 'start', '--port', '0', '--dashboard-port', '0'],
    {
      env: {
        ...process.env,
        TOKENWATCH_DATA_DIR: folder,
        TOKENWATCH_ANTHROPIC_URL: upstream,
        TOKENWATCH_OPENAI_URL: upstream,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const exited = once(server, 'exit');
  let url = '';
  for await (const line of createInterface({ input: server.stdout })) {
    url = /ANTHROPIC_BASE_URL=(\S+)/.exec(line)?.[1] ?? '';
    if (url !== '') break;
  }
  let left = answersMax;
  const client = async (): Promise<void> => {
    while (left > 0) {
      const response = await fetch(`${url}/v1/messages`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'claude-haiku-4-5',
          max_tokens: 64,
          stream: left % 2 === 0,
          messages: [{ role: 'user', content: `question ${left}` }],
        }),
      });
      answered.add(response.headers.get('x-tokenwatch-request-id') ?? '');
      left -= 1;
      if (left === 0) server.kill('SIGKILL');
      await response.arrayBuffer();
      whole.add(response.headers.get('x-tokenwatch-request-id') ?? '');
    }
  };
  // Clients in flight see the connection break: that is the point.
  await Promise.allSettled(Array.from({ length: PARALLEL }, client));
  await exited;
}
