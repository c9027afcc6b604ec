// What a record says of a request when it starts.

import { withoutKeys } from '../access/keys/key-text.ts';
import type { NanoUsd } from '../core/money.ts';
import type { RequestStart } from '../core/record.ts';
import { storedModel, storedPath, storedWord } from '../core/stored-name.ts';
import { DEFAULT_UPSTREAM } from '../core/upstream.ts';
import type { Call } from './call.ts';

/** What budgets set aside for it. */
interface SetAside {
  readonly reservedNanoUsd: NanoUsd | null;
  readonly reservedAtMs: number;
}

/** `ticket` is null where no budget was asked. */
export function requestStart(call: Call, ticket: SetAside | null): RequestStart {
  const { caller } = call;
  return {
    id: call.id,
    startedAtMs: call.startedAtMs,
    protocol: call.mount.protocol.name,
    endpoint: call.endpoint.name,
    method: call.method,
    path: storedPath(withoutKeys(call.path)),
    modelRequested: storedModel(call.facts.model),
    upstream: call.base.address,
    upstreamName: upstreamNameOf(call),
    streamed: call.facts.stream,
    app: withoutKeys(caller.app),
    userAgent: storedWord(known(caller.userAgent)),
    session: known(caller.session),
    tag: known(call.tag),
    modelSent: call.model === call.facts.model ? null : storedModel(call.model),
    routingRule: call.plan?.rule ?? null,
    experiment: call.plan?.experiment ?? null,
    variant: call.plan?.variant ?? null,
    reservedNanoUsd: ticket?.reservedNanoUsd ?? null,
    reservedAtMs: ticket === null || ticket.reservedAtMs === call.startedAtMs ? null : ticket.reservedAtMs,
    unplanned: call.unplanned,
    user: known(caller.user),
    accessKey: call.accessKey,
  };
}

const known = (text: string | null): string | null => (text === null ? null : withoutKeys(text));

/** Null for the mount's own upstream, and one that a rule names by its address. */
export function upstreamNameOf({ candidate }: Call): string | null {
  const { name, base } = candidate?.upstream ?? {};
  return name === undefined || name === DEFAULT_UPSTREAM || name === base?.address ? null : name;
}
