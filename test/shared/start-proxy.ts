// Starts proxies of one database, each a process with a data folder and a clock of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ProxyProcess {
  readonly child: ChildProcess;
  readonly proxyUrl: string;
  readonly dashboardUrl: string;
  stderr(): string;
  /** Asks it to end, and waits. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export async function startProxy(
  environment: Readonly<Record<string, string>>,
  clockOffsetMs = 0,
): Promise<ProxyProcess> {
  const script = new URL('./proxy-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, String(clockOffsetMs)], {
    env: {
      ...process.env,
      TOKENWATCH_PROXY_PORT: '0',
      TOKENWATCH_DASHBOARD_PORT: '0',
      TOKENWATCH_CACHE_ENABLED: 'false',
      TOKENWATCH_LOG_FORMAT: 'pretty',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let stderr = '';
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('proxyUrl')) continue;
    const { proxyUrl, dashboardUrl } = JSON.parse(line) as { proxyUrl: string; dashboardUrl: string };
    child.stdout.resume();
    const end = async (signal: NodeJS.Signals): Promise<void> => {
      child.kill(signal);
      await exited;
    };
    return {
      ...{ child, proxyUrl, dashboardUrl, stderr: () => stderr },
      stop: () => end('SIGTERM'),
      kill: () => end('SIGKILL'),
    };
  }
  throw new Error(`the proxy did not start: ${stderr}`);
}
