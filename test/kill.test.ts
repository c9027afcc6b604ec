// Promise 2: a killed process loses no request and doubles none.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSimulatedProvider } from '../src/simulator/provider.ts';
import { visitStore } from '../src/storage/registry.ts';
import { startServerProcess } from './start-server-process.ts';

const KILLS = 9;
/** A start takes longer than this, so that each of these kills hits another moment of it. */
const START_KILLS_MS = [120, 200, 280];
const PARALLEL = 8;
const RECENT_MAX = 1_000_000;

test('kill -9 under load loses no request that a client has heard of, and doubles none', async (context) => {
  const provider = await startSimulatedProvider({});
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-kill-'));
  context.after(async () => {
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const environment = {
    TOKENWATCH_DATA_DIR: folder,
    TOKENWATCH_ANTHROPIC_URL: provider.url,
    TOKENWATCH_OPENAI_URL: provider.url,
  };
  const answered = new Set<string>();
  const whole = new Set<string>();
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Each round dies after another number of answers and another pause: in the middle of starts, answers, loads.
    await runUntilKilled(environment, 5 + kill * 7, (kill % 7) * 10, answered, whole);
    const startKillMs = kill % 3 === 0 ? START_KILLS_MS[kill / 3] : undefined;
    if (startKillMs !== undefined) await killWhileStarting(environment, startKillMs);
  }
  const records = await visitStore({ TOKENWATCH_DATA_DIR: folder }, 'refuse');
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
  environment: Readonly<Record<string, string>>,
  answersMax: number,
  delayMs: number,
  answered: Set<string>,
  whole: Set<string>,
): Promise<void> {
  const server = await startServerProcess(environment);
  const exited = once(server.child, 'exit');
  let left = answersMax;
  const client = async (): Promise<void> => {
    while (left > 0) {
      const response = await fetch(`${server.proxyUrl}/anthropic/v1/messages`, {
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
      if (left === 0) setTimeout(() => server.child.kill('SIGKILL'), delayMs);
      await response.arrayBuffer();
      whole.add(response.headers.get('x-tokenwatch-request-id') ?? '');
    }
  };
  // Clients in flight see the connection break: that is the point.
  await Promise.allSettled(Array.from({ length: PARALLEL }, client));
  await exited;
}

/** The server that takes in what the killed one left is killed as well, somewhere on its way. */
async function killWhileStarting(
  environment: Readonly<Record<string, string>>,
  afterMs: number,
): Promise<void> {
  const args = ['bin/tokenwatch.js', 'start', '--port', '0', '--dashboard-port', '0'];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...environment }, stdio: 'ignore' });
  const killed = setTimeout(() => child.kill('SIGKILL'), afterMs);
  await once(child, 'exit');
  clearTimeout(killed);
}
