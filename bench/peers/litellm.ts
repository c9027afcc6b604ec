// LiteLLM's proxy, from PyPI: one worker, no database, its log kept to errors. Where it runs, Linux tells its use.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type Subject, type Use } from '../subjects.ts';

const PACKAGE = 'litellm[proxy]==1.108.7';
const START_MS_MAX = 120_000;
/** Of the clock that Linux counts CPU time by, on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;
const US_PER_TICK = 1e6 / TICKS_PER_SECOND;

/** Installs it into `folder`, where it is not there yet. Throws where it cannot be had. */
export async function startLiteLlm(upstream: Pick<Subject, 'url'>, folder: string): Promise<Subject> {
  install(folder);
  const config = join(folder, 'config.yaml');
  writeFileSync(config, configOf(new URL(upstream.url).origin));
  const port = await freePort();
  const spawnedMs = performance.now();
  const child = spawn(
    join(folder, 'bin', 'litellm'),
    ['--config', config, '--host', '127.0.0.1', '--port', String(port), '--num_workers', '1'],
    {
      env: {
        ...process.env,
        LITELLM_LOG: 'ERROR',
        LITELLM_LOCAL_MODEL_COST_MAP: 'True',
        LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: 'true',
      },
      stdio: 'ignore',
    },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  await listening(child, `http://127.0.0.1:${port}/health/liveliness`);
  return {
    name: 'litellm',
    url: `http://127.0.0.1:${port}/v1/chat/completions`,
    headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
    startMs: performance.now() - spawnedMs,
    use: async () => useOf(child.pid as number),
    longestStallMs: () => Promise.reject(new Error('LiteLLM does not tell how long its loop stood still')),
    dearestTurnMs: () => Promise.reject(new Error('LiteLLM does not tell what a turn of its loop took')),
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

function install(folder: string): void {
  if (existsSync(join(folder, 'bin', 'litellm'))) return;
  mkdirSync(folder, { recursive: true });
  quietly('python3', ['-m', 'venv', folder]);
  quietly(join(folder, 'bin', 'pip'), ['install', '-q', PACKAGE]);
}

function quietly(command: string, words: readonly string[]): void {
  execFileSync(command, words, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 600_000 });
}

function configOf(origin: string): string {
  return `model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_base: "${origin}/v1", api_key: none }
litellm_settings: { telemetry: false }
`;
}

async function listening(child: ChildProcess, url: string): Promise<void> {
  const until = performance.now() + START_MS_MAX;
  while (performance.now() < until && child.exitCode === null) {
    const isUp = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error('LiteLLM did not listen');
}

function useOf(pid: number): Use {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return {
    cpuUs: cpuUs(`/proc/${pid}/stat`),
    loopCpuUs: cpuUs(`/proc/${pid}/task/${pid}/stat`),
    residentBytes: pages * 4096,
  };
}

/** User and system time: the fields 14 and 15 (proc(5)), told from behind the name in brackets, which may hold blanks. */
function cpuUs(file: string): number {
  const text = readFileSync(file, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
}
