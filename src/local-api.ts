// The JSON API on the store of a data folder, where no server runs on it: a server's own handlers, for one question.
// What only a server knows (requests in flight, upstreams' health) is as it would be had it just started.

import { AuditLog } from './access/audit/audit-log.ts';
import { changeLogOf } from './access/audit/change-log.ts';
import { keyNamesIn } from './access/keys/access-key.ts';
import { KeyBook } from './access/keys/key-book.ts';
import { newKeyPepper } from './access/keys/pepper.ts';
import type { Visitor } from './access/login/role.ts';
import { cacheReport } from './cache/report.ts';
import { systemClock } from './core/clock.ts';
import type { OwnPlace } from './core/own-place.ts';
import { baseUrlOf, defaultUpstream, type Upstream } from './core/upstream.ts';
import { audited } from './dashboard/audited.ts';
import { budgetHandlers } from './dashboard/handlers/budget-handlers.ts';
import { cacheHandlers } from './dashboard/handlers/cache-handlers.ts';
import { costHandlers } from './dashboard/handlers/cost-handlers.ts';
import { experimentHandlers } from './dashboard/handlers/experiment-handlers.ts';
import type { Answer, Handlers, Input, Question } from './dashboard/handlers/handlers.ts';
import { keyHandlers } from './dashboard/handlers/key-handlers.ts';
import { reportHandlers } from './dashboard/handlers/report-handlers.ts';
import { ruleHandlers } from './dashboard/handlers/rule-handlers.ts';
import { upstreamHandlers } from './dashboard/handlers/upstream-handlers.ts';
import type { HandledName } from './dashboard/paths.ts';
import { BudgetBook } from './ledger/book/budget-book.ts';
import { RuleEditor } from './policy/rule-editor.ts';
import { ruleSetOf } from './policy/rules.ts';
import type { Settings } from './settings.ts';
import { visitStore } from './storage/registry.ts';
import type { Visit } from './storage/store.ts';
import { ownPlace } from './upstream/own-place.ts';

type LocalHandlers = ReturnType<typeof handlersOf>;

/** What can be asked without a server. */
export type LocalName = keyof LocalHandlers;

/** Questions about records: where there are none yet, that is said. All others make a folder that has nothing yet. */
const ABOUT_RECORDS = /^(?:stats|requests|request|cost\w*|cache|cacheEntr\w+|cacheClear|abFeedback|abGrade)$/;

/** Throws what the handler throws, and what is wrong with the question as a server would say it. */
export async function askStore<Name extends LocalName>(
  settings: Settings,
  visitor: Visitor,
  name: Name,
  question: Question<Name>,
): Promise<Answer<Name>> {
  // Loaded only here: it brings the schemas with it.
  const { checkedInput } = await import('./dashboard/router.ts');
  const input = checkedInput(name, { ...question });
  const visit = await visitStore(settings, ABOUT_RECORDS.test(name) ? 'refuse' : 'create');
  try {
    const log = changeLogOf(new AuditLog(settings.TOKENWATCH_DATA_DIR));
    const handlers = handlersOf(visit, settings);
    const handle = (asked: HandledName, given: unknown): Promise<unknown> => {
      const handler = (handlers as Partial<Handlers>)[asked] as
        | ((input: unknown) => Promise<unknown>)
        | undefined;
      if (handler === undefined) throw new Error(`without a server nothing answers ${asked}`);
      return handler(given);
    };
    return (await audited(
      { log, now: () => systemClock.now(), handle },
      visitor,
      name,
      input,
    )) as Answer<Name>;
  } finally {
    await visit.close();
  }
}

function handlersOf(visit: Visit, settings: Settings) {
  const { analytics, budgets: bank, cache: entries, semantic, feedback, rules: book } = visit;
  const clock = systemClock;
  const timeZone = settings.TOKENWATCH_BUDGET_TIMEZONE;
  const ports = [settings.TOKENWATCH_PROXY_PORT, settings.TOKENWATCH_DASHBOARD_PORT];
  const here = (): OwnPlace => ownPlace(settings.TOKENWATCH_HOST, ports);
  const editor = new RuleEditor({ book, clock, ownPlace: here });
  // Nobody runs who would have to follow, or to be waited for.
  const [changed, catchUp] = [async () => undefined, async () => undefined];
  const { stats, requests, request, cache } = reportHandlers({
    clock,
    analytics,
    catchUp,
    status: () => {
      throw new Error('without a server nobody asks how it is');
    },
    oldestMs: async () => (await visit.facts()).oldestStartedAtMs,
    cacheEnabled: settings.TOKENWATCH_CACHE_ENABLED,
    stored: async () => null,
    costsOf: () => null,
    cacheReport: (sinceMs) => cacheReport(entries, semantic, clock.now(), sinceMs),
  });
  const all = async (): Promise<readonly Upstream[]> => {
    const { version, entries: rules } = await book.rules();
    return [...ruleSetOf(version, rules, () => undefined).upstreams, ...defaultsOf(settings)];
  };
  const upstreams = (known: readonly Upstream[]) =>
    upstreamHandlers({
      editor,
      changed,
      upstreams: () => known,
      healthOf: () => [],
      hasKey: () => false,
      trouble: () => null,
    });
  return {
    ...{ stats, requests, request, cache },
    ...ruleHandlers({ editor, changed, running: null }),
    ...experimentHandlers({ editor, analytics, feedback, clock, catchUp, running: null }),
    ...budgetHandlers({
      book: new BudgetBook({ bank, clock, timeZone }),
      running: null,
      keyNames: async () => keyNamesIn((await book.rules()).entries),
      analytics,
      clock,
      changed,
    }),
    ...keyHandlers({
      book: new KeyBook({
        book,
        clock,
        pepper: (hasKeys) =>
          newKeyPepper(settings.TOKENWATCH_DATA_DIR, settings.TOKENWATCH_KEY_PEPPER, hasKeys),
      }),
      analytics,
      clock,
      changed,
      running: null,
    }),
    ...costHandlers({ analytics, bank, timeZone, clock, catchUp }),
    ...cacheHandlers(entries),
    ...upstreams([]),
    upstreams: async () => upstreams(await all()).upstreams({}),
    upstream: async (input: Input<'upstream'>) => upstreams(await all()).upstream(input),
  };
}

function defaultsOf(settings: Settings): readonly Upstream[] {
  return [
    defaultUpstream('anthropic', baseUrlOf(settings.TOKENWATCH_ANTHROPIC_URL)),
    defaultUpstream('openai', baseUrlOf(settings.TOKENWATCH_OPENAI_URL)),
  ];
}
