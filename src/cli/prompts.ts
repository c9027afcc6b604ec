// What the commands for stored prompts share: opening the archive of a data folder, with a server running or not, and
// saying which prompts are meant.

import type { Archivist } from '../archive/archivist.ts';
import type { ItemContent } from '../archive/item-content.ts';
import { openArchivist } from '../archive/open-archivist.ts';
import type { ItemFacts, ItemQuery, PromptArchive, SkipReason } from '../archive/ports.ts';
import { TokenWatchError } from '../core/errors.ts';
import { type PromptSource, promptSource } from '../replay/prompt-source.ts';
import { visitStore } from '../storage/registry.ts';
import { LABEL_OPTIONS, optionText } from './budgets.ts';
import type { CommandContext, CommandOption } from './command.ts';
import { WHEN_WORDS, whenOf } from './when.ts';

export const PROMPT_OPTIONS: readonly CommandOption[] = [
  ...LABEL_OPTIONS,
  { flags: '--session <id>', about: 'only requests of this session' },
  { flags: '--from <when>', about: `only from then on: ${WHEN_WORDS}` },
  { flags: '--to <when>', about: 'only before then' },
];

/** The end of an id tells prompts apart; its beginning is the time. */
export const shortId = (id: string): string => id.slice(-8);

export interface OpenArchive {
  readonly archive: PromptArchive;
  /** Throws for an archive of another key. */
  archivist(): Promise<Archivist>;
}

export async function withArchive<T>(
  context: CommandContext,
  work: (opened: OpenArchive) => Promise<T>,
): Promise<T> {
  const settings = context.settings();
  const { prompts: archive, close } = await visitStore(settings, 'refuse');
  const redacts = settings.TOKENWATCH_REDACT_STORED_PROMPTS;
  const itemBytesMax = settings.TOKENWATCH_PROMPT_MAX_BYTES;
  try {
    return await work({
      archive,
      archivist: () =>
        openArchivist(archive, { redacts, itemBytesMax, keys: settings.TOKENWATCH_PROMPT_KEY }),
    });
  } finally {
    await close();
  }
}

export const HOW_TO_STORE =
  'Start the server with TOKENWATCH_STORE_PROMPTS=true, or add a rule: "tokenwatch prompts rule add --help".';

export function queryOf(context: CommandContext, nowMs: number): Omit<ItemQuery, 'order' | 'limit'> {
  const text = (name: string): Record<string, string> => {
    const value = optionText(context, name);
    return value === undefined ? {} : { [name]: value };
  };
  const fromMs = whenOf(context, 'from', nowMs);
  const toMs = whenOf(context, 'to', nowMs);
  return {
    ...text('app'),
    ...text('tag'),
    ...text('session'),
    ...text('model'),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  };
}

/** Throws `no_data` for none, `invalid_argument` where several ids do. */
export async function oneItem(archive: PromptArchive, idPart: string): Promise<ItemFacts> {
  const [first, second] = await archive.itemsById(idPart);
  if (first === undefined)
    throw new TokenWatchError('no_data', `No stored prompt has an id that begins or ends with "${idPart}".`);
  if (second !== undefined && first.id !== idPart)
    throw new TokenWatchError(
      'invalid_argument',
      `Several ids begin or end with "${idPart}". Write more of it.`,
    );
  return first;
}

export async function contentOf(opened: OpenArchive, id: string): Promise<ItemContent> {
  return sourceOf(opened).content(id);
}

export function sourceOf({ archive, archivist }: OpenArchive): PromptSource {
  return promptSource(archive, archivist);
}

const SKIP_WORDS: Readonly<Record<SkipReason, string>> = {
  too_large: 'too large (TOKENWATCH_PROMPT_MAX_BYTES)',
  redaction_over_budget: 'redaction took too long',
  not_readable: 'no readable JSON',
  archive_busy: 'the archive could not keep up',
  failed: 'the database could not be written',
};

/** `Not stored: 3 too large, 1 redaction took too long`; empty where everything was. */
export function skippedInWords(skipped: Readonly<Partial<Record<SkipReason, number>>>): string {
  const parts = Object.entries(skipped).map(
    ([reason, count]) => `${count} ${SKIP_WORDS[reason as SkipReason]}`,
  );
  return parts.length === 0 ? '' : `Not stored: ${parts.join(', ')}.`;
}

export function megabytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
