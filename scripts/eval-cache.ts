// npm run eval:cache -- PAIRS.json [--ablation] [--wrong] [--by-test] [--distance 0.05] [--embedder local] [--json]

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { openEmbedder } from '../src/cache/embedders/registry.ts';
import { GUARDS } from '../src/cache/guards/guards.ts';
import {
  type Figures,
  figuresOf,
  isAccepted,
  isAcceptedWithout,
  isExact,
  type MeasuredPair,
  measure,
  parsePairs,
  type Share,
} from './cache-evaluation.ts';
import { printTable } from './print-table.ts';

interface Options {
  readonly ablation?: true;
  readonly wrong?: true;
  readonly byTest?: true;
  readonly json?: true;
  readonly distance: string;
  readonly embedder: string;
}

const percent = (value: number): string => (Number.isNaN(value) ? '–' : `${(100 * value).toFixed(2)} %`);
const shown = ({ share, low, high }: Share): string =>
  Number.isNaN(share) ? '–' : `${percent(share)} [${percent(low)}, ${percent(high)}]`;
const row = (name: string, figures: Figures): readonly string[] => [
  name,
  String(figures.accepted),
  shown(figures.precision),
  shown(figures.recall),
  shown(figures.falseAccepts),
];
const HEAD = ['', 'accepted', 'precision', 'recall', 'false accepts'];

function tiers(pairs: readonly MeasuredPair[], distanceMax: number): readonly (readonly [string, Figures])[] {
  const semantic = (pair: MeasuredPair): boolean => isAccepted(pair, distanceMax);
  return [
    ['exact, but for case and spaces', figuresOf(pairs, isExact)],
    ['semantic', figuresOf(pairs, semantic)],
    ['both', figuresOf(pairs, (pair) => isExact(pair) || semantic(pair))],
  ];
}

/** Among pairs within the distance: what each guard refuses, and what only it refuses. */
function guardRows(pairs: readonly MeasuredPair[], distanceMax: number): readonly (readonly string[])[] {
  const near = pairs.filter(({ similarity, reach }) => 1 - similarity <= distanceMax * reach);
  const count = (same: boolean, accepts: (pair: MeasuredPair) => boolean): string =>
    String(near.filter((pair) => pair.same === same && accepts(pair)).length);
  return GUARDS.map(({ name, about }) => {
    const refuses = ({ refusedBy }: MeasuredPair): boolean => refusedBy.includes(name);
    const alone = (pair: MeasuredPair): boolean => refuses(pair) && pair.refusedBy.length === 1;
    return [
      name,
      count(false, refuses),
      count(false, alone),
      count(true, refuses),
      count(true, alone),
      about,
    ];
  });
}

function ablation(
  pairs: readonly MeasuredPair[],
  distanceMax: number,
): readonly (readonly [string, Figures])[] {
  const names = GUARDS.map(({ name }) => name);
  const without = (leftOut: readonly string[], distance = distanceMax): Figures =>
    figuresOf(pairs, (pair) => isAcceptedWithout(pair, distance, leftOut));
  return [
    ['distance alone', figuresOf(pairs, ({ similarity }) => 1 - similarity <= distanceMax)],
    ['guards alone', without([], 2)],
    ['distance and guards', without([])],
    ...names.map((name): [string, Figures] => [`without ${name}`, without([name])]),
    ...[0.02, 0.1, 0.15].map((distance): [string, Figures] => [
      `distance ${distance}`,
      without([], distance),
    ]),
  ];
}

function byTest(
  pairs: readonly MeasuredPair[],
  distanceMax: number,
): readonly (readonly [string, Figures])[] {
  const groups = Map.groupBy(pairs, ({ test }) => test ?? '(none)');
  return [...groups].map(([test, group]) => [
    test,
    figuresOf(group, (pair) => isAccepted(pair, distanceMax)),
  ]);
}

function report(pairs: readonly MeasuredPair[], distanceMax: number, options: Options): void {
  const same = pairs.filter((pair) => pair.same).length;
  const lost = pairs.filter(({ similarity }) => Number.isNaN(similarity)).length;
  console.log(
    `${pairs.length} pairs, ${same} of them the same; ${lost} with a text that is not embedded; distance up to ${distanceMax}. ` +
      "In brackets Wilson's 95 % interval.\n",
  );
  const table = (title: string, rows: readonly (readonly [string, Figures])[]): void => {
    console.log(title);
    printTable([HEAD, ...rows.map(([name, figures]) => row(name, figures))]);
  };
  table('By tier', tiers(pairs, distanceMax));
  console.log('By guard, among pairs within the distance');
  printTable([
    ['', 'stops wrong', 'alone', 'costs right', 'alone', 'what it looks at'],
    ...guardRows(pairs, distanceMax),
  ]);
  if (options.byTest === true) table('By test', byTest(pairs, distanceMax));
  if (options.ablation === true) table('Ablation', ablation(pairs, distanceMax));
  if (options.wrong !== true) return;
  console.log('Wrongly accepted');
  for (const pair of pairs.filter((each) => !each.same && isAccepted(each, distanceMax)))
    console.log(`  ${pair.similarity.toFixed(4)}  ${pair.a}  |  ${pair.b}`);
}

async function evaluate(path: string, options: Options): Promise<void> {
  const distanceMax = Number(options.distance);
  if (!(distanceMax >= 0 && distanceMax <= 2))
    throw new Error(`--distance ${options.distance} is not a cosine distance from 0 to 2.`);
  const labelled = parsePairs(readFileSync(path, 'utf8'), path);
  const embedder = await openEmbedder(options.embedder);
  try {
    const pairs = await measure(labelled, embedder, (done) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${labelled.length} pairs`);
    });
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    if (options.json === true) {
      const rows = [...tiers(pairs, distanceMax), ...(options.ablation ? ablation(pairs, distanceMax) : [])];
      console.log(
        JSON.stringify({ embedder: embedder.id, distanceMax, ...Object.fromEntries(rows) }, null, 2),
      );
    } else {
      report(pairs, distanceMax, options);
    }
  } finally {
    await embedder.close();
  }
}

try {
  await new Command('npm run eval:cache --')
    .argument('<pairs>', 'a JSON file of labelled pairs')
    .option('--ablation', 'what each guard and the distance contribute')
    .option('--by-test', 'figures for each "test" of the pairs')
    .option('--wrong', 'list the pairs that were wrongly accepted')
    .option('--json', 'the figures as JSON')
    .option('--distance <number>', 'greatest cosine distance', '0.05')
    .option('--embedder <choice>', 'as in TOKENWATCH_CACHE_EMBEDDER', 'local')
    .action(evaluate)
    .parseAsync();
} catch (error) {
  console.error(`eval:cache: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
