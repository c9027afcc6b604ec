// `tokenwatch route test`: what the rules would make of a request body, and why. Sends nothing.

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '../../../core/clock.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import type { Protocol } from '../../../core/protocol.ts';
import { scopeMatches } from '../../../ledger/scope-matcher.ts';
import { SpendToday } from '../../../ledger/spend-today.ts';
import { CONDITIONS } from '../../../policy/conditions/registry.ts';
import { type Plan, plan } from '../../../policy/plan.ts';
import type { RequestView } from '../../../policy/request-view.ts';
import { ruleSetOf } from '../../../policy/rules.ts';
import { anthropic } from '../../../protocols/anthropic/protocol.ts';
import { openai } from '../../../protocols/openai/protocol.ts';
import { openRecords, openRules } from '../../../storage/sqlite/open-records.ts';
import { optionText, withBudgets } from '../../budgets.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';

interface Step {
  readonly kind: 'route' | 'experiment';
  readonly name: string;
  readonly matched: boolean;
  readonly verdict: string;
  /** What the request has where the conditions look. */
  readonly seen: readonly string[];
}

export const routeTest: Command = {
  name: 'route test',
  summary: 'what the rules would make of a request body, and why; sends nothing',
  argument: '[file]',
  options: [
    {
      flags: '--api <api>',
      about: 'the API that the body speaks',
      standard: 'anthropic',
      choices: ['anthropic', 'openai'],
    },
    { flags: '--app <name>', about: 'the application that would send it' },
    { flags: '--tag <tag>', about: 'its X-TokenWatch-Tag' },
    { flags: '--session <id>', about: 'its session' },
    { flags: '--header <header>', about: 'a header of it (Name: value)', repeatable: true },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch route test body.json',
    'tokenwatch route test body.json --api openai --app nightly --json',
  ],
  async run(context) {
    const { decided, steps, requested } = await decide(context);
    if (context.options.json) {
      context.print(JSON.stringify({ requestedModel: requested, ...decided, steps }, null, 2));
      return;
    }
    context.print(`Tag      ${decided.tag === null ? 'none' : `${decided.tag} (from ${decided.tagSource})`}`);
    for (const step of steps) {
      const word = step.kind === 'route' ? 'Rule' : 'A/B';
      context.print(
        `${word.padEnd(8)} ${step.name}: ${step.verdict}${step.seen.length === 0 ? '' : ` (seen: ${step.seen.join('; ')})`}`,
      );
    }
    const variant = decided.variant === null ? '' : `, variant ${decided.variant} of ${decided.experiment}`;
    context.print(`Model    ${requested ?? 'none'} → ${decided.model ?? 'none'}${variant}`);
  },
};

async function decide(
  context: CommandContext,
): Promise<{ decided: Plan; steps: readonly Step[]; requested: string | null }> {
  const request = await viewOf(context);
  const { book, close } = await openRules(context.settings().TOKENWATCH_DATA_DIR);
  const { version, entries } = await book.rules();
  await close();
  const steps: Step[] = [];
  const rules = ruleSetOf(version, entries, (message) => process.stderr.write(`tokenwatch: ${message}\n`));
  const decided = plan(rules, request, {
    tagRule: () => undefined,
    route: (rule, verdict, _request, tag) => {
      const seen = rule.conditions.map(
        ({ type, value }) => CONDITIONS[type]?.seen(request, tag, value) ?? '',
      );
      steps.push({
        kind: 'route',
        name: rule.name,
        matched: verdict === null,
        verdict: verdict ?? 'matches',
        seen,
      });
    },
    experiment: ({ name }, verdict) => {
      steps.push({
        kind: 'experiment',
        name,
        matched: verdict === null,
        verdict: verdict ?? 'enters',
        seen: [],
      });
    },
  });
  return { decided, steps, requested: request.model };
}

async function viewOf(context: CommandContext): Promise<RequestView> {
  const protocol: Protocol = optionText(context, 'api') === 'openai' ? openai : anthropic;
  const document = readBody(nameOf(context, 'file'));
  const endpoint = protocol.endpoint('POST', protocol === openai ? '/v1/chat/completions' : '/v1/messages');
  const facts = protocol.readRequest(endpoint, document);
  const headers = headersOf(context);
  const tools = (document as { tools?: unknown } | null)?.tools;
  return {
    id: randomUUID(),
    protocol: protocol.name,
    app: optionText(context, 'app') ?? 'unknown',
    tag: optionText(context, 'tag') ?? null,
    session: optionText(context, 'session') ?? facts.sessionId,
    model: facts.model,
    stream: facts.stream,
    atMs: Date.now(),
    header: (name) => headers.get(name) ?? null,
    hasTools: () => Array.isArray(tools) && tools.length > 0,
    promptText: () => protocol.promptText(endpoint, document),
    spend: await spendOf(context),
  };
}

/** Spending as the records have it: what a running server knows, up to its requests in flight. */
async function spendOf(context: CommandContext): Promise<RequestView['spend']> {
  const settings = context.settings();
  const { standings } = await withBudgets(context, (book) => book.status());
  const today = new SpendToday(systemClock, settings.TOKENWATCH_BUDGET_TIMEZONE);
  const { analytics, close } = await openRecords(settings.TOKENWATCH_DATA_DIR);
  const range = { fromMs: today.startMs, toMs: Date.now() + 1 };
  const byApp = await analytics.breakdown(range, 'app', 1000);
  const byTag = await analytics.breakdown(range, 'tag', 1000);
  const { costNanoUsd } = await analytics.summary(range);
  await close();
  const costs = (rows: typeof byApp): Map<string, number> =>
    new Map(rows.map((row) => [row.key ?? '', row.costNanoUsd]));
  today.load({ all: costNanoUsd, byApp: costs(byApp), byTag: costs(byTag) });
  return {
    costToday: (of) => today.of(of),
    budgetLeft: (name) => {
      const standing = standings.find(({ budget }) => budget.name === name);
      return standing === undefined ? null : standing.remainingNanoUsd / standing.budget.limitNanoUsd;
    },
    scarcestLeft: (of) =>
      Math.min(
        1,
        ...standings
          .filter(({ budget }) => scopeMatches(budget.scope, of))
          .map(({ budget, remainingNanoUsd }) => remainingNanoUsd / budget.limitNanoUsd),
      ),
  };
}

function readBody(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TokenWatchError('invalid_argument', `${path} cannot be read as a JSON body: ${reason}`, {
      cause,
    });
  }
}

function headersOf(context: CommandContext): Headers {
  const headers = new Headers();
  const given = Array.isArray(context.options.header) ? context.options.header.map(String) : [];
  for (const line of given) {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined)
      throw new TokenWatchError('invalid_argument', `--header "${line}" is not of the form "Name: value".`);
    headers.append(name, value ?? '');
  }
  return headers;
}
