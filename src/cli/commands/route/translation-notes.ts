// What `route add` says about APIs: which requests the rule takes, what is translated, and what that needs.

import type { ProtocolName } from '../../../core/protocol.ts';
import type { UpstreamDefinition } from '../../../core/upstream.ts';
import type { RouteDefinition } from '../../../policy/rules.ts';

type Rule = Pick<RouteDefinition, 'api' | 'target'> & {
  readonly targetApi?: ProtocolName | null | undefined;
  readonly upstream?: string | null | undefined;
};

export interface TranslationSetting {
  readonly upstreams: readonly Pick<UpstreamDefinition, 'api'>[];
  /** Whether both APIs are at one address, to which clients' own keys go. */
  readonly isOnePlace: boolean;
}

const PATHS: Readonly<Record<ProtocolName, string>> = {
  anthropic: '/v1/messages',
  openai: '/v1/chat/completions',
};

export function translationNotes(rule: Rule, setting: TranslationSetting): readonly string[] {
  const { api, targetApi, target } = rule;
  if (targetApi == null) {
    const which = api === null ? 'both APIs; each stays in its own' : `the ${api} API`;
    return [`It applies to requests of ${which}.`];
  }
  if (api === targetApi) return [`It applies to requests of the ${api} API.`];
  const other = targetApi === 'openai' ? 'anthropic' : 'openai';
  const scope = api === null ? ['It applies to requests of both APIs.'] : [];
  return [
    ...scope,
    `${target} speaks the ${targetApi} API: requests of the ${other} API are translated, whole and streamed.`,
    `Only POST ${PATHS[other]} is; other endpoints are not routed. What the ${targetApi} API has no form for is refused with a 400 that names the field: docs/translation.md. Translated answers are not cached.`,
    ...keyNotes(rule, targetApi, setting),
    ...(api === null
      ? [`With --api ${targetApi} the rule would leave requests of the ${other} API alone.`]
      : []),
  ];
}

function keyNotes(rule: Rule, targetApi: ProtocolName, setting: TranslationSetting): readonly string[] {
  const fitting = setting.upstreams.some(({ api }) => api === targetApi);
  if (fitting || setting.isOnePlace || rule.upstream != null) return [];
  return [
    `NOTE: a client's key is never sent to the other API, and no upstream of the ${targetApi} API is set: until there is one, requests to be translated are refused.`,
    `  tokenwatch upstream add NAME --api ${targetApi} --url URL --key-env VARIABLE`,
  ];
}
