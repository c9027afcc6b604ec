// What is measured: each a process of its own, with its address, its CPU clock and its memory.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const PROBE = join(import.meta.dirname, 'report-use.ts');

export interface Subject {
  readonly name: string;
  /** Where a chat is posted. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From the process's start until it said where it listens. */
  readonly startMs: number;
  use(): Promise<Use>;
  /** How long its loop stood still at the longest since it was asked before. Asked once, it is watched from then on. */
  longestStallMs(): Promise<number>;
  /** Asked once, its loop's turns are watched; asked again, it tells the CPU time of the dearest, and watches no more. */
  dearestTurnMs(): Promise<number>;
  stop(): Promise<void>;
}

/** What a process has taken so far. */
export interface Use {
  /** All its threads. */
  readonly cpuUs: number;
  /** The thread of its event loop alone. */
  readonly loopCpuUs: number;
  readonly residentBytes: number;
}

interface Start {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Finds the base address in what the process prints. */
  readonly address: RegExp;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startUpstream(delayMs = 0): Promise<Subject> {
  return start({
    name: 'the upstream directly',
    command: [join(import.meta.dirname, 'upstream.ts'), String(delayMs)],
    address: /^URL=(\S+)/,
    path: '/v1/chat/completions',
  });
}

export async function startBare(upstream: Subject): Promise<Subject> {
  return start({
    name: 'bare pass-through',
    command: [join(import.meta.dirname, 'bare.ts'), new URL(upstream.url).origin],
    address: /^URL=(\S+)/,
    path: '/v1/chat/completions',
  });
}

export async function startTokenWatch(
  upstream: Pick<Subject, 'url'>,
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Subject> {
  return start({
    name: 'TokenWatch',
    command: [join(import.meta.dirname, '..', 'bin', 'tokenwatch.js'), 'start'],
    environment: {
      TOKENWATCH_PROXY_PORT: '0',
      TOKENWATCH_DASHBOARD_PORT: '0',
      TOKENWATCH_OPENAI_URL: new URL(upstream.url).origin,
      TOKENWATCH_DATA_DIR: dataDir,
      ...environment,
    },
    address: /OPENAI_BASE_URL=(\S+)/,
    path: '/chat/completions',
  });
}

/** A program for Node. */
export async function start(options: Start): Promise<Subject> {
  const spawnedMs = performance.now();
  const child = spawn(
    process.execPath,
    [...(process.env.BENCH_NODE_OPTIONS?.split(' ') ?? []), '--import', PROBE, ...options.command],
    {
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  const base = await readAddress(child, options);
  const startMs = performance.now() - spawnedMs;
  child.stdout?.resume();
  return {
    name: options.name,
    url: base.replace('localhost', '127.0.0.1') + options.path,
    headers: { 'content-type': 'application/json', ...options.headers },
    startMs,
    async use() {
      child.send('use');
      const [use] = (await once(child, 'message')) as [Use];
      return use;
    },
    async longestStallMs() {
      child.send('stall');
      const [{ stallMs }] = (await once(child, 'message')) as [{ readonly stallMs: number }];
      return stallMs;
    },
    async dearestTurnMs() {
      child.send('turns');
      const [{ turnMs }] = (await once(child, 'message')) as [{ readonly turnMs: number }];
      return turnMs;
    },
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

async function readAddress(child: ChildProcess, { name, address }: Start): Promise<string> {
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      const found = address.exec(line)?.[1];
      if (found !== undefined) return found;
    }
  }
  throw new Error(`${name} ended without an address`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
