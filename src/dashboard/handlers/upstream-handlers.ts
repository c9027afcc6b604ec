// Upstreams by the API: those in force with their health, and the same editor as the command line.

import { TokenWatchError } from '../../core/errors.ts';
import type { KeySource, Upstream, UpstreamDefinition } from '../../core/upstream.ts';
import type { RuleEditor } from '../../policy/rule-editor.ts';
import { PLAIN_UPSTREAM } from '../../policy/upstream-definition.ts';
import type { UpstreamHealth, UpstreamRow } from '../contract.ts';
import { type Outage, outageWords } from '../outage.ts';
import type { HandlersOf, Input } from './handlers.ts';

export interface UpstreamOptions {
  readonly editor: Pick<RuleEditor, 'addUpstream' | 'removeUpstream'>;
  /** Puts what was changed into force. */
  readonly changed: () => Promise<void>;
  /** Those in force, and the mounts' own. */
  readonly upstreams: () => readonly Upstream[];
  readonly healthOf: (upstream: Upstream) => readonly UpstreamHealth[];
  /** Whether its own key can be read. */
  readonly hasKey: (upstream: Upstream) => boolean;
  /** Since when the database that says which there are does not answer; null where it does. */
  readonly trouble: () => Outage | null;
}

export function upstreamHandlers(
  options: UpstreamOptions,
): HandlersOf<'upstreams' | 'upstream' | 'upstreamAdd' | 'upstreamRemove'> {
  const { editor, changed } = options;
  const rows = (): UpstreamRow[] =>
    options
      .upstreams()
      .map((upstream) => rowOf(upstream, options))
      .sort(inOrder);
  return {
    upstreams: async () => ({ upstreams: rows(), fault: outageWords(options.trouble()) }),
    upstream: async ({ name }) => {
      const found = rows().filter((row) => row.name === name);
      if (found.length > 0) return { upstreams: found, fault: outageWords(options.trouble()) };
      const names = [...new Set(rows().map((row) => `"${row.name}"`))].join(', ');
      throw new TokenWatchError('no_data', `No upstream is named "${name}". There are: ${names}.`);
    },
    upstreamAdd: async ({ name, ...input }) => {
      const definition = definitionOf(input);
      await editor.addUpstream(name, definition);
      await changed();
      return { added: { name, ...definition } };
    },
    upstreamRemove: async ({ name }) => {
      await editor.removeUpstream(name);
      await changed();
      return { removed: name };
    },
  };
}

function definitionOf(input: Omit<Input<'upstreamAdd'>, 'name'>): UpstreamDefinition {
  const { api, url, sendsClientKey } = input;
  return {
    api,
    url,
    priority: input.priority ?? PLAIN_UPSTREAM.priority,
    weight: input.weight ?? PLAIN_UPSTREAM.weight,
    key: keyOf(input),
    keyHeader: input.keyHeader ?? (api === 'anthropic' ? 'x-api-key' : 'authorization'),
    headers: input.headers ?? {},
    modelMap: input.modelMap ?? {},
    models: input.models ?? null,
    sendsClientKey,
  };
}

function keyOf({ keyEnv, keyFile }: Pick<Input<'upstreamAdd'>, 'keyEnv' | 'keyFile'>): KeySource | null {
  if (keyEnv != null && keyFile != null)
    throw new TokenWatchError(
      'invalid_argument',
      `The field "keyFile" is "${keyFile}", and not left out beside keyEnv: a key comes from one place.`,
    );
  if (keyEnv != null) return { from: 'environment', name: keyEnv };
  return keyFile == null ? null : { from: 'file', name: keyFile };
}

function rowOf(upstream: Upstream, { healthOf, hasKey }: UpstreamOptions): UpstreamRow {
  const { name, api, base, priority, weight, key, keyHeader, headers, modelMap, models } = upstream;
  return {
    name,
    api,
    url: base.address,
    priority,
    weight,
    key,
    keyHeader,
    hasKey: key === null ? null : hasKey(upstream),
    headers,
    modelMap,
    models,
    sendsClientKey: upstream.sendsClientKey,
    health: healthOf(upstream),
  };
}

function inOrder(a: UpstreamRow, b: UpstreamRow): number {
  if (a.api !== b.api) return a.api < b.api ? -1 : 1;
  return a.priority - b.priority || (a.name < b.name ? -1 : 1);
}
