// Tag rules, routing rules, A/B tests, cache rules and archive rules: the same editor as the command line, with the same
// refusals.

import { TokenWatchError } from '../../core/errors.ts';
import type { RuleEntry, RuleKind } from '../../core/rule-book.ts';
import type { ArchiveRuleDefinition } from '../../policy/archive-policy.ts';
import type { CacheRuleDefinition } from '../../policy/cache-policy.ts';
import type { RuleEditor } from '../../policy/rule-editor.ts';
import type { RouteDefinition, TagRuleDefinition } from '../../policy/rules.ts';
import { type Outage, outageWords } from '../outage.ts';
import type { HandlersOf } from './handlers.ts';

export interface RuleOptions {
  readonly editor: RuleEditor;
  /** Puts what was changed into force. */
  readonly changed: () => Promise<void>;
  /** What a running server goes by; null asks the store. */
  readonly running: RunningRules | null;
}

export interface RunningRules {
  /** As the database has them, where it answers in time. */
  entries(): Promise<readonly RuleEntry[]>;
  /** Since when its database does not answer, and why; null where it does. */
  trouble(): Outage | null;
}

/** Those of a kind, and what is to be known of them. */
export async function listedRules(
  { editor, running }: Pick<RuleOptions, 'running'> & { readonly editor: Pick<RuleEditor, 'list'> },
  kind: RuleKind,
): Promise<{ readonly entries: readonly RuleEntry[]; readonly fault: string | null }> {
  if (running === null) return { entries: await editor.list(kind), fault: null };
  const entries = (await running.entries()).filter((entry) => entry.kind === kind);
  return { entries, fault: outageWords(running.trouble()) };
}

type ListName = 'tags' | 'routes' | 'cacheRules' | 'archiveRules';
type RemoveName = 'tagRemove' | 'routeRemove' | 'experimentRemove' | 'cacheRuleRemove' | 'archiveRuleRemove';
type RouteName = 'routeAdd' | 'routeChange';
type ExperimentName = 'experimentAdd' | 'experimentChange';
type SubjectName = 'tagAdd' | 'cacheRuleAdd' | 'archiveRuleAdd';

export function ruleHandlers(
  options: RuleOptions,
): HandlersOf<ListName | RemoveName | RouteName | ExperimentName | SubjectName> {
  return {
    ...listHandlers(options),
    ...removeHandlers(options),
    ...routeHandlers(options),
    ...experimentHandlers(options),
    ...subjectHandlers(options),
  };
}

function listHandlers(options: RuleOptions): HandlersOf<ListName> {
  const list = async <Definition extends object>(kind: RuleKind) => {
    const { entries, fault } = await listedRules(options, kind);
    const rows = entries.map(({ name, createdAtMs, definition }) => ({
      name,
      createdAtMs,
      ...(definition as Definition),
    }));
    return { rows, fault };
  };
  return {
    tags: async () => {
      const { rows: tags, fault } = await list<TagRuleDefinition>('tag');
      return { tags, fault };
    },
    routes: async () => {
      const { rows: routes, fault } = await list<RouteDefinition>('route');
      return { routes, fault };
    },
    cacheRules: async () => {
      const { rows: cacheRules, fault } = await list<CacheRuleDefinition>('cache');
      return { cacheRules, fault };
    },
    archiveRules: async () => {
      const { rows: archiveRules, fault } = await list<ArchiveRuleDefinition>('archive');
      return { archiveRules, fault };
    },
  };
}

function removeHandlers({ editor, changed }: RuleOptions): HandlersOf<RemoveName> {
  const remove =
    (kind: RuleKind) =>
    async ({ name }: { readonly name: string }) => {
      await editor.remove(kind, name);
      await changed();
      return { removed: name };
    };
  return {
    tagRemove: remove('tag'),
    routeRemove: remove('route'),
    experimentRemove: remove('experiment'),
    cacheRuleRemove: remove('cache'),
    archiveRuleRemove: remove('archive'),
  };
}

function routeHandlers({ editor, changed }: RuleOptions): HandlersOf<RouteName> {
  return {
    routeAdd: async ({ name, upstream = null, api = null, targetApi = null, ...rule }) => {
      const definition = await editor.addRoute(name, { ...rule, upstream, api, targetApi });
      await changed();
      return { added: { name, ...definition } };
    },
    routeChange: async ({ name, enabled, priority }) => {
      if (enabled === undefined && priority === undefined)
        throw new TokenWatchError(
          'invalid_argument',
          'The field "enabled" is missing: true or false (or priority, a whole number).',
        );
      if (priority !== undefined) await editor.setRoutePriority(name, priority);
      if (enabled !== undefined) await editor.setRouteEnabled(name, enabled);
      await changed();
      return { changed: { name, enabled, priority } };
    },
  };
}

function experimentHandlers({ editor, changed }: RuleOptions): HandlersOf<ExperimentName> {
  return {
    experimentAdd: async ({ name, app = null, tag = null, ...rest }) => {
      const definition = { ...rest, app, tag };
      await editor.createExperiment(name, definition);
      await changed();
      return { added: { name, ...definition, state: 'active' } };
    },
    experimentChange: async ({ name, state }) => {
      await editor.setExperimentState(name, state);
      await changed();
      return { changed: { name, state } };
    },
  };
}

/** Rules that say what holds for an application, a tag or a model. */
function subjectHandlers({ editor, changed }: RuleOptions): HandlersOf<SubjectName> {
  return {
    tagAdd: async ({ name, ...rule }) => {
      const definition = await editor.addTagRule(name, rule);
      await changed();
      return { added: { name, ...definition } };
    },
    cacheRuleAdd: async ({ name, priority, ...given }) => {
      const { app = null, tag = null, model = null, cache = null, semantic = null } = given;
      const { ttlMs = null, distanceMax = null, share = null } = given;
      const rule = { app, tag, model, priority, cache, semantic, ttlMs, distanceMax, share };
      await editor.addCacheRule(name, rule);
      await changed();
      return { added: { name, ...rule } };
    },
    archiveRuleAdd: async ({ name, app = null, tag = null, priority, store }) => {
      const rule = { app, tag, priority, store };
      await editor.addArchiveRule(name, rule);
      await changed();
      return { added: { name, ...rule } };
    },
  };
}
