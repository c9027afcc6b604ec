// `tokenwatch backup` and `tokenwatch restore`: the database as one file, also while a server writes to it.

import { existsSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { claimFolder } from '../../record/folder-claim.ts';
import { processOwner } from '../../record/spool.ts';
import { storeCopies } from '../../storage/registry.ts';
import { auditedChange } from '../audited-change.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../command.ts';
import { madeGoodLines } from '../made-good.ts';
import { assertWritable } from '../user-file.ts';

type Copies = NonNullable<Awaited<ReturnType<typeof storeCopies>>>;
type Restored = Awaited<ReturnType<Copies['restore']>>;

export const backupCommand: Command = {
  name: 'backup',
  summary: 'copy the database into a file, also while a server runs',
  argument: '<file>',
  options: [JSON_OPTION],
  examples: ['tokenwatch backup tokenwatch-2026-11-26.sqlite'],
  async run(context) {
    const { file, settings, copies } = await asked(context);
    if (!existsSync(file)) assertWritable(file);
    const records = await copies.backUp(settings.TOKENWATCH_DATA_DIR, file);
    if (context.options.json === true) context.print(JSON.stringify({ file, records }));
    else context.print(`${counted(records, 'record')}, and all rules, budgets and prompts, are in ${file}.`);
  },
};

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'put a copy of the database back; the present one is kept beside it',
  argument: '<file>',
  options: [JSON_OPTION],
  examples: ['tokenwatch restore tokenwatch-2026-11-26.sqlite'],
  async run(context) {
    const { file, settings, copies } = await asked(context);
    const giveUp = claimFolder(settings.TOKENWATCH_DATA_DIR, processOwner());
    try {
      const dataDir = settings.TOKENWATCH_DATA_DIR;
      const restored = await auditedChange(
        dataDir,
        { action: 'restore', before: null, asked: { file } },
        () => copies.restore(dataDir, file, systemClock.now()),
      );
      if (context.options.json === true) context.print(JSON.stringify({ file, ...restored }));
      else for (const line of restoredLines(file, restored)) context.print(line);
    } finally {
      giveUp();
    }
  },
};

function* restoredLines(file: string, { records, kept, carriedOver }: Restored): Generator<string> {
  yield `${counted(records, 'record is', 'records are')} back from ${file}.`;
  if (kept !== null) yield `What was there before is kept as ${kept}.`;
  if (carriedOver === null) {
    if (kept !== null)
      yield 'The copy is of an earlier version: what was spent, stopped and revoked since it was made is not in it. Lower budgets by that, and stop and revoke it again, before traffic flows.';
    return;
  }
  const { kills, keys, madeGood } = carriedOver;
  if (kills > 0) yield `Still in force: ${counted(kills, 'kill switch', 'kill switches')} of since then.`;
  if (keys.length > 0) yield `Access keys are as they were last: ${keys.join(', ')}.`;
  for (const line of madeGoodLines(madeGood)) yield line;
}

async function asked(context: CommandContext) {
  const settings = context.settings();
  const copies = await storeCopies(settings);
  if (copies === null)
    throw new TokenWatchError(
      'invalid_argument',
      'Records are in a database of its own: copy it with its own tool (pg_dump, expdp), or "tokenwatch migrate-data".',
    );
  const [file = ''] = context.arguments;
  return { file, settings, copies };
}
