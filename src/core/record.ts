// The usage record: one per request, on every exit.

import type { NanoUsd } from './money.ts';
import type { ProtocolName } from './protocol.ts';
import type { TokenUsage, UsageRun, UsageSource } from './usage.ts';

/**
 * How a request ended.
 * - `in_flight`: started, not settled yet
 * - `completed`: the upstream's whole answer reached the client, and it was no error
 * - `cached`: answered from the cache; nothing left the proxy, and it cost nothing
 * - `upstream_error`: the upstream answered with an error status or reported an error inside its stream
 * - `upstream_broken`: the upstream's answer broke off; the client saw the break
 * - `truncated`: the upstream ended a stream without its protocol's last event
 * - `unreachable`: no answer: connecting failed or timed out
 * - `timed_out`: the upstream was silent or slow beyond the limit
 * - `client_gone`: the client went away first; the upstream request was aborted
 * - `refused`: TokenWatch itself refused it; nothing left the proxy
 * - `cut`: TokenWatch ended it while it ran: a kill switch, a hard budget that its running cost crossed, a stop of the
 *   server, or a fault of its own
 * - `interrupted`: the TokenWatch process ended (killed, crashed) while it ran
 */
export type Outcome =
  | 'in_flight'
  | 'completed'
  | 'cached'
  | 'upstream_error'
  | 'upstream_broken'
  | 'truncated'
  | 'unreachable'
  | 'timed_out'
  | 'client_gone'
  | 'refused'
  | 'cut'
  | 'interrupted';

/** What is known when a request starts; made durable before the first response byte leaves. */
export interface RequestStart {
  /** UUIDv7: sorts by start time. */
  readonly id: string;
  readonly startedAtMs: number;
  readonly protocol: ProtocolName;
  readonly endpoint: string;
  readonly method: string;
  /** Path under the mount, without the query. */
  readonly path: string;
  readonly modelRequested: string | null;
  /** What was asked of the upstream where a rule or an A/B test changed it; null otherwise. */
  readonly modelSent: string | null;
  readonly routingRule: string | null;
  readonly experiment: string | null;
  /** `a` or `b`, of the experiment. */
  readonly variant: string | null;
  /** Origin and base path that it was sent to, without credentials; in the end, of who answered. */
  readonly upstream: string;
  /** The upstream's name; null for the one that the settings name. */
  readonly upstreamName: string | null;
  readonly streamed: boolean;
  /** Stable name of the calling application. */
  readonly app: string;
  readonly userAgent: string | null;
  readonly session: string | null;
  readonly tag: string | null;
  /** What budgets set aside for it: the cost that stays on record if the process is killed. Null without a bound. */
  readonly reservedNanoUsd: NanoUsd | null;
  /** The budgets' own time, which decides the period that pays, where it is not `startedAtMs`; else null. */
  readonly reservedAtMs: number | null;
  /** Why rules that are set did not look at it (its body cannot be read, is a form …); null where they did, or none is. */
  readonly unplanned: string | null;
  /** Whose request it is: of its access key, else what the client says. */
  readonly user: string | null;
  /** The name of the access key that it came with; null without one. */
  readonly accessKey: string | null;
  /** Of a session: the model that has made all that it has paid so far. Absent where none has, or several have. */
  readonly paidModel?: string;
}

/**
 * Why a known cost may be off.
 * - `long_context`: the answer sums several model runs that it does not tell apart, and together they are longer than
 *   what one run may have without costing more: charged as one long run, the most that they can have cost
 */
export type CostDoubt = 'long_context';

/**
 * What the cache said: the tier that answered, or that none did, or that it was not asked. `shadow`: it had a similar
 * prompt's answer, and the upstream was asked all the same, to check it.
 */
export type CacheUse = 'exact' | 'inflight' | 'semantic' | 'shadow' | 'miss' | 'bypass';

/**
 * How an upstream fared with a request.
 * - `answered`: its answer is the one that the client got
 * - `error_status`: it answered with a status for which another was asked
 * - `unreachable`, `timed_out`, `broken`: it gave no answer
 * - `no_key`: its own key could not be read; nothing was sent
 * - `abandoned`: the client left, or TokenWatch ended the request
 */
export interface UpstreamAttempt {
  readonly upstream: string;
  /** The model by this upstream's name for it. */
  readonly model: string | null;
  readonly outcome:
    | 'answered'
    | 'error_status'
    | 'unreachable'
    | 'timed_out'
    | 'broken'
    | 'no_key'
    | 'abandoned';
  readonly status: number | null;
  /** To its answer's head, or to its failure. */
  readonly ms: number;
}

/** A run as it stands on record. */
export interface RecordedRun extends UsageRun {
  /** Where runs are of several models: what this one cost, null where that is not known. Absent elsewhere. */
  readonly costNanoUsd?: NanoUsd | null;
}

/** What is known when it has ended. */
export interface RequestEnd {
  readonly upstream: string;
  readonly upstreamName: string | null;
  /** Every upstream that was tried, in order, where it was more than one; null otherwise. */
  readonly attempts: readonly UpstreamAttempt[] | null;
  readonly outcome: Exclude<Outcome, 'in_flight'>;
  /** The status that the client saw, or null when it saw none. */
  readonly status: number | null;
  /** TokenWatch's own error code, or the provider's error type. */
  readonly errorCode: string | null;
  /** The provider's request id from its response headers. */
  readonly upstreamRequestId: string | null;
  readonly responseId: string | null;
  /** The model that answered; the requested one where the answer named none. */
  readonly modelUsed: string | null;
  readonly finishReason: string | null;
  /** From the request's arrival to the first response body byte, and to the end. */
  readonly timeToFirstByteMs: number | null;
  readonly latencyMs: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly usage: TokenUsage;
  readonly usageSource: UsageSource;
  /**
   * Each model run where there was more than one, those of one kind and about one length as one, or where one says more
   * of its price than its counts and tier do; null otherwise. With it a cost can be computed again.
   */
  readonly runs: readonly RecordedRun[] | null;
  readonly serviceTier: string | null;
  /** Null when the price is unknown. */
  readonly costNanoUsd: NanoUsd | null;
  readonly reportedCostNanoUsd: NanoUsd | null;
  /**
   * By our price list: the whole, where the cost is what the upstream stated instead; where the cost is unknown, what is
   * known of it, which is owed at least. Null elsewhere.
   */
  readonly listCostNanoUsd: NanoUsd | null;
  /** Where the price came from: `catalogue`, `spec`, `user`, `stated` (by the upstream), or null. */
  readonly priceSource: string | null;
  /** Null where the cost is as sure as the figures it is made of, or unknown. */
  readonly costDoubt: CostDoubt | null;
  /** Null where the cache is off. */
  readonly cacheUse: CacheUse | null;
  /** What an answer from the cache would have cost; null without one, or with an unknown price. */
  readonly savedNanoUsd: NanoUsd | null;
  /**
   * What the provider's prompt cache saved: what its reads and writes would have cost as plain input, less what they did
   * cost. Negative where writing cost more than reading saved; null where the price is unknown.
   */
  readonly promptCacheSavedNanoUsd: NanoUsd | null;
  /** A later record with the same key repeats usage that was charged already: the store zeroes it. */
  readonly billingKey: string | null;
}

export interface RequestRecord extends RequestStart, Omit<RequestEnd, 'outcome'> {
  readonly outcome: Outcome;
}
