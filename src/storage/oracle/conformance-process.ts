// Runs the conformance suite against a user's own server, in another process, and reads what it says.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { StoreSettings } from '../store.ts';

export interface Conformance {
  readonly passed: number;
  readonly skipped: number;
  readonly failed: readonly { readonly title: string; readonly fault: string }[];
}

const SUITE = new URL(`./suite-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);
/** What makes the suite's random records; TokenWatch itself needs it not. */
const GENERATOR = 'fast-check';

/** `only`: of the tests those whose title has this text. Says why where it cannot be run. */
export async function runConformance(
  settings: StoreSettings,
  environment: Readonly<Record<string, string | undefined>>,
  only?: unknown,
): Promise<Conformance | string> {
  const isThere = await import(GENERATOR).then(
    () => true,
    () => false,
  );
  if (!isThere)
    return `not run: it needs the package ${GENERATOR} ("npm install ${GENERATOR}" where TokenWatch is installed, then verify again)`;
  const pattern = typeof only === 'string' ? [`--test-name-pattern=${quoted(only)}`] : [];
  const { TOKENWATCH_ORACLE_DSN, TOKENWATCH_ORACLE_USER, TOKENWATCH_ORACLE_PASSWORD } = settings;
  const child = spawn(process.execPath, ['--test-reporter=tap', ...pattern, fileURLToPath(SUITE)], {
    env: {
      ...environment,
      // Of a test runner that started this process: its child would report to it.
      NODE_TEST_CONTEXT: undefined,
      TOKENWATCH_ORACLE_DSN,
      TOKENWATCH_ORACLE_USER,
      TOKENWATCH_ORACLE_PASSWORD,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [told, said] = ['', ''];
  child.stderr.on('data', (part) => {
    said += String(part);
  });
  for await (const part of child.stdout) told += String(part);
  const conformance = conformanceIn(told);
  return conformance ?? `it did not end: ${said.trim().split('\n').slice(-3).join(' ')}`;
}

/** Of what the runner of tests says by the Test Anything Protocol; null where it said nothing of an end. */
export function conformanceIn(told: string): Conformance | null {
  const count = (name: string): number | null => {
    const number = new RegExp(`^# ${name} (\\d+)$`, 'm').exec(told)?.[1];
    return number === undefined ? null : Number(number);
  };
  const [passed, skipped] = [count('pass'), count('skipped')];
  if (passed === null || skipped === null) return null;
  const failed = [...told.matchAll(/^not ok \d+ - (.+)\n([\s\S]*?)^ {2}\.\.\.$/gm)].map(
    ([, title = '', details = '']) => ({ title, fault: faultIn(details) }),
  );
  return { passed, skipped, failed };
}

/** The first words of the error, which may be a block of lines. */
function faultIn(details: string): string {
  const [, first = '', next = ''] = /^ {2}error: (.*)\n(.*)$/m.exec(details) ?? [];
  return (/^[|>]/.test(first) ? next : first).trim().replace(/^'|'$/g, '');
}

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
