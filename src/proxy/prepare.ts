// The decisions about a request before budgets and cache see it, for the proxy and for explanations alike.

import type { GateRequest } from '../ledger/gate.ts';
import type { PlanTrace } from '../policy/plan.ts';
import type { Call } from './call.ts';
import { mediaType } from './headers.ts';
import { type Planner, planHeaders, plannedBody, plannedDocument } from './planner.ts';

/** A request as it would leave. */
export interface Prepared {
  /** The parsed body as it came; undefined where it is none. */
  readonly document: unknown;
  /** The body with the planned model, and the same parsed. */
  readonly body: Buffer | null;
  readonly plannedDocument: unknown;
  /** What the response says of the plan: names and values in turn. */
  readonly headers: readonly string[];
}

/** True where the body is one JSON document that must be read before it goes on. */
export function isDocument({ endpoint, method, headers }: Call): boolean {
  const type = mediaType(headers['content-type'] ?? '');
  return endpoint.hasModel && method === 'POST' && !type.startsWith('multipart/');
}

/** Reads the body, then plans: tag, routing rule, A/B test. `trace` is told of every rule that is looked at. */
export function prepare(
  planner: Planner,
  call: Call,
  body: Buffer | null,
  trace: PlanTrace | null = null,
): Prepared {
  const document = call.read(body);
  planner.plan(call, document, trace);
  return {
    document,
    body: body === null ? null : plannedBody(call, body),
    plannedDocument: plannedDocument(call, document),
    headers: planHeaders(call),
  };
}

/** What budgets are asked about a prepared request. */
export function gateRequest(call: Call, document: unknown): GateRequest {
  const { facts } = call;
  return {
    id: call.id,
    endpoint: call.endpoint,
    model: call.model,
    upstream: call.base.origin,
    ...(call.candidates !== null && {
      others: call.candidates.map(({ upstream, model }) => ({ upstream: upstream.base.origin, model })),
    }),
    app: call.caller.app,
    tag: call.tag,
    maxOutputTokens: facts.maxOutputTokens,
    serviceTier: facts.serviceTier,
    speed: facts.speed,
    body: () => document,
    atMs: call.startedAtMs,
  };
}
