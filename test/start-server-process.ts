// A server in a process of its own, started as a user starts it: for tests that measure or kill it.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly proxyUrl: string;
  readonly dashboardUrl: string;
  /** What it has said on stderr so far. */
  stderr(): string;
  /** Resident memory, in bytes. Linux only. */
  residentBytes(): number;
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>;
  /** Ends it at once, and waits until nothing of it writes any more. */
  kill(): Promise<void>;
}

/** Starts `tokenwatch start` with this environment over that of the tests, and waits for its address. */
export async function startServerProcess(
  environment: Readonly<Record<string, string>>,
  launcher: readonly string[] = [process.execPath],
  /** Where its `.env` file is looked for. */
  cwd = process.cwd(),
  entry = join(process.cwd(), 'bin/tokenwatch.js'),
): Promise<ServerProcess> {
  const [program = '', ...before] = launcher;
  const ports = ['--port', '0', '--dashboard-port', '0'];
  const child = spawn(program, [...before, entry, 'start', ...ports], {
    cwd,
    env: { ...process.env, TOKENWATCH_DRAIN_TIMEOUT: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let stderr = '';
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  let [proxyUrl, dashboardUrl] = ['', ''];
  for await (const line of createInterface({ input: child.stdout })) {
    proxyUrl = /ANTHROPIC_BASE_URL=(\S+)\/anthropic/.exec(line)?.[1] ?? proxyUrl;
    dashboardUrl = /^Dashboard +(\S+)/.exec(line)?.[1] ?? '';
    if (dashboardUrl !== '') break;
  }
  if (proxyUrl === '') throw new Error(`the server did not start: ${stderr}`);
  // What it says later must not fill the pipe.
  child.stdout.resume();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  return {
    child,
    proxyUrl,
    dashboardUrl,
    stderr: () => stderr,
    residentBytes: () => {
      const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return Number(kilobytes) * 1024;
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
