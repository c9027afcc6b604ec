// What a user does with rules: add, list, switch, remove. Works on the store alone, so with the server running and
// stopped; a running server follows the store. Every definition is checked before it is stored.

import type { Clock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { checkOneModel, checkRuleName, MODEL_NAME } from '../core/given-names.ts';
import { leadsToItself, type OwnPlace } from '../core/own-place.ts';
import type { ProtocolName } from '../core/protocol.ts';
import type { RuleBook, RuleEntry, RuleKind } from '../core/rule-book.ts';
import { canonicalTag } from '../core/tag.ts';
import { baseUrlOf, type UpstreamDefinition } from '../core/upstream.ts';
import type { ArchiveRuleDefinition } from './archive-policy.ts';
import type { CacheRuleDefinition } from './cache-policy.ts';
import type { ConditionSpec } from './condition.ts';
import { familyOf, holdsConversations } from './model-family.ts';
import {
  type ExperimentDefinition,
  parseCondition,
  type RouteDefinition,
  type TagRuleDefinition,
} from './rules.ts';
import { checkUpstream, upstreamUrl } from './upstream-definition.ts';

/** The names of tag rules' conditions, by which they may be called too. */
const TAG_RULE_TYPES: ReadonlyMap<string, string> = new Map([
  ['tag_app', 'source_app'],
  ['tag_regex', 'regex'],
]);
export const CONDITIONS_MAX = 20;
const CACHE_TTL_MS_MAX = 30 * 86_400_000;
const KIND_WORDS: Readonly<Record<RuleKind, string>> = {
  tag: 'tag rule',
  route: 'routing rule',
  experiment: 'A/B test',
  cache: 'cache rule',
  upstream: 'upstream',
  archive: 'archive rule',
  key: 'access key',
};

export interface RuleEditorOptions {
  readonly book: RuleBook;
  readonly clock: Clock;
  /** Where the proxy itself is to be found. */
  readonly ownPlace: () => OwnPlace;
}

export class RuleEditor {
  readonly #options: RuleEditorOptions;

  constructor(options: RuleEditorOptions) {
    this.#options = options;
  }

  async list(kind: RuleKind): Promise<readonly RuleEntry[]> {
    const { entries } = await this.#options.book.rules();
    return entries.filter((entry) => entry.kind === kind);
  }

  async addTagRule(name: string, rule: TagRuleDefinition): Promise<TagRuleDefinition> {
    const { type, value } = rule.condition;
    const condition = { type: TAG_RULE_TYPES.get(type) ?? type, value };
    checkCondition(condition);
    const tag = canonicalTag(rule.tag);
    if (tag === null || tag.length > 256)
      throw invalid(`tag "${rule.tag}" is empty or longer than 256 characters.`);
    const definition: TagRuleDefinition = { condition, tag };
    await this.#add('tag', name, definition);
    return definition;
  }

  async addRoute(name: string, rule: Omit<RouteDefinition, 'enabled'>): Promise<RouteDefinition> {
    if (rule.conditions.length === 0 || rule.conditions.length > CONDITIONS_MAX)
      throw invalid(
        `A rule needs 1 to ${CONDITIONS_MAX} conditions (--condition TYPE --value V; in JSON type and value).`,
      );
    for (const condition of rule.conditions) checkCondition(condition);
    const target = modelName('target', rule.target);
    const upstream = await this.#upstreamFor(rule);
    // An upstream says itself which API its models speak, whatever their names suggest.
    const targetApi = upstream.api ?? rule.targetApi ?? familyOf(target);
    const api = rule.api ?? (holdsConversations(target) ? null : targetApi);
    if (api !== null && targetApi !== null && api !== targetApi && !holdsConversations(target))
      throw notTranslated(`of the ${api} API`, target);
    const silent = rule.conditions.find((condition) => namesSilentModel(condition, targetApi));
    if (silent !== undefined && rule.match === 'all') throw notTranslated(`for ${silent.value}`, target);
    const definition: RouteDefinition = {
      ...rule,
      upstream: upstream.name,
      api,
      targetApi,
      enabled: true,
    };
    await this.#add('route', name, definition);
    return definition;
  }

  async addUpstream(name: string, definition: UpstreamDefinition): Promise<void> {
    checkUpstream(name, definition);
    this.#notHere(definition.url);
    await this.#add('upstream', name, definition);
  }

  /** Refused while a routing rule names it. */
  async removeUpstream(name: string): Promise<void> {
    const routes = await this.list('route');
    const users = routes.filter(({ definition }) => (definition as RouteDefinition).upstream === name);
    if (users.length > 0)
      throw invalid(
        `Upstream "${name}" is the target of ${users.map((rule) => `routing rule "${rule.name}"`).join(', ')}. Remove that first.`,
      );
    await this.remove('upstream', name);
  }

  async createExperiment(name: string, definition: Omit<ExperimentDefinition, 'state'>): Promise<void> {
    const { modelA, modelB, split } = definition;
    modelName('model-a', modelA);
    modelName('model-b', modelB);
    if (modelA === modelB) throw invalid(`Both variants are "${modelA}": an A/B test needs two models.`);
    if (!(split >= 0 && split <= 100)) throw invalid(`split "${split}" is not a percentage from 0 to 100.`);
    const families = [familyOf(modelA), familyOf(modelB)];
    const silent = [modelA, modelB].find((model) => !holdsConversations(model));
    if (families[0] !== families[1] && !families.includes(null) && silent !== undefined)
      throw notTranslated(`for ${silent === modelA ? modelB : modelA}`, silent);
    await this.#add('experiment', name, { ...definition, state: 'active' });
  }

  async addCacheRule(name: string, rule: CacheRuleDefinition): Promise<void> {
    checkScope({ app: rule.app, tag: rule.tag, model: rule.model });
    const decisions = [rule.cache, rule.semantic, rule.ttlMs, rule.distanceMax, rule.share];
    if (decisions.every((decision) => decision === null))
      throw invalid(
        'The rule decides nothing: add --cache, --semantic, --ttl, --threshold or --share (in JSON cache, semantic, ttlMs, distanceMax or share).',
      );
    if (rule.cache === false && decisions.slice(1).some((decision) => decision !== null))
      throw invalid('A rule with --cache off leaves nothing for --semantic, --ttl, --threshold or --share.');
    const { ttlMs, distanceMax } = rule;
    if (ttlMs !== null && (ttlMs < 1 || ttlMs > CACHE_TTL_MS_MAX))
      throw invalid(`A time to live of ${ttlMs} ms is not between 1 ms and 30 days.`);
    if (distanceMax !== null && !(distanceMax >= 0 && distanceMax <= 1))
      throw invalid(`The distance ${distanceMax} is not a cosine distance from 0 to 1, such as 0.05.`);
    await this.#add('cache', name, rule);
  }

  async addArchiveRule(name: string, rule: ArchiveRuleDefinition): Promise<void> {
    checkScope({ app: rule.app, tag: rule.tag });
    await this.#add('archive', name, rule);
  }

  async setRouteEnabled(name: string, enabled: boolean): Promise<void> {
    const entry = await this.existing('route', name);
    await this.#change({ ...entry, definition: { ...(entry.definition as RouteDefinition), enabled } });
  }

  /** Smaller is tried first. */
  async setRoutePriority(name: string, priority: number): Promise<void> {
    const entry = await this.existing('route', name);
    await this.#change({ ...entry, definition: { ...(entry.definition as RouteDefinition), priority } });
  }

  async setExperimentState(name: string, state: ExperimentDefinition['state']): Promise<void> {
    const entry = await this.existing('experiment', name);
    const before = entry.definition as ExperimentDefinition;
    if (before.state === 'completed') throw invalid(`A/B test "${name}" is completed and stays so.`);
    await this.#change({ ...entry, definition: { ...before, state } });
  }

  async remove(kind: RuleKind, name: string): Promise<void> {
    await this.existing(kind, name);
    await this.#options.book.removeRule(kind, name);
  }

  async experiment(name: string): Promise<ExperimentDefinition> {
    return (await this.existing('experiment', name)).definition as ExperimentDefinition;
  }

  async #add(kind: RuleKind, name: string, definition: unknown): Promise<void> {
    checkRuleName(name);
    const { book, clock } = this.#options;
    if (!(await book.addRule({ kind, name, definition, createdAtMs: clock.now() })))
      throw invalid(
        `The ${KIND_WORDS[kind]} "${name}" exists. ${kind === 'experiment' ? 'Choose' : 'Remove it first, or choose'} another name.`,
      );
  }

  async #change(entry: RuleEntry): Promise<void> {
    // Removed since it was read: the error says what there is instead.
    if (!(await this.#options.book.changeRule(entry))) await this.existing(entry.kind, entry.name);
  }

  #notHere(url: string): void {
    if (leadsToItself(upstreamUrl(url), this.#options.ownPlace()))
      throw invalid(
        `url "${url}" is this TokenWatch itself: requests would come back without end. Give the address of the API.`,
      );
  }

  /** The upstream that a rule names, or the address that it gives, and the API that is known to be spoken there. */
  async #upstreamFor(
    rule: Pick<RouteDefinition, 'upstream' | 'api' | 'targetApi'>,
  ): Promise<{ name: string | null; api: ProtocolName | null }> {
    const wanted = rule.upstream ?? null;
    const targetApi = rule.targetApi ?? null;
    if (wanted === null) return { name: null, api: null };
    if (/^https?:/i.test(wanted)) this.#notHere(wanted);
    if (/^https?:/i.test(wanted))
      return { name: baseUrlOf(upstreamUrl(wanted)).address, api: targetApi ?? rule.api };
    const { api } = (await this.existing('upstream', wanted)).definition as UpstreamDefinition;
    if (targetApi !== null && targetApi !== api)
      throw invalid(`Upstream "${wanted}" speaks the ${api} API, not the ${targetApi} API.`);
    return { name: wanted, api };
  }

  /** Throws `no_data`, with the names that there are. */
  async existing(kind: RuleKind, name: string): Promise<RuleEntry> {
    const entries = await this.list(kind);
    const found = entries.find((entry) => entry.name === name);
    if (found !== undefined) return found;
    const names = entries.map((entry) => `"${entry.name}"`).join(', ') || 'none';
    throw new TokenWatchError('no_data', `No ${KIND_WORDS[kind]} is named "${name}". There are: ${names}.`);
  }
}

/** `from` says which requests: those for, or to, a model that answers no conversation. */
function notTranslated(from: string, target: string): TokenWatchError {
  return invalid(
    `Requests ${from} cannot be routed to ${target}: the two speak different APIs, and TokenWatch translates conversations (Messages and Chat Completions) only.`,
  );
}

/** A model condition that lets through only what no translation reaches. */
function namesSilentModel({ type, value }: ConditionSpec, targetApi: ProtocolName | null): boolean {
  if (type !== 'model' || holdsConversations(value)) return false;
  const family = familyOf(value);
  return family !== null && targetApi !== null && family !== targetApi;
}

function modelName(part: string, model: string): string {
  if (MODEL_NAME.test(model)) return model;
  throw invalid(
    `${part} "${model}" is not a model's name: 1 to 200 visible ASCII characters without spaces or commas.`,
  );
}

function checkCondition(condition: ConditionSpec): void {
  parseCondition(condition);
  if (condition.type === 'model') checkOneModel('value', condition.value);
}

function checkScope(scope: Readonly<Record<string, string | null>>): void {
  for (const [what, pattern] of Object.entries(scope))
    if (pattern !== null && (pattern.trim() === '' || pattern.length > 256))
      throw invalid(`${what} "${pattern}" is empty or longer than 256 characters.`);
  checkOneModel('model', scope.model ?? '');
}

const invalid = (message: string): TokenWatchError => new TokenWatchError('invalid_argument', message);
