// Delivers budget notices from the store's outbox: signed, each until its receiver has taken it, with growing
// pauses between attempts. Runs beside the traffic and never in its way.

import { Webhook } from 'standardwebhooks';
import type { Clock } from '../../core/clock.ts';
import { RepeatedFault } from '../../core/repeated-fault.ts';
import type { ThresholdCrossing } from '../account.ts';
import type { BudgetBank, Notice } from '../ports.ts';
import { noticeOf } from './notice.ts';

export interface NotifierOptions {
  readonly bank: Pick<BudgetBank, 'addNotice' | 'dueNotices' | 'noticeDelivered' | 'noticeFailed'>;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  /** Told of faults that nobody waits for. */
  readonly warn: (message: string) => void;
  /** How often the outbox is looked at when no threshold was crossed. */
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  /** The pause after the first failed attempt; it doubles each time. */
  readonly firstPauseMs?: number;
}

const AT_ONCE_MAX = 20;
/** With pauses that double from 5 s to an hour: about a day. */
const ATTEMPTS_MAX = 32;
const PAUSE_MAX_MS = 3_600_000;
/** Notices that the store would not take, kept for the next pass. */
const UNKEPT_MAX = 1_000;

export class Notifier {
  readonly #options: Required<NotifierOptions>;
  readonly #fault: RepeatedFault;
  readonly #unkept = new Map<string, Notice>();
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(options: NotifierOptions) {
    this.#options = { intervalMs: 5_000, timeoutMs: 10_000, firstPauseMs: 5_000, ...options };
    this.#fault = new RepeatedFault(options.warn, {
      first: (reason) => `Budgets: ${reason}. Their webhooks are called later.`,
      over: 'Webhooks of budgets are called again.',
    });
  }

  start(): void {
    this.#timer = setInterval(() => this.#wake(), this.#options.intervalMs).unref();
    this.#wake();
  }

  /** Takes a crossing, which may be one that was taken before: the store keeps each once. */
  crossed(crossing: ThresholdCrossing): void {
    const notice = noticeOf(crossing, this.#options.clock.now());
    if (notice === null || this.#closed || this.#unkept.size >= UNKEPT_MAX) return;
    this.#unkept.set(notice.id, notice);
    this.#wake();
  }

  /** Waits for the attempts under way; the rest stays in the store for the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#pass;
  }

  #wake(): void {
    this.#again = true;
    this.#pass ??= this.#work().finally(() => {
      this.#pass = null;
    });
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#keep();
        await this.#deliverDue();
        this.#fault.over();
      } catch (error) {
        this.#fault.met(error);
      }
    }
  }

  async #keep(): Promise<void> {
    for (const notice of [...this.#unkept.values()]) {
      await this.#options.bank.addNotice(notice);
      this.#unkept.delete(notice.id);
    }
  }

  async #deliverDue(): Promise<void> {
    const { bank, clock } = this.#options;
    const due = await bank.dueNotices(clock.now(), AT_ONCE_MAX);
    await Promise.all(due.map((notice) => this.#deliver(notice)));
  }

  async #deliver(notice: Notice): Promise<void> {
    const { bank, clock } = this.#options;
    const fault = await this.#attempt(notice);
    if (fault === null) return bank.noticeDelivered(notice.id, clock.now());
    const attempts = notice.attempts + 1;
    const pauseMs = Math.min(this.#options.firstPauseMs * 2 ** (attempts - 1), PAUSE_MAX_MS);
    const next = fault.final || attempts >= ATTEMPTS_MAX ? null : clock.now() + pauseMs;
    await bank.noticeFailed(notice.id, fault.reason, next);
  }

  async #attempt(notice: Notice): Promise<{ reason: string; final: boolean } | null> {
    const now = new Date(this.#options.clock.now());
    const headers = {
      'content-type': 'application/json',
      'webhook-id': notice.id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(notice.secret).sign(notice.id, now, notice.body),
    };
    try {
      const signal = AbortSignal.timeout(this.#options.timeoutMs);
      const answer = await this.#options.fetch(notice.url, {
        method: 'POST',
        headers,
        body: notice.body,
        redirect: 'manual',
        signal,
      });
      await answer.body?.cancel();
      if (answer.ok) return null;
      return { reason: `the receiver answered ${answer.status}`, final: answer.status === 410 };
    } catch (error) {
      return { reason: error instanceof Error ? error.message : String(error), final: false };
    }
  }
}
