// Every command, one line each, loaded when it runs.

import type { Command } from './command.ts';

/** What a command of several words belongs to. */
export const GROUPS: Readonly<Record<string, string>> = {
  cache: 'stored answers to repeated prompts',
  'cache rule': 'what the cache may do for an application, a tag or a model',
  budget: 'limits on spending, and the kill switch',
  tag: 'rules that tag requests',
  route: 'rules that send requests to another model',
  ab: 'A/B tests between two models',
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
  'cache rule add': async () => (await import('./commands/cache/rule-add.ts')).cacheRuleAdd,
  'cache rule list': async () => (await import('./commands/cache/rule-list.ts')).cacheRuleList,
  'cache rule remove': async () => (await import('./commands/cache/rule-remove.ts')).cacheRuleRemove,
  'tag add': async () => (await import('./commands/tag/add.ts')).tagAdd,
  'tag list': async () => (await import('./commands/tag/list.ts')).tagList,
  'tag remove': async () => (await import('./commands/tag/remove.ts')).tagRemove,
  'route add': async () => (await import('./commands/route/add.ts')).routeAdd,
  'route list': async () => (await import('./commands/route/list.ts')).routeList,
  'route enable': async () => (await import('./commands/route/enable.ts')).routeEnable,
  'route disable': async () => (await import('./commands/route/disable.ts')).routeDisable,
  'route remove': async () => (await import('./commands/route/remove.ts')).routeRemove,
  'route test': async () => (await import('./commands/route/try.ts')).routeTest,
  'ab create': async () => (await import('./commands/ab/create.ts')).abCreate,
  'ab list': async () => (await import('./commands/ab/list.ts')).abList,
  'ab report': async () => (await import('./commands/ab/report.ts')).abReport,
  'ab pause': async () => (await import('./commands/ab/pause.ts')).abPause,
  'ab resume': async () => (await import('./commands/ab/resume.ts')).abResume,
  'ab complete': async () => (await import('./commands/ab/complete.ts')).abComplete,
  reset: async () => (await import('./commands/reset.ts')).reset,
};
