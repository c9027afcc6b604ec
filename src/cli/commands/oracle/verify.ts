// `tokenwatch oracle verify`: first contact with an Oracle Database, as a report to paste into an issue.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { TokenWatchError } from '../../../core/errors.ts';
import type { Settings } from '../../../settings.ts';
import { loadOracleVerification } from '../../../storage/registry.ts';
import { type Command, JSON_OPTION } from '../../command.ts';

/** Where the conformance suite is, in a clone; the package has none. */
const SUITE = new URL('../../../storage/oracle/store.test.ts', import.meta.url);

export const oracleVerify: Command = {
  name: 'oracle verify',
  summary: 'run every statement of the Oracle store, and its conformance suite, in a scratch schema',
  options: [
    JSON_OPTION,
    { flags: '--statements', about: 'the statements alone, without the conformance suite' },
    { flags: '--keep', about: 'leave the scratch tables there' },
  ],
  examples: [
    'TOKENWATCH_ORACLE_USER=TW_SCRATCH TOKENWATCH_ORACLE_PASSWORD=… tokenwatch oracle verify',
    'tokenwatch oracle verify --json > report.json',
  ],
  more: () => [
    '',
    'The user must have a schema of its own, without TokenWatch’s records: tables are made and dropped in it.',
    'The report holds statements, versions and what the server said, and neither host, user nor password.',
  ],
  async run(context) {
    const settings = context.settings();
    const { verifyOracle, dropScratch } = await loadOracleVerification();
    const isJson = context.options.json === true;
    const tell = (line: string): void => {
      if (!isJson) context.print(line);
    };
    try {
      const { server, migrationMs, results } = await verifyOracle(
        settings,
        () => performance.now(),
        () => undefined,
      );
      const suite =
        context.options.statements === true
          ? 'not asked for'
          : await conformance(settings, context.environment());
      const report = {
        tokenwatch: context.version,
        node: process.versions.node,
        server,
        migrationMs: Math.round(migrationMs),
        statements: results.length,
        understood: results.filter(({ isUnderstood }) => isUnderstood).length,
        refused: results.filter(({ isUnderstood }) => !isUnderstood),
        slowest: results.toSorted((a, b) => b.ms - a.ms).slice(0, 5),
        conformance: suite,
      };
      if (isJson) context.print(JSON.stringify(report, null, 2));
      else for (const line of linesOf(report)) tell(line);
      if (report.refused.length > 0)
        throw new TokenWatchError(
          'storage_failed',
          `${report.refused.length} of ${report.statements} statements were refused: paste the report into an issue.`,
        );
    } finally {
      if (context.options.keep !== true) await dropScratch(settings);
    }
  },
};

interface Report {
  readonly tokenwatch: string;
  readonly node: string;
  readonly server: string;
  readonly migrationMs: number;
  readonly statements: number;
  readonly understood: number;
  readonly refused: readonly { readonly name: string; readonly sql: string; readonly fault: string | null }[];
  readonly slowest: readonly { readonly name: string; readonly ms: number }[];
  readonly conformance: string;
}

function linesOf(report: Report): readonly string[] {
  return [
    '### tokenwatch oracle verify',
    `- TokenWatch ${report.tokenwatch}, Node.js ${report.node}, node-oracledb thin`,
    `- ${report.server}`,
    `- tables made in ${report.migrationMs} ms`,
    `- ${report.understood} of ${report.statements} statements understood`,
    `- slowest: ${report.slowest.map(({ name, ms }) => `${name} ${ms.toFixed(1)} ms`).join(', ')}`,
    `- conformance suite: ${report.conformance}`,
    ...report.refused.flatMap(({ name, sql, fault }) => [
      '',
      `#### ${name}`,
      `${fault}`,
      '```sql',
      sql.replace(/\s+/g, ' '),
      '```',
    ]),
  ];
}

/** The suite of the tests, against this server: in another process, whose last line counts. */
async function conformance(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  if (!existsSync(SUITE)) return 'only in a clone of the repository (npx tokenwatch oracle verify there)';
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', fileURLToPath(SUITE)], {
    env: {
      ...environment,
      TOKENWATCH_TEST_ORACLE_DSN: settings.TOKENWATCH_ORACLE_DSN,
      TOKENWATCH_TEST_ORACLE_USER: settings.TOKENWATCH_ORACLE_USER,
      TOKENWATCH_TEST_ORACLE_PASSWORD: settings.TOKENWATCH_ORACLE_PASSWORD,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  for await (const part of child.stdout) text += String(part);
  const count = (name: string): number => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  const failed = [...text.matchAll(/^\s*not ok \d+ - (.+)$/gm)].map(([, title]) => title);
  return [`${count('pass')} passed, ${count('fail')} failed, ${count('skipped')} skipped`, ...failed].join(
    '; ',
  );
}
