// `tokenwatch oracle verify`: first contact with an Oracle Database, as a report to paste into an issue.

import { performance } from 'node:perf_hooks';
import { counted } from '../../../core/counted.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { loadOracleVerification } from '../../../storage/registry.ts';
import { type Command, JSON_OPTION } from '../../command.ts';

type Conformance = Exclude<
  Awaited<ReturnType<Awaited<ReturnType<typeof loadOracleVerification>>['runConformance']>>,
  string
>;

export const oracleVerify: Command = {
  name: 'oracle verify',
  summary: 'run every statement of the Oracle store, and its conformance suite, in a scratch schema',
  options: [
    JSON_OPTION,
    { flags: '--statements', about: 'the statements alone, without the conformance suite' },
    { flags: '--only <text>', about: 'of the conformance suite, only the tests whose title has this text' },
    { flags: '--keep', about: 'leave the scratch tables there' },
  ],
  examples: [
    'TOKENWATCH_ORACLE_USER=TW_SCRATCH TOKENWATCH_ORACLE_PASSWORD=… tokenwatch oracle verify',
    'tokenwatch oracle verify --json > report.json',
  ],
  more: () => [
    '',
    'The user must have a schema of its own, without TokenWatch’s records: tables are made and dropped in it.',
    'The suite needs the package fast-check where TokenWatch is installed; a clone has it.',
    'The report holds statements, versions and what the server said, and neither host, user nor password.',
  ],
  async run(context) {
    const settings = context.settings();
    const { verifyOracle, runConformance, dropScratch } = await loadOracleVerification();
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
          : await runConformance(settings, context.environment(), context.options.only);
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
      const failed = typeof suite === 'string' ? 0 : suite.failed.length;
      if (report.refused.length > 0 || failed > 0)
        throw new TokenWatchError(
          'storage_failed',
          `${report.refused.length} of ${report.statements} statements were refused, and ${counted(failed, 'test')} failed: paste the report into an issue.`,
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
  /** Or why it was not run. */
  readonly conformance: Conformance | string;
}

function linesOf(report: Report): readonly string[] {
  return [
    '### tokenwatch oracle verify',
    `- TokenWatch ${report.tokenwatch}, Node.js ${report.node}, node-oracledb thin`,
    `- ${report.server}`,
    `- tables made in ${report.migrationMs} ms`,
    `- ${report.understood} of ${report.statements} statements understood`,
    `- slowest: ${report.slowest.map(({ name, ms }) => `${name} ${ms.toFixed(1)} ms`).join(', ')}`,
    `- conformance suite: ${inWords(report.conformance)}`,
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

function inWords(suite: Conformance | string): string {
  if (typeof suite === 'string') return suite;
  const { passed, failed, skipped } = suite;
  const counts = `${passed} passed, ${failed.length} failed, ${skipped} skipped`;
  return [counts, ...failed.map(({ title, fault }) => `  - ${title}: ${fault}`)].join('\n');
}
