// Upstreams by the API: those in force with their health, and the same editor as the command line.

import { TokenWatchError } from '../core/errors.ts';
import type { KeySource, Upstream, UpstreamDefinition } from '../core/upstream.ts';
import type { RuleEditor } from '../policy/rule-editor.ts';
import { PLAIN_UPSTREAM } from '../policy/upstream-definition.ts';
import type { UpstreamHealth, UpstreamRow } from './contract.ts';
import {
  assertFields,
  choiceField,
  type Document,
  flagField,
  isObject,
  optionalText,
  textField,
  wholeNumberField,
  wrong,
} from './fields.ts';
import type { Resources } from './resource.ts';

export interface UpstreamResourceOptions {
  readonly editor: Pick<RuleEditor, 'addUpstream' | 'removeUpstream'>;
  /** Puts what was changed into force. */
  readonly changed: () => Promise<void>;
  /** Those in force, and the mounts' own. */
  readonly upstreams: () => readonly Upstream[];
  readonly healthOf: (upstream: Upstream) => readonly UpstreamHealth[];
  /**
   * Whether a document may say where a key is read from. Not where others than this machine's users reach the port:
   * they could have any variable or file sent to an address of theirs.
   */
  readonly acceptsKeys: boolean;
  /** Whether its own key can be read. */
  readonly hasKey: (upstream: Upstream) => boolean;
}

const FIELDS = [
  'name',
  'api',
  'url',
  'priority',
  'weight',
  'keyEnv',
  'keyFile',
  'keyHeader',
  'headers',
  'modelMap',
  'models',
  'sendsClientKey',
];

export function upstreamResources(options: UpstreamResourceOptions): Resources {
  const { editor, changed } = options;
  const rows = (): UpstreamRow[] =>
    options
      .upstreams()
      .map((upstream) => rowOf(upstream, options))
      .sort(inOrder);
  return {
    '/api/upstreams': {
      list: async () => ({ upstreams: rows() }),
      show: async (name) => {
        const found = rows().filter((row) => row.name === name);
        if (found.length > 0) return { upstreams: found };
        throw new TokenWatchError('no_data', `No upstream is named "${name}".`);
      },
      add: async (document) => {
        assertFields(document, FIELDS);
        const name = textField(document, 'name');
        const definition = definitionOf(document);
        if (definition.key !== null && !options.acceptsKeys)
          throw new TokenWatchError(
            'forbidden',
            'Where keys are read from is not set by the API while TOKENWATCH_HOST lets other machines in. Use "tokenwatch upstream add" on the server.',
          );
        await editor.addUpstream(name, definition);
        await changed();
        return { added: { name, ...definition } };
      },
      remove: async (name) => {
        await editor.removeUpstream(name);
        await changed();
        return { removed: name };
      },
    },
  };
}

function definitionOf(document: Document): UpstreamDefinition {
  const api = choiceField(document, 'api', ['anthropic', 'openai', ''], '');
  if (api === '') throw wrong('api', document.api, 'anthropic or openai');
  return {
    api,
    url: textField(document, 'url'),
    priority: wholeNumberField(document, 'priority', PLAIN_UPSTREAM.priority),
    weight: wholeNumberField(document, 'weight', PLAIN_UPSTREAM.weight),
    key: keyOf(document),
    keyHeader: optionalText(document, 'keyHeader') ?? (api === 'anthropic' ? 'x-api-key' : 'authorization'),
    headers: textsField(document, 'headers'),
    modelMap: textsField(document, 'modelMap'),
    models: optionalText(document, 'models'),
    sendsClientKey: flagField(document, 'sendsClientKey', false),
  };
}

function keyOf(document: Document): KeySource | null {
  const variable = optionalText(document, 'keyEnv');
  const file = optionalText(document, 'keyFile');
  if (variable !== null && file !== null)
    throw wrong('keyFile', file, 'given beside keyEnv: a key comes from one place');
  if (variable !== null) return { from: 'environment', name: variable };
  return file === null ? null : { from: 'file', name: file };
}

function textsField(document: Document, name: string): Readonly<Record<string, string>> {
  const value = document[name] ?? {};
  if (isObject(value) && Object.values(value).every((each) => typeof each === 'string'))
    return value as Readonly<Record<string, string>>;
  throw wrong(name, value, 'an object of texts');
}

function rowOf(upstream: Upstream, { healthOf, hasKey }: UpstreamResourceOptions): UpstreamRow {
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
