// Slows guesses at passwords down, by the account and by the address: each failure doubles the wait, and nobody is
// locked out for good. An account's wait is short enough that its owner, whom somebody else keeps out, gets in. Whoever
// gets in takes back their own failures: an account of one's own gives no guesses at others. Whoever got in from an
// address before is not kept out by what others do there, or elsewhere in their name.

import { isIPv6 } from 'node:net';
import type { Clock } from '../../core/clock.ts';

const FREE_FAILURES = 3;
const FIRST_WAIT_MS = 1000;
const ACCOUNT_WAIT_MS_MAX = 30_000;
const ADDRESS_WAIT_MS_MAX = 15 * 60_000;
/** One failure is forgotten each time: now and then somebody mistypes a name behind an address that many share. */
const FORGOTTEN_MS = 5 * 60_000;
/** Without a failure for so long, all are. */
const ALL_FORGOTTEN_MS = 60 * 60_000;
/** So long somebody is known at an address. */
const KNOWN_MS = 30 * 24 * 60 * 60_000;
/** Beyond it, those that failed longest ago are forgotten. */
const REMEMBERED_MAX = 10_000;

interface Failures {
  /** At `countedMs`: of one a part may be forgotten. */
  count: number;
  countedMs: number;
  lastMs: number;
}

type Failed = Map<string, Failures>;

export class LoginThrottle {
  readonly #clock: Clock;
  readonly #byAccount: Failed = new Map();
  readonly #byAddress: Failed = new Map();
  /** Of one account at one address. */
  readonly #byBoth: Failed = new Map();
  /** When it last got in there. */
  readonly #known = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until the next attempt is looked at; 0: now. */
  waitMs(account: string, address: string | null): number {
    if (address !== null && this.#isKnown(bothOf(account, address))) return 0;
    const here = address === null ? undefined : this.#byAddress.get(networkOf(address));
    return Math.max(
      this.#wait(this.#byAccount.get(account), ACCOUNT_WAIT_MS_MAX),
      this.#wait(here, ADDRESS_WAIT_MS_MAX),
    );
  }

  /** `address`: null for a failure that says nothing of others there. */
  failed(account: string, address: string | null): void {
    this.#count(this.#byAccount, account);
    if (address === null) return;
    this.#count(this.#byAddress, networkOf(address));
    this.#count(this.#byBoth, bothOf(account, address));
  }

  succeeded(account: string, address: string | null): void {
    this.#byAccount.delete(account);
    if (address === null) return;
    const both = bothOf(account, address);
    this.#takeBack(this.#byAddress, networkOf(address), this.#left(this.#byBoth.get(both)));
    this.#byBoth.delete(both);
    remember(this.#known, both, this.#clock.monotonicMs());
  }

  /** An attempt that was counted and that nobody looked at: the provider was away, or too many others waited. */
  unjudged(account: string, address: string | null): void {
    this.#takeBack(this.#byAccount, account, 1);
    if (address === null) return;
    this.#takeBack(this.#byAddress, networkOf(address), 1);
    this.#takeBack(this.#byBoth, bothOf(account, address), 1);
  }

  /** A few guesses there, and it may be somebody else. */
  #isKnown(both: string): boolean {
    const sinceMs = this.#known.get(both);
    if (sinceMs === undefined || this.#clock.monotonicMs() - sinceMs > KNOWN_MS) return false;
    return Math.ceil(this.#left(this.#byBoth.get(both))) < FREE_FAILURES;
  }

  #wait(failures: Failures | undefined, waitMsMax: number): number {
    const count = Math.ceil(failures?.count ?? 0);
    if (failures === undefined || count < FREE_FAILURES) return 0;
    const doubled = FIRST_WAIT_MS * 2 ** Math.min(count - FREE_FAILURES, 30);
    return Math.max(0, failures.lastMs + Math.min(doubled, waitMsMax) - this.#clock.monotonicMs());
  }

  #takeBack(failed: Failed, name: string, count: number): void {
    const failures = failed.get(name);
    if (failures === undefined) return;
    failures.count = this.#left(failures) - count;
    failures.countedMs = this.#clock.monotonicMs();
    if (failures.count <= 0) failed.delete(name);
  }

  /** Of them, those that are not forgotten. */
  #left(failures: Failures | undefined): number {
    if (failures === undefined) return 0;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - failures.lastMs > ALL_FORGOTTEN_MS) return 0;
    return Math.max(0, failures.count - (nowMs - failures.countedMs) / FORGOTTEN_MS);
  }

  #count(failed: Failed, name: string): void {
    const nowMs = this.#clock.monotonicMs();
    const count = this.#left(failed.get(name)) + 1;
    remember(failed, name, { count, countedMs: nowMs, lastMs: nowMs });
  }
}

/** The newest come last. */
function remember<Value>(all: Map<string, Value>, name: string, value: Value): void {
  all.delete(name);
  all.set(name, value);
  if (all.size <= REMEMBERED_MAX) return;
  const [oldest] = all.keys();
  if (oldest !== undefined) all.delete(oldest);
}

const bothOf = (account: string, address: string): string => `${networkOf(address)} ${account}`;

/** Whoever has one IPv6 address has 2^64 of them. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const first = head.split(':').filter((part) => part !== '');
  const last = tail.split(':').filter((part) => part !== '');
  const whole = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
  return `${whole.slice(0, 4).join(':')}::/64`;
}
