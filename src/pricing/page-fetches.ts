// What it costs that a provider opens a page for its model: nothing where Anthropic or OpenAI run the tool, and with
// their models elsewhere. Of others it is not known that it costs nothing. DeepSeek charges by the page.

import { addUnits, type Units } from './charge.ts';

const FREE = /(?:^|[./])(?:claude|gpt-|chatgpt-|o\d)/;
/** Nano-dollars times a million: $0.75 per 1,000. */
const DEEPSEEK_UNITS = 750_000_000_000;
/** Midnight in Beijing; until then nothing was charged. */
const DEEPSEEK_SINCE_MS = Date.UTC(2026, 9, 31, 16);

/** `total` with what the pages cost; null where that is not known. */
export function withFetches(
  total: Units,
  pages: number,
  { seller, spellings }: { readonly seller: string | null; readonly spellings: readonly string[] },
  atMs: number,
): Units | null {
  if (pages === 0 || spellings.some((name) => FREE.test(name))) return total;
  if (seller !== 'deepseek') return null;
  return atMs < DEEPSEEK_SINCE_MS ? total : addUnits(total, pages * DEEPSEEK_UNITS);
}
