// The proxies of one database: each registers itself and says that it lives, whether it has leases or not. A store that
// serves one server alone has that one.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Answer, HandlersOf } from '../dashboard/handlers/handlers.ts';
import type { InstanceFacts, InstanceName, LeaseBank } from '../ledger/leases/lease-ports.ts';
import { instanceOf } from '../storage/instance.ts';
import { version } from '../version.ts';
import type { Ground } from './ground.ts';
import type { Records } from './records.ts';

type Instances = Answer<'instances'>;

const BEAT_MS = 2000;

/** This process, among those of its database. */
export interface Instance {
  readonly name: InstanceName;
  readonly startedAtMs: number;
}

export function nameInstance({ settings, clock }: Ground): Instance {
  const id = instanceOf(settings.TOKENWATCH_DATA_DIR);
  return { name: { id, run: randomUUID(), host: hostname(), version }, startedAtMs: clock.now() };
}

/** Where no budgets are followed, whose leases would tell that this proxy lives. */
export async function startPresence(
  { warn, opened }: Ground,
  { store }: Records,
  { name }: Instance,
): Promise<void> {
  if (store.leases === null) return;
  const presence = new Presence(store.leases, name, warn);
  await presence.start();
  opened.defer(() => presence.close());
}

class Presence {
  readonly #bank: LeaseBank;
  readonly #name: InstanceName;
  readonly #warn: (message: string) => void;
  #isRegistered = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #beat: Promise<void> = Promise.resolve();

  constructor(bank: LeaseBank, name: InstanceName, warn: (message: string) => void) {
    this.#bank = bank;
    this.#name = name;
    this.#warn = warn;
  }

  /** Throws where the folder's id is another's. */
  async start(): Promise<void> {
    await this.#tell(false).catch((error: unknown) => {
      if ((error as { code?: string }).code === 'folder_in_use') throw error;
      // A database that is away has been told of by whoever keeps records.
    });
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#beat;
    await this.#tell(true).catch(() => undefined);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#beat = this.#tell(false)
        .catch(() => undefined)
        .then(() => {
          if (!this.#isClosed) this.#schedule();
        });
    }, BEAT_MS).unref();
  }

  async #tell(isLast: boolean): Promise<void> {
    if (!this.#isRegistered) await this.#bank.registerInstance(this.#name);
    this.#isRegistered = true;
    const said = {
      instance: this.#name,
      rulesVersion: null,
      claims: [],
      areRecordsIn: false,
      holdsMembers: false,
      isLast,
    };
    const { isSuperseded } = await this.#bank.exchangeLeases(said);
    if (!isSuperseded) return;
    this.#isClosed = true;
    this.#warn(`Another process has taken over the instance ${this.#name.id} of this data folder.`);
  }
}

export function instancesApi(
  { clock }: Ground,
  { store }: Records,
  instance: Instance,
): HandlersOf<'instances'> {
  const self = (): InstanceFacts => {
    const { id, host } = instance.name;
    const { startedAtMs } = instance;
    return { id, host, version, startedAtMs, seenAtMs: clock.now(), state: 'running', leases: [] };
  };
  return {
    instances: async (): Promise<Instances> => {
      const isShared = store.leases !== null;
      try {
        const [rows, { budgets }] = await Promise.all([
          store.leases?.instances() ?? [self()],
          store.budgets.budgetRules(),
        ]);
        const nameOf = new Map(budgets.map(({ id, name }) => [id, name]));
        return {
          self: instance.name.id,
          isShared,
          fault: null,
          instances: rows.map((row) => json(row, nameOf)),
        };
      } catch (error) {
        const fault = error instanceof Error ? error.message : String(error);
        return { self: instance.name.id, isShared, fault, instances: [json(self(), new Map())] };
      }
    },
  };
}

function json(
  { leases, ...facts }: InstanceFacts,
  nameOf: ReadonlyMap<string, string>,
): Instances['instances'][number] {
  return {
    ...facts,
    outstandingNanoUsd: leases.reduce((sum, lease) => sum + lease.grantedNanoUsd - lease.spentNanoUsd, 0),
    leases: leases.map(({ budgetId, ...figures }) => ({
      budget: nameOf.get(budgetId) ?? budgetId,
      ...figures,
    })),
  };
}
