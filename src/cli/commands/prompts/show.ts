// `tokenwatch prompts show`: one stored prompt with its answer, or the turns of a session as one conversation.

import { allItems } from '../../../archive/all-items.ts';
import type { ItemContent } from '../../../archive/item-content.ts';
import type { ItemFacts } from '../../../archive/ports.ts';
import { counted } from '../../../core/counted.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { formatUsd } from '../../../core/money.ts';
import { isSuccess } from '../../../core/outcome.ts';
import { printable } from '../../../core/shown-text.ts';
import { answerContent } from '../../../protocols/answer-content.ts';
import { promptTurns } from '../../../protocols/requests/prompt-turns.ts';
import { optionText } from '../../budgets.ts';
import { type Command, type CommandContext, JSON_OPTION, UsageError } from '../../command.ts';
import { contentOf, type OpenArchive, oneItem, withArchive } from '../../prompts.ts';
import { bold, formatCount, formatMs } from '../../table.ts';

/** How much of a turn is shown; `--full` shows all of it. */
const SHOWN_CHARACTERS = 2000;

export const promptsShow: Command = {
  name: 'prompts show',
  summary: 'one stored prompt with its answer, or a session as a conversation',
  argument: '[id]',
  options: [
    { flags: '--session <id>', about: 'the turns of a session: what each added, and what it cost' },
    { flags: '--full', about: 'all turns of the prompt, at full length' },
    JSON_OPTION,
  ],
  examples: ['tokenwatch prompts show e4241a49', 'tokenwatch prompts show --session 5f0e --json'],
  async run(context) {
    const id = context.arguments[0];
    const session = optionText(context, 'session');
    if ((id === undefined) === (session === undefined))
      throw new UsageError('Write the id of a prompt, or --session and a session.');
    await withArchive(context, async (opened) => {
      if (session !== undefined) await showSession(context, opened, session);
      else await showOne(context, opened, await oneItem(opened.archive, id ?? ''));
    });
  },
};

async function showOne(context: CommandContext, opened: OpenArchive, facts: ItemFacts): Promise<void> {
  const content = await contentOf(opened, facts.id);
  if (context.options.json) {
    context.print(JSON.stringify({ ...facts, ...content }, null, 2));
    return;
  }
  const { parentId, session, tag } = facts;
  const said = [
    facts.app,
    ...(tag === null ? [] : [tag]),
    ...(session === null ? [] : [`session ${session}`]),
  ];
  context.print(`Id      ${facts.id}
Asked   ${printable(said.join(', '))}, ${new Date(facts.startedAtMs).toISOString()}
Model   ${printable(facts.modelUsed ?? facts.modelRequested ?? '-')} at ${facts.endpoint}
Result  ${facts.outcome} ${facts.status ?? ''}, ${formatMs(facts.latencyMs)}
Tokens  ${formatCount(facts.inputTokens)} in, ${formatCount(facts.outputTokens)} out, ${formatUsd(facts.costNanoUsd)}
${facts.redacted ? 'Secrets and personal data were taken out.' : 'Stored as it was sent.'}`);
  if (parentId !== null && !context.options.full)
    context.print(`Continues ${parentId}: its ${facts.turnsBefore} turns are left out (--full shows them).`);
  printTurns(context, facts, content, context.options.full ? 0 : facts.turnsBefore);
}

async function showSession(context: CommandContext, opened: OpenArchive, session: string): Promise<void> {
  const items = await Array.fromAsync(allItems(opened.archive, { session, order: 'oldest' }));
  if (items.length === 0)
    throw new TokenWatchError('no_data', `No stored prompt is of the session "${session}".`);
  const costs = items.map(({ costNanoUsd }) => costNanoUsd);
  const known = costs.filter((cost) => cost !== null);
  const costNanoUsd = known.reduce((sum, cost) => sum + cost, 0);
  const unknown = costs.length - known.length;
  if (context.options.json) {
    const turns = [];
    for (const facts of items) {
      const { request, answer, form } = await contentOf(opened, facts.id);
      const added = promptTurns(request)
        .slice(facts.turnsBefore)
        .map(({ source }) => source);
      turns.push({ ...facts, added, answer, form });
    }
    context.print(JSON.stringify({ session, costNanoUsd, unpricedRequests: unknown, turns }, null, 2));
    return;
  }
  for (const [index, facts] of items.entries()) {
    const begins = facts.parentId === null && index > 0 ? ', a conversation of its own' : '';
    context.print(
      bold(
        `#${index + 1} ${new Date(facts.startedAtMs).toLocaleTimeString('en-GB')} ${printable(facts.modelUsed ?? '-')}, ${formatCount(facts.inputTokens)} in, ${formatCount(facts.outputTokens)} out, ${formatUsd(facts.costNanoUsd)}${begins}`,
      ),
    );
    printTurns(context, facts, await contentOf(opened, facts.id), facts.turnsBefore);
  }
  const more = unknown === 0 ? '' : ` + ${unknown} of unknown cost`;
  context.print(`${counted(items.length, 'request')}, ${formatUsd(costNanoUsd)}${more}`);
}

function printTurns(context: CommandContext, facts: ItemFacts, content: ItemContent, from: number): void {
  const limit = context.options.full ? Number.POSITIVE_INFINITY : SHOWN_CHARACTERS;
  for (const { role, text } of promptTurns(content.request).slice(from))
    printTurn(context, role, text, limit);
  if (content.form === 'none') return;
  const said = answerContent(content.answer);
  const calls = said?.toolCalls.map((call) => `→ ${call.name}(${JSON.stringify(call.arguments)})`) ?? [];
  const text =
    said === null
      ? typeof content.answer === 'string'
        ? content.answer
        : JSON.stringify(content.answer)
      : [said.error ?? said.text, ...calls].filter((line) => line !== '').join('\n');
  printTurn(context, `answer${isSuccess(facts.outcome) ? '' : ` (${facts.outcome})`}`, text, limit);
}

function printTurn(context: CommandContext, role: string, text: string, limit: number): void {
  context.print(bold(`── ${printable(role)}`));
  const shown =
    text.length > limit ? `${text.slice(0, limit)}… (${text.length - limit} more characters)` : text;
  for (const line of shown.split('\n')) context.print(printable(line.replaceAll('\t', '  ')));
}
