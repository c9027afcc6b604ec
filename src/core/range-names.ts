// The spans that reports know by name, each up to now.

export const RANGE_NAMES = ['1h', '24h', '7d', '30d', 'all'] as const;
export type RangeName = (typeof RANGE_NAMES)[number];
