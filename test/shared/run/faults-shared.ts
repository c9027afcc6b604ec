// `npm run faults:shared [-- --minutes 5 --seed N]`: three proxies on one PostgreSQL, round after round, each with a hard
// budget of its own, and one for each session, that all race for while proxies are killed and stopped for long, with clocks that are an hour wrong,
// and the database is restarted and away. At every arrival at the provider, what was let through is held against the limit;
// in the end every answer is held against the records. Prints the figures and a verdict; it exits with 1 where an answer was
// lost or doubled, a budget was exceeded, or a round did not come to its end, and with 2 where it could not begin.

import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestRecord } from '../../../src/core/record.ts';
import { postgresFolders } from '../../postgres-server.ts';
import { minutesFlag, scriptFlags, wholeFlag } from '../../script-flags.ts';
import { promptOf, recordsOf, toldBy } from '../race.ts';
import { anySession, Scene, SESSIONS, towardsTheEnd } from '../scene.ts';

const LIMIT_USD = '0.03';
const LIMIT_NANO_USD = Number(LIMIT_USD) * 1e9;
const EACH_USD = '0.012';
const EACH_NANO_USD = Number(EACH_USD) * 1e9;
const REST_NANO_USD = 100_000;
const CLIENTS_EACH = 6;
const PAUSE_MS = 15;
const ROUNDS_A_MINUTE = 10;
/** Past every time after which others count one as gone. */
const STOP_MS = { least: 500, most: 30_000 } as const;
const AWAY_MS = { least: 200, most: 12_000 } as const;

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

const USAGE = `npm run faults:shared -- [--minutes 5] [--seed N]
  has three proxies on one PostgreSQL race for hard budgets while they are killed and stopped and the database is away;
  ends with 1 where an answer is lost or doubled or a budget exceeded, and with 2 where it cannot begin`;
const values = scriptFlags(USAGE, {
  minutes: { type: 'string', default: '5' },
  seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
});
process.exitCode = await run(minutesFlag(values.minutes), wholeFlag('seed', values.seed, 0, 2 ** 32 - 1));

interface Round {
  readonly name: string;
  readonly torments: readonly string[];
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
    for (const name of budgets) {
      await scene.setBudget({ name, tag: name, limit: LIMIT_USD });
      await scene.setBudget({ name: `${name}-each`, tag: name, limit: EACH_USD, per: 'session' });
    }
    // Nothing is asked that no budget limits.
    scene.ask(() => ({ prompt: budgets[0] ?? '', session: anySession(scene.chance), tokens: 5 }));
    await scene.begin();
    for (const name of budgets) {
      rounds.push(await race(scene, name, scene.chance.shuffled(Object.keys(TORMENTS)).slice(0, 2)));
      if (performance.now() > endMs) break;
    }
    await scene.end();
    return await tell(scene, rounds);
  } catch (error) {
    console.log(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    await scene.close();
  }
}

/** Until the round's budget is used up, through two torments. */
async function race(scene: Scene, name: string, torments: readonly string[]): Promise<Round> {
  const { upstream, chance } = scene;
  const left = (): number => LIMIT_NANO_USD - upstream.totalOf(name);
  const isOver = (): boolean => left() <= REST_NANO_USD;
  scene.ask(() => ({ prompt: name, session: anySession(chance), tokens: chance.from(5, 25) }));
  await scene.letThrough(30, isOver);
  for (const torment of torments) await TORMENTS[torment]?.(scene);
  const tokens = towardsTheEnd(chance, left);
  scene.ask(() => ({ prompt: name, session: anySession(chance), tokens: tokens() }));
  await scene.until(`${name} is used up`, isOver);
  const each = SESSIONS.map((session) => `${session} ${upstream.totalOf(promptOf(name, session))}`).join(
    ', ',
  );
  console.log(
    `${name.padEnd(10)} ${upstream.totalOf(name)} of ${LIMIT_NANO_USD} nano-dollars; ${each} of ${EACH_NANO_USD} (${torments.join(', ')})`,
  );
  return { name, torments };
}

/** Also by what arrived after a round was told. */
function exceeded(
  scene: Scene,
  records: readonly RequestRecord[],
  rounds: readonly Round[],
): readonly string[] {
  const { upstream } = scene;
  const places = rounds.flatMap(({ name }) => [
    { place: name, name, session: null, limit: LIMIT_NANO_USD },
    ...SESSIONS.map((session) => ({
      ...{ place: promptOf(name, session), name, session, limit: EACH_NANO_USD },
    })),
  ]);
  return places.flatMap(({ place, name, session, limit }) => {
    const spent = records
      .filter((record) => record.tag === name && (session === null || record.session === session))
      .reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
    const most = Math.max(spent, upstream.totalOf(place));
    return most > limit ? [`${place}: ${most} of ${limit} nano-dollars`] : [];
  });
}

async function tell(scene: Scene, rounds: readonly Round[]): Promise<number> {
  const { upstream, tally } = scene;
  const records = await recordsOf(scene.store);
  const told = toldBy(records, upstream, tally.answered);
  const over = exceeded(scene, records, rounds);
  // What the provider saw and no record pays for.
  const unpaid = Math.max(0, upstream.totalNanoUsd - told.spentNanoUsd);
  const counts = Object.keys(TORMENTS).map(
    (name) => `${rounds.flatMap(({ torments }) => torments).filter((each) => each === name).length} ${name}`,
  );
  const rows: readonly (readonly [string, string])[] = [
    [
      'rounds',
      `${rounds.length}, each of ${LIMIT_NANO_USD} nano-dollars, and ${EACH_NANO_USD} for each session`,
    ],
    ['let through', `${upstream.totalNanoUsd} nano-dollars in ${upstream.costs.size} requests`],
    [
      'records',
      `${told.records} for ${told.spentNanoUsd} nano-dollars, ${told.interrupted} interrupted, ${told.inFlight} in flight`,
    ],
    ['clients', `${tally.sent} sent, ${tally.answered} answered`],
    ['', [...tally.statuses].map(([status, count]) => `${count} ${status}`).join(', ')],
    ['faults', counts.join(', ')],
    ['clocks', 'right, an hour behind, an hour ahead'],
    ...over.map((place) => ['over', place] as const),
  ];
  for (const [name, text] of rows) console.log(`${name.padEnd(13)}${text}`);
  const isPassed = told.lost + told.doubled + told.inFlight + over.length + unpaid === 0;
  console.log(
    `${isPassed ? 'PASSED' : 'FAILED'}: lost ${told.lost}, doubled ${told.doubled}, over budget ${over.length}, unpaid ${unpaid} nano-dollars`,
  );
  return isPassed ? 0 : 1;
}
