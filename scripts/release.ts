// Makes what a release consists of, on any machine: the tarball, its bill of materials, what it was made from, and the
// checksums of all, once the registry knows of no weakness in what a user installs. It publishes nothing.
// docs/releasing.md says what comes before and after.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

interface Package {
  readonly name: string;
  readonly version: string;
}

/** As npm tells it of one package. */
interface Weakness {
  readonly name: string;
  readonly severity: string;
}

/** A registry that does not answer within this is none that can be asked. */
const AUDIT_MS_MAX = 120_000;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'release' },
    /** For a try: what is not committed is in the tarball, and what it was made from is not known. */
    'allow-dirty': { type: 'boolean', default: false },
    /** Where the registry cannot be asked: the statement says so. */
    unaudited: { type: 'boolean', default: false },
  },
});
const out = resolve(values.out);
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as Package;
const run = (program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 ** 2,
  });
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const sha256Of = (path: string): string => sha256(readFileSync(path));

function refuse(why: string): never {
  process.stderr.write(`release: ${why}\n`);
  process.exit(1);
}

const isDirty = run('git', 'status', '--porcelain').trim() !== '';
if (isDirty && !values['allow-dirty']) refuse('there are changes that are not committed. Commit them first.');
if (!readFileSync('CHANGELOG.md', 'utf8').includes(`\n## ${version}\n`))
  refuse(`CHANGELOG.md has no part for ${version}.`);

if (!values.unaudited) refuseWeaknesses();

/** Asks the registry about the versions of the lock file that a user gets, those for development left out. */
function refuseWeaknesses(): void {
  const { stdout, stderr } = spawnSync('npm', ['audit', '--omit', 'dev', '--json'], {
    encoding: 'utf8',
    timeout: AUDIT_MS_MAX,
    maxBuffer: 64 * 1024 ** 2,
  });
  const report = auditReport(stdout);
  if (report === null)
    refuse(
      `the registry cannot be asked for known weaknesses. Ask one that can (npm_config_registry=URL), or say --unaudited: the statement tells it then. npm said: ${stderr.trim() || 'nothing'}`,
    );
  const found = Object.values(report).map(({ name: weak, severity }) => `${weak} (${severity})`);
  if (found.length > 0)
    refuse(
      `weaknesses are known of ${found.join(', ')}. "npm audit --omit dev" tells them; update what has them.`,
    );
}

/** Null where npm got none: it prints an error as JSON, too. */
function auditReport(text: string): Readonly<Record<string, Weakness>> | null {
  try {
    const { auditReportVersion, vulnerabilities } = JSON.parse(text);
    return auditReportVersion === undefined ? null : vulnerabilities;
  } catch {
    // It was ended, or printed nothing.
    return null;
  }
}

mkdirSync(out, { recursive: true });
const startedOn = new Date().toISOString();
const packed = JSON.parse(run('npm', 'pack', '--json', '--silent', '--pack-destination', out)) as
  | readonly { readonly filename: string }[]
  | Readonly<Record<string, { readonly filename: string }>>;
const [{ filename } = refuse('npm packed nothing')] = Object.values(packed);
const tarball = join(out, filename);

const sbom = `${name}-${version}.sbom.cdx.json`;
writeFileSync(join(out, sbom), run(process.execPath, 'scripts/sbom.ts'));

/** An in-toto statement with SLSA's provenance: who signs it vouches for it; unsigned it is a note. */
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [
    {
      name: `pkg:npm/${name}@${version}`,
      digest: { sha512: createHash('sha512').update(readFileSync(tarball)).digest('hex') },
    },
  ],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'https://docs.npmjs.com/cli/commands/npm-pack',
      externalParameters: { script: 'scripts/release.ts', isDirty, isAudited: !values.unaudited },
      resolvedDependencies: [
        { uri: 'git+file:.', digest: { gitCommit: run('git', 'rev-parse', 'HEAD').trim() } },
        { uri: 'package-lock.json', digest: { sha256: sha256Of('package-lock.json') } },
      ],
    },
    runDetails: {
      builder: {
        id: 'scripts/release.ts',
        version: { node: process.version, npm: run('npm', '--version').trim() },
      },
      metadata: { startedOn, finishedOn: new Date().toISOString() },
    },
  },
};
const provenance = `${name}-${version}.provenance.json`;
writeFileSync(join(out, provenance), `${JSON.stringify(statement, null, 2)}\n`);

const files = [filename, sbom, provenance];
const sums = files.map((file) => `${sha256Of(join(out, file))}  ${file}`);
writeFileSync(join(out, 'SHA256SUMS'), `${sums.join('\n')}\n`);
process.stdout.write(`${sums.join('\n')}\nIn ${out}. docs/releasing.md says how to publish and sign them.\n`);
