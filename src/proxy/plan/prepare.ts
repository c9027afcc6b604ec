// The decisions about a request before budgets and cache see it, for the proxy and for explanations alike.

import { TokenWatchError } from '../../core/errors.ts';
import type { GateRequest } from '../../ledger/gate.ts';
import type { PlanTrace } from '../../policy/plan.ts';
import type { Call, Prepared } from '../call.ts';
import { mediaType } from '../headers.ts';
import { type Planner, planHeaders, plannedBody, plannedDocument } from './planner.ts';

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
  const refusal = translationRefusal(planner, call, document);
  return {
    document,
    body: call.translation?.body ?? (body === null ? null : plannedBody(call, body)),
    plannedDocument: plannedDocument(call, document),
    headers: planHeaders(call),
    refusal,
  };
}

/** The client hears why it was to be translated at all. */
function translationRefusal(planner: Planner, call: Call, document: unknown): TokenWatchError | null {
  try {
    planner.translate(call, document);
    return null;
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    const flat = planHeaders(call);
    const headers: Record<string, string> = { ...error.headers };
    for (let index = 0; index + 1 < flat.length; index += 2)
      headers[flat[index] as string] = flat[index + 1] as string;
    return new TokenWatchError(error.code, error.message, { cause: error, headers });
  }
}

const NO_OTHERS: GateRequest['others'] = Object.freeze([]);

/** What budgets are asked about a prepared request. */
export function gateRequest(call: Call, document: unknown): GateRequest {
  const { facts, endpoint } = call.translation ?? call;
  return {
    id: call.id,
    endpoint,
    model: call.model,
    upstream: call.base.origin,
    others:
      call.candidates?.map(({ upstream, model }) => ({ upstream: upstream.base.origin, model })) ?? NO_OTHERS,
    app: call.caller.app,
    tag: call.tag,
    maxOutputTokens: facts.maxOutputTokens,
    serviceTier: facts.serviceTier,
    speed: facts.speed,
    body: () => call.translation?.document ?? document,
    atMs: call.startedAtMs,
  };
}
