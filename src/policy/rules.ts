// Rules as users write them and as the planner uses them: parsed once, when they are set and when they are loaded.

import { TokenWatchError } from '../core/errors.ts';
import type { ProtocolName } from '../core/protocol.ts';
import type { RuleEntry } from '../core/rule-book.ts';
import { tagTest } from '../core/tag.ts';
import type { Upstream, UpstreamDefinition } from '../core/upstream.ts';
import { type ArchiveRule, type ArchiveRuleDefinition, archiveRuleOf } from './archive-policy.ts';
import { type CacheRule, type CacheRuleDefinition, cacheRuleOf, inOrder } from './cache-policy.ts';
import { type ConditionSpec, type ConditionTest, conditionError } from './condition.ts';
import { CONDITIONS } from './conditions/registry.ts';
import { upstreamAt, upstreamOf } from './upstream-definition.ts';

export interface RouteDefinition {
  readonly conditions: readonly ConditionSpec[];
  readonly match: 'all' | 'any';
  readonly target: string;
  /** The protocol whose requests it may route. Null for both. */
  readonly api: ProtocolName | null;
  /** The protocol that the target speaks: requests of the other are translated. Null (or absent): the request's own. */
  readonly targetApi?: ProtocolName | null;
  /** Smaller first. */
  readonly priority: number;
  readonly enabled: boolean;
  /** The upstream that matching requests go to, and no other: its name, or an address. Null (or absent): as ever. */
  readonly upstream?: string | null;
}

export interface TagRuleDefinition {
  readonly condition: ConditionSpec;
  readonly tag: string;
}

export interface ExperimentDefinition {
  readonly modelA: string;
  readonly modelB: string;
  /** Percent of the traffic that gets model B. */
  readonly split: number;
  readonly app: string | null;
  readonly tag: string | null;
  readonly sticky: 'session' | 'request' | 'app';
  /** Requests that each variant should have before the report concludes anything. */
  readonly minSamples: number;
  /** Whether requests for other models enter too. */
  readonly anyModel: boolean;
  readonly state: 'active' | 'paused' | 'completed';
}

export interface RouteRule extends Omit<RouteDefinition, 'upstream'> {
  readonly name: string;
  /** Where matching requests go, and nowhere else; null: as ever. */
  readonly upstream: Upstream | null;
  readonly tests: readonly ConditionTest[];
}

export interface TagRule extends TagRuleDefinition {
  readonly name: string;
  readonly test: ConditionTest;
}

export interface Experiment extends ExperimentDefinition {
  readonly name: string;
  /** Null where any tag will do. */
  readonly hasTag: ((tag: string | null) => boolean) | null;
}

/** All rules of one version. Never changed, only replaced as a whole. */
export interface RuleSet {
  readonly version: number;
  readonly tags: readonly TagRule[];
  /** Enabled ones, in the order in which they are tried. */
  readonly routes: readonly RouteRule[];
  /** Active ones, oldest first. */
  readonly experiments: readonly Experiment[];
  /** In the order in which they are tried. */
  readonly caches: readonly CacheRule[];
  /** In the order in which they are tried. */
  readonly archives: readonly ArchiveRule[];
  /** Besides the mounts' own. */
  readonly upstreams: readonly Upstream[];
  /** Access keys, as they are stored. */
  readonly keys: readonly RuleEntry[];
  /** Those that are disabled, paused or completed, and are not tried. */
  readonly inactive: readonly Pick<RuleEntry, 'kind' | 'name'>[];
}

export const NO_RULES: RuleSet = {
  version: 0,
  tags: [],
  routes: [],
  experiments: [],
  caches: [],
  archives: [],
  upstreams: [],
  keys: [],
  inactive: [],
};

/** Throws `invalid_argument` with the type, the value and the accepted form. */
export function parseCondition(spec: ConditionSpec): ConditionTest {
  // An own property only: every object has a `constructor`.
  const kind = Object.hasOwn(CONDITIONS, spec.type) ? CONDITIONS[spec.type] : undefined;
  if (kind === undefined) {
    throw new TokenWatchError(
      'invalid_argument',
      `condition "${spec.type}" is not one of ${Object.keys(CONDITIONS).join(', ')}.`,
    );
  }
  const test = kind.parse(spec.value);
  if (test === undefined) throw conditionError(spec, kind.form);
  return test;
}

/** Definitions were checked when they were set; `warn` hears of one that this version cannot read. */
export function ruleSetOf(
  version: number,
  entries: readonly RuleEntry[],
  warn: (message: string) => void,
): RuleSet {
  const tags: TagRule[] = [];
  const routes: RouteRule[] = [];
  const experiments: Experiment[] = [];
  const caches: CacheRule[] = [];
  const archives: ArchiveRule[] = [];
  const inactive = entries.filter(isInactive).map(({ kind, name }) => ({ kind, name }));
  const upstreams: Upstream[] = [];
  // Upstreams first: rules name them.
  const ordered = [...entries].sort((a, b) => Number(b.kind === 'upstream') - Number(a.kind === 'upstream'));
  for (const { kind, name, definition, createdAtMs } of ordered) {
    if (kind === 'key') continue;
    try {
      if (kind === 'tag') {
        const rule = definition as TagRuleDefinition;
        tags.push({ ...rule, name, test: parseCondition(rule.condition) });
      } else if (kind === 'route') {
        const rule = definition as RouteDefinition;
        if (!rule.enabled) continue;
        const upstream = upstreamOfRule(rule, upstreams);
        routes.push({ ...rule, name, upstream, tests: rule.conditions.map(parseCondition) });
      } else if (kind === 'cache') {
        caches.push(cacheRuleOf(name, definition as CacheRuleDefinition));
      } else if (kind === 'archive') {
        archives.push(archiveRuleOf(name, definition as ArchiveRuleDefinition));
      } else if (kind === 'upstream') {
        upstreams.push(upstreamOf(name, definition as UpstreamDefinition, createdAtMs));
      } else {
        const experiment = definition as ExperimentDefinition;
        const hasTag = experiment.tag === null ? null : tagTest(experiment.tag);
        if (experiment.state === 'active') experiments.push({ ...experiment, name, hasTag });
      }
    } catch (error) {
      warn(
        `The ${kind} rule "${name}" is left out: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  routes.sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
  return {
    version,
    tags,
    routes,
    experiments,
    caches: inOrder(caches),
    archives: inOrder(archives),
    upstreams,
    keys: entries.filter(({ kind }) => kind === 'key'),
    inactive,
  };
}

function isInactive({ kind, definition }: RuleEntry): boolean {
  if (kind === 'route') return !(definition as RouteDefinition).enabled;
  return kind === 'experiment' && (definition as ExperimentDefinition).state !== 'active';
}

/** Throws `invalid_argument` for a name that no upstream has. */
function upstreamOfRule(
  { upstream, api, targetApi }: RouteDefinition,
  upstreams: readonly Upstream[],
): Upstream | null {
  if (upstream === undefined || upstream === null) return null;
  const named = upstreams.find(({ name }) => name === upstream);
  if (named !== undefined) return named;
  // Without a key of its own, an address is the same for both APIs.
  if (/^https?:/.test(upstream)) return upstreamAt(upstream, targetApi ?? api ?? 'openai');
  throw new TokenWatchError('invalid_argument', `no upstream is named "${upstream}".`);
}
