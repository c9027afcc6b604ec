// Every command, one line each, loaded when it runs.

import type { Command } from './command.ts';

/** What a command of two words belongs to. */
export const GROUPS: Readonly<Record<string, string>> = {
  cache: 'stored answers to repeated prompts',
  budget: 'limits on spending, and the kill switch',
};

export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).start,
  demo: async () => (await import('./commands/demo.ts')).demo,
  status: async () => (await import('./commands/status.ts')).status,
  stats: async () => (await import('./commands/stats.ts')).stats,
  tail: async () => (await import('./commands/tail.ts')).tail,
  prices: async () => (await import('./commands/prices.ts')).prices,
  'budget set': async () => (await import('./commands/budget/set.ts')).budgetSet,
  'budget status': async () => (await import('./commands/budget/status.ts')).budgetStatus,
  'budget remove': async () => (await import('./commands/budget/remove.ts')).budgetRemove,
  'budget kill': async () => (await import('./commands/budget/kill.ts')).budgetKill,
  'budget resume': async () => (await import('./commands/budget/resume.ts')).budgetResume,
  'cache stats': async () => (await import('./commands/cache/stats.ts')).cacheStats,
  'cache clear': async () => (await import('./commands/cache/clear.ts')).cacheClear,
  'cache inspect': async () => (await import('./commands/cache/inspect.ts')).cacheInspect,
  'cache why': async () => (await import('./commands/cache/why.ts')).cacheWhy,
  reset: async () => (await import('./commands/reset.ts')).reset,
};
