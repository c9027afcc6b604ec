// `npm run bench`: CPU per request and latency of TokenWatch beside a bare pass-through, in turns, in one run.
// CPU is the proxy process's own, all threads, from /proc: Linux only.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';

const ROUNDS = 5;
const REQUESTS = 4000;
const PARALLEL = 8;
const WARM_UP = 2000;
const MS_PER_TICK = 10;
const BODY = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'word '.repeat(180) }] });

interface Started {
  readonly process: ChildProcess;
  readonly url: string;
}

async function start(command: readonly string[], environment: Record<string, string> = {}): Promise<Started> {
  const child = spawn(process.execPath, command, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /(?:OPENAI_BASE_)?URL=(http\S+)/.exec(line)?.[1];
    if (url !== undefined && !line.includes('ANTHROPIC')) return { process: child, url };
  }
  throw new Error(`${command.join(' ')} ended without an address`);
}

function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

async function load(url: string, count: number, agent: Agent): Promise<number[]> {
  const latencies: number[] = [];
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const began = performance.now();
      const headers = { 'content-type': 'application/json' };
      const response = await request(url, { method: 'POST', headers, body: BODY, dispatcher: agent });
      await response.body.arrayBuffer();
      latencies.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, client));
  return latencies.sort((a, b) => a - b);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-bench-'));
const upstream = await start(['bench/upstream.ts']);
const bare = await start(['bench/bare.ts', upstream.url]);
const tokenwatch = await start(['bin/tokenwatch.js', 'start', '--port', '0'], {
  TOKENWATCH_OPENAI_URL: upstream.url,
  TOKENWATCH_DATA_DIR: folder,
});
const agent = new Agent({ connections: PARALLEL });
const subjects = [
  {
    name: 'bare pass-through',
    server: bare,
    url: bare.url,
    cpu: [] as number[],
    p50: [] as number[],
    p99: [] as number[],
  },
  {
    name: 'TokenWatch',
    server: tokenwatch,
    url: `${tokenwatch.url}/chat/completions`,
    cpu: [],
    p50: [],
    p99: [],
  },
];
for (const { url } of subjects) await load(url, WARM_UP, agent);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const subject of subjects) {
    const before = cpuMs(subject.server.process.pid ?? 0);
    const latencies = await load(subject.url, REQUESTS, agent);
    subject.cpu.push(((cpuMs(subject.server.process.pid ?? 0) - before) * 1000) / REQUESTS);
    subject.p50.push(latencies[REQUESTS >> 1] ?? 0);
    subject.p99.push(latencies[Math.floor(REQUESTS * 0.99)] ?? 0);
  }
}
const base = median(subjects[0]?.cpu ?? []);
console.log(
  `${cpus()[0]?.model}, Node ${process.version}, 1 KB chat, ${PARALLEL} clients, median of ${ROUNDS} rounds`,
);
for (const { name, cpu, p50, p99 } of subjects) {
  const figures = `${median(cpu).toFixed(0)} µs CPU (${(median(cpu) / base).toFixed(2)} x)`;
  console.log(
    `${name.padEnd(18)} ${figures}, p50 ${median(p50).toFixed(2)} ms, p99 ${median(p99).toFixed(2)} ms`,
  );
}
await agent.close();
for (const { process: child } of [tokenwatch, bare, upstream]) child.kill('SIGTERM');
rmSync(folder, { recursive: true, force: true });
