// `npm run prices:compare`: sets popular models beside the price map in the package `litellm` of PyPI. Development only:
// the package is downloaded by pip into a scratch folder, which is deleted again. `-- --list FILE` takes a map that is
// at hand. Fails where the two disagree without a reason of ours.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadPriceBook } from '../src/pricing/price-book.ts';
import { comparePrices, type Disagreement, type PublishedPrices } from './price-comparison/compare.ts';
import { COMPARED_MODELS } from './price-comparison/models.ts';
import { reasonFor, unusedReasons } from './price-comparison/reasons.ts';

const MAP = 'litellm/model_prices_and_context_window_backup.json';

const { values } = parseArgs({ options: { list: { type: 'string' } } });
const { version, list } =
  values.list === undefined ? download() : { version: values.list, list: read(values.list) };
const { disagreements, compared, absent } = comparePrices(
  loadPriceBook(''),
  list,
  COMPARED_MODELS,
  Date.now(),
);

console.log(`${compared} models beside ${version}:\n`);
for (const name of absent) console.log(`${name}: not in the other list`);
for (const disagreement of disagreements) console.log(lineOf(disagreement));
const unexplained = disagreements.filter((one) => reasonFor(one.model, one.what) === null);
for (const stale of unusedReasons(disagreements)) console.log(`No longer a disagreement: ${stale}`);
console.log(`\n${disagreements.length} disagreements, ${unexplained.length} without a reason.`);
process.exitCode = unexplained.length === 0 ? 0 : 1;

function lineOf({ model, what, ours, theirs }: Disagreement): string {
  const reason = reasonFor(model, what) ?? 'NO REASON GIVEN';
  return `${model}, ${what}: ours ${ours ?? 'unknown'}, theirs ${theirs ?? 'unknown'}. ${reason}`;
}

function download(): { version: string; list: PublishedPrices } {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-compare-'));
  try {
    const run = (...words: readonly string[]) =>
      execFileSync('python3', [...words], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    run('-m', 'pip', 'download', '--no-deps', '--quiet', '--disable-pip-version-check', 'litellm');
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (wheel === undefined) throw new Error('pip downloaded no wheel of litellm');
    run('-c', 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2])', wheel, MAP);
    return { version: wheel.split('-').slice(0, 2).join(' '), list: read(join(folder, MAP)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function read(path: string): PublishedPrices {
  return JSON.parse(readFileSync(path, 'utf8')) as PublishedPrices;
}
