// What recorded requests would have cost otherwise: with another model, tier or cache, or under the rules of now.

import type { Prices } from '../../core/price.ts';
import type { RequestRecord } from '../../core/record.ts';
import { type Plan, plan } from '../../policy/plan.ts';
import { type DecidableRules, recordedRequest } from '../../policy/recorded-request.ts';
import { costIf, costRangeIf, isComparable, type WhatIf } from '../../pricing/what-if.ts';
import { type WorkKind, WorkKinds } from '../../pricing/work-kind.ts';

/** Another model counts tokens by its own tokenizer, and answers at its own length: by so much more or less. */
const TOKEN_SHARE = 0.2;

export interface ComparedSum {
  requests: number;
  nowNanoUsd: number;
  thenNanoUsd: number;
  leastNanoUsd: number;
  mostNanoUsd: number;
}

/** Requests of a kind that the other model does not do. */
export interface OtherWork {
  readonly kind: WorkKind;
  readonly requests: number;
  readonly nowNanoUsd: number;
}

export interface ComparisonResult {
  readonly rows: readonly (ComparedSum & { readonly from: string; readonly to: string })[];
  readonly total: ComparedSum;
  /** Requests that are in no sum, and why. */
  readonly leftOut: { readonly unknownNow: number; readonly unknownThen: number; readonly free: number };
  /** In no sum either: what they cost is told, the dearest kind first. */
  readonly otherWork: readonly OtherWork[];
  /** Rules that look at what records do not keep: taken as not matching. */
  readonly rulesBeyondRecords: readonly string[];
}

export class CostComparison {
  readonly #book: Prices;
  readonly #what: WhatIf;
  readonly #rules: DecidableRules | null;
  readonly #rows = new Map<string, ComparedSum & { from: string; to: string }>();
  readonly #leftOut = { unknownNow: 0, unknownThen: 0, free: 0 };
  readonly #kinds: WorkKinds;
  readonly #otherWork = new Map<WorkKind, { requests: number; nowNanoUsd: number }>();

  constructor(book: Prices, what: WhatIf, rules: DecidableRules | null) {
    this.#book = book;
    this.#what = what;
    this.#kinds = new WorkKinds(book);
    this.#rules = rules;
  }

  add(record: RequestRecord): void {
    if (record.outcome === 'in_flight') return;
    if (!isComparable(record)) {
      this.#leftOut[record.costNanoUsd === null ? 'unknownNow' : 'free'] += 1;
      return;
    }
    const from = record.modelUsed ?? record.modelRequested ?? record.endpoint;
    const what = this.#whatFor(record);
    if (this.#isOtherWork(record, what)) return;
    const then = costIf(this.#book, record, what);
    const [least, most] =
      what.model === null ? [then, then] : costRangeIf(this.#book, record, what, TOKEN_SHARE);
    if (then === null || least === null || most === null) {
      this.#leftOut.unknownThen += 1;
      return;
    }
    const to = what.model ?? from;
    const key = JSON.stringify([from, to]);
    const row = this.#rows.get(key) ?? { from, to, ...NOTHING };
    addTo(row, {
      requests: 1,
      nowNanoUsd: record.costNanoUsd ?? 0,
      thenNanoUsd: then,
      leastNanoUsd: least,
      mostNanoUsd: most,
    });
    this.#rows.set(key, row);
  }

  result(): ComparisonResult {
    const rows = [...this.#rows.values()].sort((a, b) => b.nowNanoUsd - a.nowNanoUsd);
    const total = { ...NOTHING };
    for (const row of rows) addTo(total, row);
    const otherWork = [...this.#otherWork]
      .map(([kind, sum]) => ({ kind, ...sum }))
      .sort((a, b) => b.nowNanoUsd - a.nowNanoUsd);
    return {
      rows,
      total,
      leftOut: this.#leftOut,
      otherWork,
      rulesBeyondRecords: this.#rules?.beyond ?? [],
    };
  }

  /** Counts the request where the other model could not have answered it. */
  #isOtherWork(record: RequestRecord, { model, upstream }: WhatIf): boolean {
    if (model === null) return false;
    const kind = this.#kinds.ofRecord(record);
    const done = this.#kinds.ofModel(model, upstream ?? '', record.startedAtMs);
    // Of one that nobody knows there is no price either: that is told.
    if (done === null || done === kind) return false;
    const sum = this.#otherWork.get(kind) ?? { requests: 0, nowNanoUsd: 0 };
    sum.requests += 1;
    sum.nowNanoUsd += record.costNanoUsd ?? 0;
    this.#otherWork.set(kind, sum);
    return true;
  }

  /** By the planner's own fold where rules are asked; a request that they leave alone stays as it was. */
  #whatFor(record: RequestRecord): WhatIf {
    if (this.#rules === null) return this.#what;
    const planned: Plan = plan(this.#rules.rules, recordedRequest(record));
    const ran = record.modelSent ?? record.modelRequested;
    if (planned.model === null || planned.model === ran) return this.#what;
    const upstream = planned.upstream?.base.origin ?? (planned.foreignApi === null ? record.upstream : '');
    return { ...this.#what, model: planned.model, upstream: this.#what.upstream ?? upstream };
  }
}

const NOTHING: ComparedSum = { requests: 0, nowNanoUsd: 0, thenNanoUsd: 0, leastNanoUsd: 0, mostNanoUsd: 0 };

function addTo(sum: ComparedSum, more: ComparedSum): void {
  sum.requests += more.requests;
  sum.nowNanoUsd += more.nowNanoUsd;
  sum.thenNanoUsd += more.thenNanoUsd;
  sum.leastNanoUsd += more.leastNanoUsd;
  sum.mostNanoUsd += more.mostNanoUsd;
}
