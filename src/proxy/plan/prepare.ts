// The decisions about a request before budgets and cache see it, for the proxy and for explanations alike.

import { TokenWatchError } from '../../core/errors.ts';
import { headerPairs } from '../../core/flat-headers.ts';
import { mayCost } from '../../core/protocol.ts';
import type { GateRequest } from '../../ledger/gate.ts';
import type { PlanTrace } from '../../policy/plan.ts';
import { otherModels } from '../../protocols/requests/named-models.ts';
import type { RefusedBody, TranslatedBody } from '../body-translation.ts';
import type { Call, Prepared, ReadBody } from '../call.ts';
import { labelError } from '../caller.ts';
import { mediaType } from '../headers.ts';
import { type Planner, planHeaders, plannedBody, plannedDocument } from './planner.ts';

/** How the body is read: as one JSON document before it goes on, as a form while it passes, or not at all. */
export function readingOf({ endpoint, method, headers }: Call): 'document' | 'form' | 'none' {
  if (!endpoint.hasModel || method !== 'POST') return 'none';
  return mediaType(headers['content-type'] ?? '').startsWith('multipart/') ? 'form' : 'document';
}

/**
 * Reads the body, then plans: tag, routing rule, A/B test. `trace` is told of every rule that is looked at. Returns the
 * parsed body.
 */
export function planCall(
  planner: Planner,
  call: Call,
  body: ReadBody | null,
  trace: PlanTrace | null = null,
): unknown {
  const document = call.read(body);
  planner.plan(call, document, trace);
  markUnplanned(planner, call);
  return document;
}

/** What leaves for a planned call. `elsewhere` is its translation, where `translationQuestion` asks for one. */
export function prepare(
  planner: Planner,
  call: Call,
  document: unknown,
  elsewhere: TranslatedBody | RefusedBody | null,
): Prepared {
  const refusal =
    labelError(call.headers, call.rawHeaders) ??
    planner.keyRefusal(call) ??
    translationRefusal(planner, call, document, elsewhere);
  const { translation } = call;
  const planned =
    translation === null ? plannedBody(call) : { body: translation.body, text: null, isRecoded: false };
  return {
    document,
    body: planned.body,
    plannedDocument: plannedDocument(call, document),
    text: planned.text,
    isRecoded: planned.isRecoded,
    headers: [...planHeaders(call), ...unplannedHeaders(call)],
    refusal,
  };
}

/** Why no rule looks at the request; null where rules do. */
export function unplannedReason(call: Call): string | null {
  if (call.body !== null)
    return call.body.unread === null ? null : `the body cannot be read: ${call.body.unread}`;
  if (call.isWebSocket) return 'the messages of a WebSocket pass on as they are';
  // A web page's fields are one, too: what is read as a document has a body.
  if (readingOf(call) !== 'none') return 'the body is a form';
  return `requests to ${call.endpoint.name} pass on unread`;
}

/** Rules that could have changed a request, and did not look at it, are not passed over in silence. */
export function markUnplanned(planner: Planner, call: Call): void {
  const { endpoint } = call;
  const isConcerned = (endpoint.hasModel || mayCost(endpoint)) && planner.changesRequests;
  if (!isConcerned) return;
  const reason = unplannedReason(call) ?? (planner.choosesModels ? fixedModelReason(call) : null);
  call.unplanned = reason?.slice(0, REASON_CHARACTERS_MAX) ?? null;
}

/** Why no rule can give it another model; null where one can. */
function fixedModelReason({ endpoint, facts }: Call): string | null {
  if (!endpoint.hasModel) return null;
  if (endpoint.model !== null) return 'the model stands in the path';
  return facts.model === null ? 'the request names no model' : null;
}

/** What the response says of that: names and values in turn. */
export function unplannedHeaders({ unplanned }: Call): readonly string[] {
  return unplanned === null ? NOTHING : ['x-tokenwatch-unplanned', unplanned.replace(/[^\x20-\x7e]/g, '?')];
}

const NOTHING: readonly string[] = Object.freeze([]);
/** The reason may quote the name of a coding, which the client chose: of any length. */
const REASON_CHARACTERS_MAX = 256;

/** A refusal says in its headers which rule wanted the translation. */
function translationRefusal(
  planner: Planner,
  call: Call,
  document: unknown,
  elsewhere: TranslatedBody | RefusedBody | null,
): TokenWatchError | null {
  try {
    planner.translate(call, document, elsewhere);
    return null;
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    const headers = { ...error.headers, ...Object.fromEntries(headerPairs(planHeaders(call))) };
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
    alsoModels: otherModels(call.translation?.document ?? document, call.model),
    // Translating leaves them out.
    earlierModels: (call.translation === null ? call.body?.earlierModels : null) ?? NOTHING,
    others:
      call.candidates?.map(({ upstream, model }) => ({ upstream: upstream.base.origin, model })) ?? NO_OTHERS,
    app: call.caller.app,
    operation: operationOf(call),
    tag: call.tag,
    user: call.caller.user,
    session: call.caller.session,
    key: call.accessKey,
    stream: facts.stream,
    maxOutputTokens: facts.maxOutputTokens,
    serviceTier: facts.serviceTier,
    speed: facts.speed,
    body: () => call.translation?.document ?? document,
    reading: call.translation === null ? (call.body?.digest?.input ?? null) : call.translation.reading,
    atMs: call.startedAtMs,
  };
}

/** What a refusal calls the request where no model is known. */
function operationOf({ method, path, isWebSocket, body }: Call): string {
  const operation = isWebSocket ? `a WebSocket to ${path}` : `${method} ${path}`;
  const unread = body?.unread ?? null;
  return unread === null ? operation : `${operation} (the model in its body cannot be read: ${unread})`;
}
