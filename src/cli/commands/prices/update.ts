// `tokenwatch prices update`: takes over a price list from a file or an address, if its checksum is the one expected.
// Nothing else in TokenWatch fetches prices.

import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { counted } from '../../../core/counted.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { checkUserPrices, PRICE_FILE_BYTES_MAX, priceRows } from '../../../pricing/user-prices.ts';
import { answerBytes } from '../../../runtime/answer-bytes.ts';
import { egressFetch, egressProxies } from '../../../upstream/egress.ts';
import { auditedChange } from '../../audited-change.ts';
import type { Command } from '../../command.ts';
import { fetchedListFile, writeWhole } from '../../price-file.ts';

const FETCH_TIMEOUT_MS = 30_000;
const SUFFIX = '.sha256';

export const pricesUpdate: Command = {
  name: 'prices update',
  summary: 'take over a price list from a file or an address; never done by itself',
  options: [
    { flags: '--from <place>', about: 'the list: a path, or an http(s) address' },
    { flags: '--sha256 <hex>', about: `its checksum (else that of a file beside it: PLACE${SUFFIX})` },
    { flags: '--remove', about: 'forget the list that was taken over' },
  ],
  examples: [
    'tokenwatch prices update --from team-prices.json --sha256 9f86d081884c7d65…',
    'tokenwatch prices update --from https://prices.example.com/list.json',
    'tokenwatch prices update --remove',
  ],
  more: () => [
    '',
    "A list has the form of the user's own file (docs/pricing.md), which goes before it.",
    'A running server with the same settings follows within a second.',
  ],
  async run(context) {
    const settings = context.settings();
    const dataDir = settings.TOKENWATCH_DATA_DIR;
    const kept = fetchedListFile(settings);
    const { from, sha256, remove } = context.options;
    if (remove === true) {
      const before = listFacts(kept);
      const wasThere = before !== null;
      await auditedChange(dataDir, { action: 'prices update --remove', before }, () => {
        rmSync(kept, { force: true });
        return null;
      });
      context.print(wasThere ? 'The list is forgotten.' : 'There was no list.');
      return;
    }
    if (typeof from !== 'string') {
      throw new TokenWatchError('invalid_argument', 'prices update needs --from, a path or an address.');
    }
    const way = { signal: context.signal, fetch: egressFetch(egressProxies(context.environment())) };
    const list = await bytesOf(from, way);
    const expected = typeof sha256 === 'string' ? sha256 : await publishedSum(from, way);
    checkSum(list, expected, from);
    const text = list.toString('utf8');
    checkUserPrices(text, `"${from}"`);
    const change = { action: 'prices update', before: listFacts(kept), asked: { from } };
    await auditedChange(dataDir, change, () => {
      writeWhole(kept, text);
      return listFacts(kept);
    });
    const count = priceRows(text, from).size;
    context.print(`${counted(count, 'price')} taken over from ${from}.
Kept in ${kept}; a running server with these settings follows within a second.`);
  },
};

interface Way {
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
}

/** What tells a list from another; null for none. */
function listFacts(path: string): { readonly sha256: string; readonly models: number } | null {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return null;
  const bytes = readFileSync(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, models: priceRows(bytes.toString('utf8'), `"${path}"`).size };
}

function checkSum(list: Buffer, expected: string | null, from: string): void {
  const actual = createHash('sha256').update(list).digest('hex');
  if (expected === null) {
    throw new TokenWatchError(
      'invalid_argument',
      `"${from}" comes without a checksum. Its SHA-256 is ${actual}: if its publisher says the same, add --sha256 ${actual}.`,
    );
  }
  if (!/^[\da-f]{64}$/i.test(expected)) {
    throw new TokenWatchError('invalid_argument', `"${expected}" is no SHA-256 of 64 hexadecimal digits.`);
  }
  if (actual !== expected.toLowerCase()) {
    throw new TokenWatchError(
      'invalid_argument',
      `"${from}" has the SHA-256 ${actual}, not ${expected}. Nothing was changed.`,
    );
  }
}

/** The first word of the file beside the list, as `sha256sum` writes it; null without one. */
async function publishedSum(from: string, way: Way): Promise<string | null> {
  try {
    const text = (await bytesOf(`${from}${SUFFIX}`, way)).toString('utf8');
    return text.trim().split(/\s+/)[0] || null;
  } catch (error) {
    if (error instanceof TokenWatchError && error.code === 'no_data') return null;
    throw error;
  }
}

async function bytesOf(place: string, way: Way): Promise<Buffer> {
  return /^https?:\/\//i.test(place) ? fetched(place, way) : readAt(place);
}

function readAt(path: string): Buffer {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) throw new TokenWatchError('no_data', `There is no file "${path}".`);
  if (!facts.isFile()) throw new TokenWatchError('invalid_argument', `"${path}" is no file.`);
  if (facts.size > PRICE_FILE_BYTES_MAX) throw tooLong(path);
  return readFileSync(path);
}

async function fetched(address: string, { signal, fetch }: Way): Promise<Buffer> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]);
  try {
    const response = await fetch(address, { signal: limit });
    if (!response.ok) {
      await response.body?.cancel();
      throw new TokenWatchError('no_data', `${address} answers with status ${response.status}.`);
    }
    return await answerBytes(response, PRICE_FILE_BYTES_MAX);
  } catch (cause) {
    if (cause instanceof TokenWatchError) throw cause;
    const inner = (cause as Error).cause;
    const reason = inner instanceof Error ? inner.message : (cause as Error).message;
    throw new TokenWatchError('invalid_argument', `${address} cannot be fetched (${reason}).`, { cause });
  }
}

function tooLong(place: string): TokenWatchError {
  return new TokenWatchError('invalid_argument', `"${place}" is longer than ${PRICE_FILE_BYTES_MAX} bytes.`);
}
