// Qwen at Alibaba Cloud's Model Studio (DashScope), international: the catalogue has no such seller.

import type { PriceRowInput } from '../row-rates.ts';
import type { MendedRow } from './mended-row.ts';

const PAGE = 'https://www.alibabacloud.com/help/en/model-studio/model-pricing';

const row = (
  models: readonly string[],
  prices: PriceRowInput,
  above: MendedRow['above'] = [],
): MendedRow => ({ seller: 'dashscope', models, page: PAGE, readOn: '2026-11-25', prices, above });

export const DASHSCOPE_ROWS: readonly MendedRow[] = [
  row(['qwen3.8-max'], { input: 2, output: 6, cacheRead: 0.25 }),
  row(['qwen3.8-flash'], { input: 0.15, output: 0.47, cacheRead: 0.016, cacheWrite5m: 0.2 }),
  row(['qwen3.7-max'], { input: 2.5, output: 7.5, cacheRead: 0.5, cacheWrite5m: 3.125 }),
  row(['qwen3.7-plus'], { input: 0.4, output: 1.6, cacheRead: 0.08 }, [
    [256_000, { input: 1.2, output: 4.8, cacheRead: 0.24 }],
  ]),
  row(['qwen3.5-plus'], { input: 0.4, output: 2.4 }, [[256_000, { input: 0.5, output: 3 }]]),
  row(['qwen3-max', 'qwen3-max-preview', 'qwen3-max-2026-01-23'], { input: 1.2, output: 6 }, [
    [32_000, { input: 2.4, output: 12 }],
    [128_000, { input: 3, output: 15 }],
  ]),
  row(['qwen-max'], { input: 1.6, output: 6.4 }),
  // Thinking makes a request's whole output dearer.
  row(
    ['qwen-plus', 'qwen-plus-latest', 'qwen-plus-2025-07-28', 'qwen-plus-2025-09-11'],
    { input: 0.4, output: 1.2, reasoning: 4 },
    [[256_000, { input: 1.2, output: 3.6, reasoning: 12 }]],
  ),
  row(['qwen-turbo', 'qwen-turbo-latest', 'qwen-turbo-2025-04-28'], {
    input: 0.05,
    output: 0.2,
    reasoning: 0.5,
  }),
  row(['qwen-flash', 'qwen-flash-2025-07-28'], { input: 0.05, output: 0.4 }, [
    [256_000, { input: 0.25, output: 2 }],
  ]),
  row(['qwq-plus'], { input: 0.8, output: 2.4 }),
  row(['qwen3-coder-plus'], { input: 1, output: 5, cacheRead: 0.1 }, [
    [32_000, { input: 1.8, output: 9, cacheRead: 0.18 }],
    [128_000, { input: 3, output: 15, cacheRead: 0.3 }],
    [256_000, { input: 6, output: 60, cacheRead: 0.6 }],
  ]),
  row(['qwen3-coder-flash'], { input: 0.3, output: 1.5, cacheRead: 0.08 }, [
    [32_000, { input: 0.5, output: 2.5, cacheRead: 0.12 }],
    [128_000, { input: 0.8, output: 4, cacheRead: 0.2 }],
    [256_000, { input: 1.6, output: 9.6, cacheRead: 0.4 }],
  ]),
  row(['qwen3-vl-plus'], { input: 0.2, output: 1.6 }, [
    [32_000, { input: 0.3, output: 2.4 }],
    [128_000, { input: 0.6, output: 4.8 }],
  ]),
  row(['qwen3-next-80b-a3b-instruct', 'qwen3-next-80b-a3b-thinking'], { input: 0.15, output: 1.2 }),
];
