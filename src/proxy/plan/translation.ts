// A call in the other API's form, where a rule sends it to a model that speaks that one.

import { TokenWatchError } from '../../core/errors.ts';
import type { Protocol, ProtocolName } from '../../core/protocol.ts';
import { translatorFor } from '../../translation/translators.ts';
import type { Call, Translation } from '../call.ts';

/** Whether a call can go to models of that API at all. */
export function canSpeak({ mount, endpoint }: Call, api: ProtocolName): boolean {
  return mount.protocol.name === api || translatorFor(mount.protocol.name, endpoint.name, api) !== null;
}

/** `document` is the parsed body with the planned model. Throws what the client is refused with. */
export function translate(call: Call, target: Protocol, document: unknown): Translation {
  const translator = translatorFor(call.mount.protocol.name, call.endpoint.name, target.name);
  if (translator === null)
    throw new TokenWatchError(
      'not_translatable',
      `Requests of ${call.endpoint.name} cannot be translated to the ${target.name} API.`,
    );
  if (call.candidates?.length === 0) throw noUpstream(call, target.name);
  const { body, wish } = translator.request(document);
  const path = translator.targetPath;
  const endpoint = target.endpoint('POST', path);
  const facts = target.readRequest(endpoint, body);
  const bytes = Buffer.from(JSON.stringify(body));
  return { translator, protocol: target, endpoint, path, facts, document: body, body: bytes, wish };
}

/** A client's key belongs to the API that it speaks; the other one needs a key of its own. */
function noUpstream({ plan, mount, model }: Call, api: ProtocolName): TokenWatchError {
  const decider = plan?.rule == null ? `A/B test "${plan?.experiment}"` : `Routing rule "${plan.rule}"`;
  return new TokenWatchError(
    'upstream_key_missing',
    `${decider} sends this request to ${model}, which speaks the ${api} API, and there is no key for that API: the client's own is for the ${mount.protocol.name} API. Add one with: tokenwatch upstream add NAME --api ${api} --url URL --key-env VARIABLE`,
  );
}
