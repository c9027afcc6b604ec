// `npm run faults:shared [-- --minutes 5 --seed N]`: three proxies on one PostgreSQL, round after round, each with a hard
// budget of its own that all race for while proxies are killed and stopped for long, with clocks that are an hour wrong,
// and the database is restarted and away. At every arrival at the provider, what was let through is held against the limit;
// in the end every answer is held against the records. Prints the figures, and exits with 1 where something broke.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { postgresFolders } from '../../postgres-server.ts';
import { assertAllTold, recordsOf } from '../race.ts';
import { Scene, towardsTheEnd } from '../scene.ts';

const LIMIT_USD = '0.03';
const LIMIT_NANO_USD = Number(LIMIT_USD) * 1e9;
const REST_NANO_USD = 100_000;
const CLIENTS_EACH = 6;
const PAUSE_MS = 15;
const ROUNDS_A_MINUTE = 10;
/** Past every time after which others count one as gone. */
const STOP_MS = { least: 500, most: 30_000 } as const;
const AWAY_MS = { least: 200, most: 12_000 } as const;

function numberOf(name: string, text: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  process.stderr.write(`faults:shared: --${name} "${text}" is not a number such as 5.\n`);
  process.exit(2);
}

/** Each ends with every proxy and the database up. */
type Torment = (scene: Scene) => Promise<void>;

const TORMENTS: Readonly<Record<string, Torment>> = {
  async kill(scene) {
    const index = victimOf(scene);
    await scene.kill(index);
    await goOn(scene, index);
    await scene.start(index);
  },
  async stop(scene) {
    const index = victimOf(scene);
    scene.freeze(index);
    await goOn(scene, index);
    await sleep(scene.chance.from(STOP_MS.least, STOP_MS.most));
    scene.thaw(index);
    await scene.ended(index, 5);
  },
  async 'stop while the database restarts'(scene) {
    const index = victimOf(scene);
    scene.freeze(index);
    await scene.postgres.stop();
    await scene.postgres.start();
    await sleep(scene.chance.from(STOP_MS.least, STOP_MS.most / 3));
    scene.thaw(index);
    await scene.ended(index, 5);
  },
  async 'database away'(scene) {
    await scene.postgres.stop();
    await sleep(scene.chance.from(AWAY_MS.least, AWAY_MS.most));
    await scene.postgres.start();
  },
  async 'kill while the database is away'(scene) {
    const index = victimOf(scene);
    await scene.postgres.stop();
    await scene.kill(index);
    await scene.start(index);
    await scene.ended(index, 5);
    await scene.postgres.start();
  },
};

/** The others go on meanwhile, though all that is left may be leased to the one that is away: then they are refused. */
const goOn = (scene: Scene, without: number): Promise<void> => scene.ended((without + 1) % 3, 20);

const victimOf = (scene: Scene): number => scene.chance.oneOf([0, 1, 2]);

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
process.exitCode = await run(numberOf('minutes', values.minutes), numberOf('seed', values.seed));

interface Round {
  readonly name: string;
  readonly torments: readonly string[];
  readonly letThroughNanoUsd: number;
}

async function run(minutes: number, seed: number): Promise<number> {
  const [folder] = postgresFolders();
  if (folder === undefined) {
    process.stderr.write(
      'faults:shared: no PostgreSQL here. TOKENWATCH_TEST_POSTGRES names the folder of its programs.\n',
    );
    return 2;
  }
  console.log(`Faults of three proxies on one PostgreSQL for ${minutes} minutes, seed ${seed}.`);
  const scene = await Scene.open({ folder, seed, clientsEach: CLIENTS_EACH, pauseMs: PAUSE_MS });
  const endMs = performance.now() + minutes * 60_000;
  const rounds: Round[] = [];
  try {
    // All at first: no proxy has to hear of one while it is raced for.
    const budgets = Array.from(
      { length: Math.ceil(minutes * ROUNDS_A_MINUTE) },
      (_, index) => `round-${index + 1}`,
    );
    for (const name of budgets) await scene.setBudget({ name, tag: name, limit: LIMIT_USD });
    // Nothing is asked that no budget limits.
    scene.ask(budgets[0] ?? '', () => 5);
    await scene.begin();
    for (const name of budgets) {
      rounds.push(await race(scene, name, scene.chance.shuffled(Object.keys(TORMENTS)).slice(0, 2)));
      if (performance.now() > endMs) break;
    }
    await scene.end();
    return await tell(scene, rounds);
  } finally {
    await scene.close();
  }
}

/** Until the round's budget is used up, through two torments. */
async function race(scene: Scene, name: string, torments: readonly string[]): Promise<Round> {
  const { upstream, chance } = scene;
  const left = (): number => LIMIT_NANO_USD - upstream.totalOf(name);
  const isOver = (): boolean => left() <= REST_NANO_USD;
  scene.ask(name, () => chance.from(5, 25));
  await scene.letThrough(30, isOver);
  for (const torment of torments) await TORMENTS[torment]?.(scene);
  scene.ask(name, towardsTheEnd(chance, left));
  await scene.until(`${name} is used up`, isOver);
  assert.ok(left() >= 0, `${name}: ${upstream.totalOf(name)} of ${LIMIT_NANO_USD} were let through`);
  console.log(
    `${name.padEnd(10)} ${upstream.totalOf(name)} of ${LIMIT_NANO_USD} nano-dollars (${torments.join(', ')})`,
  );
  return { name, torments, letThroughNanoUsd: upstream.totalOf(name) };
}

async function tell(scene: Scene, rounds: readonly Round[]): Promise<number> {
  const { upstream, tally } = scene;
  const records = await recordsOf(scene.store);
  const all = assertAllTold(records, upstream, tally.answered, LIMIT_NANO_USD * rounds.length);
  const over = rounds.filter(({ name }) => {
    const spent = records
      .filter(({ tag }) => tag === name)
      .reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
    // Also by what arrived after the round was told.
    return Math.max(spent, upstream.totalOf(name)) > LIMIT_NANO_USD;
  });
  const counts = Object.keys(TORMENTS).map(
    (name) => `${rounds.flatMap(({ torments }) => torments).filter((each) => each === name).length} ${name}`,
  );
  const rows: readonly (readonly [string, string])[] = [
    ['rounds', `${rounds.length}, each of ${LIMIT_NANO_USD} nano-dollars; ${over.length} over the limit`],
    ['let through', `${upstream.totalNanoUsd} nano-dollars in ${upstream.costs.size} requests`],
    ['records', all],
    ['clients', `${tally.sent} sent, ${tally.answered} answered`],
    ['', [...tally.statuses].map(([status, count]) => `${count} ${status}`).join(', ')],
    ['faults', counts.join(', ')],
    ['clocks', 'right, an hour behind, an hour ahead'],
  ];
  for (const [name, text] of rows) console.log(`${name.padEnd(13)}${text}`);
  return over.length === 0 ? 0 : 1;
}
