// An Oracle Database for tests: the real one that TOKENWATCH_TEST_ORACLE_DSN names, or the wire-level double.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { OracleAddress } from '../src/storage/oracle/database.ts';

export interface OracleServer {
  /** For people: which one it is. */
  readonly name: string;
  readonly address: OracleAddress;
  /** What the double was sent, a line of JSON each; null for a real server. */
  readonly log: string | null;
  /** What the double is to fail with next; see `faults.py`. */
  readonly faults: string;
  close(): Promise<void>;
}

/** The Python that has seerdb; `.ci/run` makes it. */
export const PYTHON = process.env.TOKENWATCH_TEST_ORACLE_PYTHON ?? '/var/tmp/tokenwatch-oracle/bin/python';
const SERVE = fileURLToPath(new URL('./oracle-double/serve.py', import.meta.url));
/** Of the double: obviously none. */
const USER = 'tokenwatch';
const PASSWORD = 'not-a-secret';
/** Of the double's SYSTEM, who makes users. */
export const ADMINISTRATOR_PASSWORD = 'not-a-secret-either';

/** Null where there is neither; the reason is for people. */
export function oracleIsThere(): string | null {
  if (process.env.TOKENWATCH_TEST_ORACLE_DSN !== undefined || existsSync(PYTHON)) return null;
  return 'no Oracle Database here: .ci/run makes a double, TOKENWATCH_TEST_ORACLE_DSN names a real one';
}

export async function startOracle(): Promise<OracleServer> {
  const { TOKENWATCH_TEST_ORACLE_DSN: dsn } = process.env;
  if (dsn === undefined) return startDouble();
  const { TOKENWATCH_TEST_ORACLE_USER: user = USER, TOKENWATCH_TEST_ORACLE_PASSWORD: password = '' } =
    process.env;
  return {
    name: `Oracle at ${dsn}`,
    address: { dsn, user, password },
    log: null,
    faults: '',
    close: async () => {},
  };
}

/** Whether the double can be started, whatever else there is. */
export function doubleIsThere(): string | null {
  return existsSync(PYTHON) ? null : 'no double of Oracle Database here: .ci/run makes one';
}

export async function startDouble(): Promise<OracleServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-oracle-'));
  const log = join(folder, 'log');
  const child = spawn(PYTHON, [SERVE, join(folder, 'database'), USER, PASSWORD, log], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ADMINISTRATOR_PASSWORD },
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += String(text);
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const [port] = await Promise.race([
    createInterface({ input: child.stdout })
      [Symbol.asyncIterator]()
      .next()
      .then(({ value }) => [String(value)]),
    exited.then(() => Promise.reject(new Error(`the double did not start: ${said}`))),
  ]);
  return {
    name: 'Oracle’s double',
    address: { dsn: `127.0.0.1:${port}/FREEPDB1`, user: USER, password: PASSWORD },
    log,
    faults: join(folder, 'database.faults'),
    close: async () => {
      child.kill();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
