// Tag rules, routing rules, A/B tests, cache rules and archive rules by the API: the same editor as the command line, with the same refusals.

import type { RuleKind } from '../core/rule-book.ts';
import { CACHE_SHARES } from '../policy/cache-policy.ts';
import type { ConditionSpec } from '../policy/condition.ts';
import type { RuleEditor } from '../policy/rule-editor.ts';
import {
  assertFields,
  choiceField,
  type Document,
  flagField,
  listField,
  numberField,
  optionalText,
  textField,
  wholeNumberField,
  wrong,
} from './fields.ts';
import type { Resource, Resources } from './resource.ts';

export interface RuleResourceOptions {
  readonly editor: RuleEditor;
  /** What an A/B test has shown. */
  readonly report: (name: string) => Promise<unknown>;
  /** Puts what was changed into force. */
  readonly changed: () => Promise<void>;
}

/** What `route add`, `cache rule add` and `ab create` take where nothing is said. */
const PRIORITY = 100;
const SPLIT = 50;
const MIN_SAMPLES = 100;

export function ruleResources(options: RuleResourceOptions): Resources {
  return {
    '/api/tags': tags(options),
    '/api/routes': routes(options),
    '/api/experiments': experiments(options),
    '/api/cache-rules': cacheRules(options),
    '/api/archive-rules': archiveRules(options),
  };
}

function tags(options: RuleResourceOptions): Resource {
  const { editor, changed } = options;
  return {
    ...listing(options, 'tag', 'tags'),
    add: async (document) => {
      assertFields(document, ['name', 'condition', 'tag']);
      const { condition } = document;
      const [spec] = conditionsOf({ conditions: condition === undefined ? [] : [condition] }, 'condition');
      if (spec === undefined) throw wrong('condition', condition, 'an object with type and value');
      const name = textField(document, 'name');
      const rule = await editor.addTagRule(name, { condition: spec, tag: textField(document, 'tag') });
      await changed();
      return { added: { name, ...rule } };
    },
  };
}

function routes(options: RuleResourceOptions): Resource {
  const { editor, changed } = options;
  return {
    ...listing(options, 'route', 'routes'),
    add: async (document) => {
      assertFields(document, [
        'name',
        'conditions',
        'match',
        'target',
        'upstream',
        'api',
        'targetApi',
        'priority',
      ]);
      const name = textField(document, 'name');
      const api = choiceField(document, 'api', ['anthropic', 'openai', ''], '');
      const targetApi = choiceField(document, 'targetApi', ['anthropic', 'openai', ''], '');
      const rule = await editor.addRoute(name, {
        conditions: conditionsOf(document, 'conditions'),
        match: choiceField(document, 'match', ['all', 'any'], 'all'),
        target: textField(document, 'target'),
        upstream: optionalText(document, 'upstream'),
        api: api === '' ? null : api,
        targetApi: targetApi === '' ? null : targetApi,
        priority: wholeNumberField(document, 'priority', PRIORITY),
      });
      await changed();
      return { added: { name, ...rule } };
    },
    change: async (name, document) => {
      assertFields(document, ['enabled', 'priority']);
      if (document.enabled === undefined && document.priority === undefined)
        throw wrong('enabled', undefined, 'true or false (or priority, a whole number)');
      const changes: Record<string, unknown> = {};
      if (document.priority !== undefined) {
        changes.priority = wholeNumberField(document, 'priority', PRIORITY);
        await editor.setRoutePriority(name, Number(changes.priority));
      }
      if (document.enabled !== undefined) {
        changes.enabled = flagField(document, 'enabled', true);
        await editor.setRouteEnabled(name, changes.enabled === true);
      }
      await changed();
      return { changed: { name, ...changes } };
    },
  };
}

function experiments(options: RuleResourceOptions): Resource {
  const { editor, report, changed } = options;
  return {
    ...listing(options, 'experiment', 'experiments'),
    show: report,
    add: async (document) => {
      assertFields(document, [
        'name',
        'modelA',
        'modelB',
        'split',
        'app',
        'tag',
        'sticky',
        'minSamples',
        'anyModel',
      ]);
      const name = textField(document, 'name');
      const definition = {
        modelA: textField(document, 'modelA'),
        modelB: textField(document, 'modelB'),
        split: numberField(document, 'split', SPLIT),
        app: optionalText(document, 'app'),
        tag: optionalText(document, 'tag'),
        sticky: choiceField(document, 'sticky', ['session', 'request', 'app'], 'session'),
        minSamples: wholeNumberField(document, 'minSamples', MIN_SAMPLES),
        anyModel: flagField(document, 'anyModel', false),
      };
      await editor.createExperiment(name, definition);
      await changed();
      return { added: { name, ...definition, state: 'active' } };
    },
    change: async (name, document) => {
      assertFields(document, ['state']);
      if (document.state === undefined) throw wrong('state', undefined, 'active, paused or completed');
      const state = choiceField(document, 'state', ['active', 'paused', 'completed'], 'active');
      await editor.setExperimentState(name, state);
      await changed();
      return { changed: { name, state } };
    },
  };
}

function cacheRules(options: RuleResourceOptions): Resource {
  const { editor, changed } = options;
  return {
    ...listing(options, 'cache', 'cacheRules'),
    add: async (document) => {
      assertFields(document, [
        'name',
        'app',
        'tag',
        'model',
        'priority',
        'cache',
        'semantic',
        'ttlMs',
        'distanceMax',
        'share',
      ]);
      const name = textField(document, 'name');
      const given = <T>(field: string, read: () => T): T | null =>
        document[field] === undefined || document[field] === null ? null : read();
      const rule = {
        app: optionalText(document, 'app'),
        tag: optionalText(document, 'tag'),
        model: optionalText(document, 'model'),
        priority: wholeNumberField(document, 'priority', PRIORITY),
        cache: given('cache', () => flagField(document, 'cache', true)),
        semantic: given('semantic', () => flagField(document, 'semantic', true)),
        ttlMs: given('ttlMs', () => wholeNumberField(document, 'ttlMs', 0)),
        distanceMax: given('distanceMax', () => numberField(document, 'distanceMax', 0)),
        share: given('share', () => choiceField(document, 'share', CACHE_SHARES, 'caller')),
      };
      await editor.addCacheRule(name, rule);
      await changed();
      return { added: { name, ...rule } };
    },
  };
}

function archiveRules(options: RuleResourceOptions): Resource {
  const { editor, changed } = options;
  return {
    ...listing(options, 'archive', 'archiveRules'),
    add: async (document) => {
      assertFields(document, ['name', 'app', 'tag', 'priority', 'store']);
      const name = textField(document, 'name');
      if (typeof document.store !== 'boolean') throw wrong('store', document.store, 'true or false');
      const rule = {
        app: optionalText(document, 'app'),
        tag: optionalText(document, 'tag'),
        priority: wholeNumberField(document, 'priority', PRIORITY),
        store: document.store,
      };
      await editor.addArchiveRule(name, rule);
      await changed();
      return { added: { name, ...rule } };
    },
  };
}

function listing({ editor, changed }: RuleResourceOptions, kind: RuleKind, plural: string): Resource {
  return {
    list: async () => ({
      [plural]: (await editor.list(kind)).map(({ name, createdAtMs, definition }) => ({
        name,
        createdAtMs,
        ...(definition as object),
      })),
    }),
    remove: async (name) => {
      await editor.remove(kind, name);
      await changed();
      return { removed: name };
    },
  };
}

function conditionsOf(document: Document, field: string): readonly ConditionSpec[] {
  return listField(document, 'conditions').map((condition) => {
    assertFields(condition, ['type', 'value']);
    if (typeof condition.type !== 'string' || typeof condition.value !== 'string')
      throw wrong(field, condition, 'an object with the texts type and value');
    return { type: condition.type, value: condition.value };
  });
}
