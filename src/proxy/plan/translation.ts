// A call in the other API's form, where a rule sends it to a model that speaks that one.

import { TokenWatchError } from '../../core/errors.ts';
import type { Protocol, ProtocolName } from '../../core/protocol.ts';
import { wishOf } from '../../translation/portable-wish.ts';
import type { Translator } from '../../translation/translator.ts';
import { translatorFor } from '../../translation/translators.ts';
import {
  isRefused,
  type RefusedBody,
  type TranslatedBody,
  type TranslationQuestion,
} from '../body-translation.ts';
import type { Call, Translation } from '../call.ts';

/** Whether a call can go to models of that API at all. */
export function canSpeak({ mount, endpoint }: Call, api: ProtocolName): boolean {
  return mount.protocol.name === api || translatorFor(mount.protocol.name, endpoint.name, api) !== null;
}

/** What is asked of whoever translates it elsewhere; null for a body that is small enough to be translated at once. */
export function translationQuestion({ plan, body, mount, endpoint }: Call): TranslationQuestion | null {
  const target = plan?.foreignApi ?? null;
  if (target === null || body === null || body.digest === null) return null;
  return { client: mount.protocol.name, endpoint: endpoint.name, target, model: plan?.model ?? null };
}

/**
 * `document` is the parsed body with the planned model; `elsewhere` what came of its translation where that was done by
 * others. Throws what the client is refused with.
 */
export function translate(
  call: Call,
  target: Protocol,
  document: unknown,
  elsewhere: TranslatedBody | RefusedBody | null,
): Translation {
  const translator = translatorFor(call.mount.protocol.name, call.endpoint.name, target.name);
  if (translator === null)
    throw new TokenWatchError(
      'not_translatable',
      `Requests of ${call.endpoint.name} cannot be translated to the ${target.name} API.`,
    );
  if (call.candidates?.length === 0) throw noUpstream(call, target.name);
  const path = translator.targetPath;
  const endpoint = target.endpoint('POST', path);
  const made = elsewhere === null ? madeHere(translator, document) : madeOf(elsewhere);
  const facts = target.readRequest(endpoint, made.document);
  return { translator, protocol: target, endpoint, path, facts, ...made };
}

type Made = Pick<Translation, 'document' | 'reading' | 'body' | 'wish' | 'leftOut'>;

function madeHere(translator: Translator, document: unknown): Made {
  const { body, ...others } = translator.request(document);
  return { document: body, reading: null, body: Buffer.from(JSON.stringify(body)), ...others };
}

function madeOf(translated: TranslatedBody | RefusedBody): Made {
  if (isRefused(translated)) throw new TokenWatchError(translated.code, translated.message);
  const { document, reading, bytes, leftOut } = translated;
  return { document, reading, body: Buffer.from(bytes.buffer), wish: wishOf(translated), leftOut };
}

/** A client's key belongs to the API that it speaks; the other one needs a key of its own. */
function noUpstream({ plan, mount, model }: Call, api: ProtocolName): TokenWatchError {
  const decider = plan?.rule == null ? `A/B test "${plan?.experiment}"` : `Routing rule "${plan.rule}"`;
  return new TokenWatchError(
    'upstream_key_missing',
    `${decider} sends this request to ${model}, which speaks the ${api} API, and there is no key for that API: the client's own is for the ${mount.protocol.name} API. Add one with: tokenwatch upstream add NAME --api ${api} --url URL --key-env VARIABLE`,
  );
}
