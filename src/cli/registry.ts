// Every command, one line each, loaded when it runs.

import type { Command } from './command.ts';

export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).start,
  demo: async () => (await import('./commands/demo.ts')).demo,
  status: async () => (await import('./commands/status.ts')).status,
  stats: async () => (await import('./commands/stats.ts')).stats,
  tail: async () => (await import('./commands/tail.ts')).tail,
  prices: async () => (await import('./commands/prices.ts')).prices,
  reset: async () => (await import('./commands/reset.ts')).reset,
};
