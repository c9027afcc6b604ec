// Slows guesses at passwords down, by the account and by the address: each failure doubles the wait, and nobody is
// locked out for good. An account's wait is short enough that its owner, whom somebody else keeps out, gets in.

import { isIPv6 } from 'node:net';
import type { Clock } from '../core/clock.ts';

const FREE_FAILURES = 3;
const FIRST_WAIT_MS = 1000;
const ACCOUNT_WAIT_MS_MAX = 30_000;
const ADDRESS_WAIT_MS_MAX = 15 * 60_000;
/** Without a failure for so long, it is forgotten. */
const FORGOTTEN_MS = 60 * 60_000;
/** Beyond it, those that failed longest ago are forgotten. */
const REMEMBERED_MAX = 10_000;

interface Failures {
  count: number;
  lastMs: number;
}

export class LoginThrottle {
  readonly #clock: Clock;
  readonly #byAccount = new Map<string, Failures>();
  readonly #byAddress = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until the next attempt is looked at; 0: now. */
  waitMs(account: string, address: string): number {
    return Math.max(
      this.#wait(this.#byAccount.get(account), ACCOUNT_WAIT_MS_MAX),
      this.#wait(this.#byAddress.get(networkOf(address)), ADDRESS_WAIT_MS_MAX),
    );
  }

  failed(account: string, address: string): void {
    this.#count(this.#byAccount, account);
    this.#count(this.#byAddress, networkOf(address));
  }

  succeeded(account: string, address: string): void {
    this.#byAccount.delete(account);
    this.#byAddress.delete(networkOf(address));
  }

  /** An attempt that was counted and that nobody looked at: the provider was away, or too many others waited. */
  unjudged(account: string, address: string): void {
    this.#takeBack(this.#byAccount, account);
    this.#takeBack(this.#byAddress, networkOf(address));
  }

  #wait(failures: Failures | undefined, waitMsMax: number): number {
    if (failures === undefined || failures.count < FREE_FAILURES) return 0;
    const doubled = FIRST_WAIT_MS * 2 ** Math.min(failures.count - FREE_FAILURES, 30);
    return Math.max(0, failures.lastMs + Math.min(doubled, waitMsMax) - this.#clock.monotonicMs());
  }

  #takeBack(failed: Map<string, Failures>, name: string): void {
    const failures = failed.get(name);
    if (failures === undefined) return;
    failures.count -= 1;
    if (failures.count === 0) failed.delete(name);
  }

  #count(failed: Map<string, Failures>, name: string): void {
    const nowMs = this.#clock.monotonicMs();
    const before = failed.get(name);
    const isForgotten = before === undefined || nowMs - before.lastMs > FORGOTTEN_MS;
    failed.delete(name);
    failed.set(name, { count: isForgotten ? 1 : before.count + 1, lastMs: nowMs });
    if (failed.size <= REMEMBERED_MAX) return;
    const [oldest] = failed.keys();
    if (oldest !== undefined) failed.delete(oldest);
  }
}

/** Whoever has one IPv6 address has 2^64 of them. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail = ''] = address.split('::');
  const first = head.split(':').filter((part) => part !== '');
  const last = tail.split(':').filter((part) => part !== '');
  const whole = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
  return `${whole.slice(0, 4).join(':')}::/64`;
}
