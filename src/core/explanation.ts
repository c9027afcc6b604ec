// What would become of a request, and why. Server, command line and JSON API share these shapes.

import type { NanoUsd } from './money.ts';
import type { ProtocolName } from './protocol.ts';
import type { CacheUse } from './record.ts';

export interface ExplainQuestion {
  readonly api: ProtocolName;
  readonly method: string;
  /** Path and query under the API's mount. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
  /** The request's id, by which requests without a session are drawn; null for a new one. */
  readonly id: string | null;
}

export interface Explanation {
  /** A running server knows of requests in flight and of what is in memory; the records tell the rest. */
  readonly source: 'server' | 'records';
  readonly request: ExplainedRequest;
  readonly tag: ExplainedTag;
  /** In the order in which they are tried. */
  readonly routes: readonly ExplainedRoute[];
  readonly experiments: readonly ExplainedExperiment[];
  /** Routing rules that are disabled, and tests that are paused or completed. */
  readonly inactive: readonly { readonly kind: string; readonly name: string }[];
  readonly model: ExplainedModel;
  readonly tokens: ExplainedTokens;
  readonly cost: ExplainedCost;
  readonly budgets: ExplainedBudgets;
  readonly cache: ExplainedCache;
  /** In the order in which they would be asked. */
  readonly upstreams: readonly ExplainedUpstream[];
  readonly outcome: ExplainedOutcome;
}

export interface ExplainedRequest {
  readonly id: string;
  readonly api: ProtocolName;
  readonly endpoint: string;
  readonly app: string;
  readonly session: string | null;
  readonly stream: boolean;
  readonly bodyBytes: number;
  /** Why no rule looks at it; null where rules do. */
  readonly unplanned: string | null;
}

export interface ExplainedCondition {
  readonly type: string;
  readonly value: string;
  readonly holds: boolean;
  /** What the request has there. */
  readonly seen: string;
}

export interface ExplainedTag {
  readonly tag: string | null;
  /** Null without a tag. */
  readonly source: 'header' | 'rule' | null;
  readonly rule: string | null;
  /** In order, up to the first that holds; empty where the header decides. */
  readonly rules: readonly {
    readonly name: string;
    readonly tag: string;
    readonly condition: ExplainedCondition;
  }[];
}

export interface ExplainedRoute {
  readonly name: string;
  readonly target: string;
  readonly priority: number;
  readonly match: 'all' | 'any';
  readonly decides: boolean;
  /** Why not; null where it decides. */
  readonly reason: string | null;
  /** Empty where it was not tried. */
  readonly conditions: readonly ExplainedCondition[];
}

export interface ExplainedExperiment {
  readonly name: string;
  readonly modelA: string;
  readonly modelB: string;
  /** Percent that get model B. */
  readonly split: number;
  readonly decides: boolean;
  readonly reason: string | null;
  readonly variant: 'a' | 'b' | null;
  /** What it is drawn by: the same variant for the same session or application; `request`: each for itself, by its id. */
  readonly drawnBy: 'session' | 'request' | 'app' | null;
}

export interface ExplainedModel {
  readonly requested: string | null;
  /** The model that would be asked. */
  readonly final: string | null;
  readonly rule: string | null;
  readonly experiment: string | null;
  readonly variant: 'a' | 'b' | null;
  /** The API into which the request is translated for it; null where it is not. */
  readonly foreignApi: ProtocolName | null;
}

export interface ExplainedTokens {
  /** By the tokenizer; text only. Null where nothing is read or charged. */
  readonly inputEstimated: number | null;
  /** What no provider's tokenizer exceeds. */
  readonly inputMax: number;
  /** Of all answers together. */
  readonly outputMax: number;
}

/** Null where the price is unknown. */
export interface ExplainedCost {
  /** The estimated input, without an answer. */
  readonly inputNanoUsd: NanoUsd | null;
  /** The estimated input and the longest answer. */
  readonly estimatedNanoUsd: NanoUsd | null;
  /** What no such request can exceed, as budgets see it. */
  readonly worstNanoUsd: NanoUsd | null;
  /** `user`, `spec` or `catalogue`. */
  readonly priceSource: string | null;
}

export interface ExplainedBudgets {
  readonly enabled: boolean;
  /** What would be set aside; null where no budget or kill switch is set, or for an unknown price. */
  readonly reservesNanoUsd: NanoUsd | null;
  /** Every budget that the request falls under, as it stands without it. */
  readonly matching: readonly ExplainedBudget[];
  readonly kills: readonly { readonly id: string; readonly scope: string }[];
}

export interface ExplainedBudget {
  readonly name: string;
  readonly scope: string;
  /** Whose own limit it is: each session's, user's … has one; null for one limit of all. */
  readonly per: string | null;
  readonly action: string;
  readonly period: string;
  readonly limitNanoUsd: NanoUsd;
  readonly spentNanoUsd: NanoUsd;
  readonly reservedNanoUsd: NanoUsd;
  readonly remainingNanoUsd: NanoUsd;
  /** Null for a budget without an end. */
  readonly periodEndMs: number | null;
  readonly refuses: boolean;
}

export interface ExplainedCache {
  readonly enabled: boolean;
  /** What the record would say; null where the cache is off, or refuses before it is asked. */
  readonly use: CacheUse | null;
  /** Why there would be no answer from it. */
  readonly reason: string | null;
  /** The cache rule that decides for it, if any. */
  readonly rule: string | null;
  readonly key: { readonly id: string; readonly parts: Readonly<Record<string, string>> } | null;
  readonly answer: {
    readonly from: 'memory' | 'store';
    readonly createdAtMs: number;
    readonly expiresAtMs: number;
    /** What it saves. */
    readonly costNanoUsd: NanoUsd | null;
  } | null;
}

export interface ExplainedUpstream {
  readonly name: string;
  /** Origin and path. */
  readonly url: string;
  /** The model by this upstream's name for it. */
  readonly model: string | null;
  /** Its circuit: an open one is asked only where no other is left. */
  readonly state: 'closed' | 'open' | 'half-open';
  /** Until when it asked not to be asked; null where it did not. */
  readonly restsUntilMs: number | null;
}

export interface ExplainedOutcome {
  readonly action: 'refuse' | 'answer_from_cache' | 'forward';
  /** Of TokenWatch's own answer; null where an upstream answers. */
  readonly status: number | null;
  /** TokenWatch's error code and message; null without a refusal. */
  readonly code: string | null;
  readonly message: string | null;
  /** TokenWatch's own headers on the answer. */
  readonly headers: Readonly<Record<string, string>>;
}
