// The calls of each room by name: what a worker thread answers for the thread that asks.

import type { Rooms } from './store.ts';

export type RoomName = keyof Rooms;

/** Complete by its type: a port's new call is missing here until it is named. */
const CALLS: { readonly [Name in RoomName]: Readonly<Record<keyof NonNullable<Rooms[Name]>, true>> } = {
  analytics: {
    summary: true,
    breakdown: true,
    dearestSessions: true,
    series: true,
    timings: true,
    stacks: true,
    requests: true,
    searchedFromMs: true,
    request: true,
    sessions: true,
    unpriced: true,
    recent: true,
    variantFigures: true,
    latencyQuantiles: true,
    latenciesUpTo: true,
    figuresAreWhole: true,
    changes: true,
    changesOfOthers: true,
    lastChange: true,
    rowsFromMs: true,
  },
  budgets: {
    budgetRules: true,
    budgetVersion: true,
    putBudget: true,
    removeBudget: true,
    putKill: true,
    removeKill: true,
    spentSoFar: true,
    isCharged: true,
    addNotice: true,
    dueNotices: true,
    noticeDelivered: true,
    noticeFailed: true,
  },
  cache: {
    cacheSecret: true,
    cacheGeneration: true,
    findAnswer: true,
    putAnswer: true,
    touchAnswers: true,
    sweepAnswers: true,
    clearAnswers: true,
    answersById: true,
    recentAnswers: true,
    cacheFacts: true,
  },
  semantic: {
    partitionQuestions: true,
    openSearch: true,
    nearestQuestions: true,
    bodyQuestions: true,
    questionOf: true,
    putQuestion: true,
    putStanding: true,
    scopeTrust: true,
    putScopeTrust: true,
    addCounts: true,
    putTierStatus: true,
    semanticFacts: true,
  },
  prompts: {
    archiveState: true,
    putCanary: true,
    addSkipped: true,
    putItem: true,
    item: true,
    itemsById: true,
    items: true,
    itemWithTurns: true,
    newestOfSession: true,
    dependents: true,
    removeItems: true,
    searchItems: true,
    numbering: true,
    putNumbering: true,
    sweepNumberings: true,
  },
  rules: { ruleVersion: true, rules: true, addRule: true, changeRule: true, removeRule: true },
  feedback: { rate: true, grade: true },
  retention: { deleteOld: true },
  leases: {
    exchangeLeases: true,
    registerInstance: true,
    runOf: true,
    releaseEnded: true,
    instances: true,
    memberFigures: true,
  },
};

type Ask = (room: RoomName, call: string, parameters: readonly unknown[]) => Promise<unknown>;

/** Rooms whose every call is put to `ask`. `isShared`: the store has leases. */
export function roomsBy(ask: Ask, isShared = false): Rooms {
  const room = <Name extends RoomName>(name: Name): NonNullable<Rooms[Name]> => {
    const calls = Object.keys(CALLS[name]).map((call) => [
      call,
      (...parameters: readonly unknown[]) => ask(name, call, parameters),
    ]);
    return Object.fromEntries(calls) as NonNullable<Rooms[Name]>;
  };
  return {
    analytics: room('analytics'),
    budgets: room('budgets'),
    cache: room('cache'),
    semantic: room('semantic'),
    rules: room('rules'),
    feedback: room('feedback'),
    retention: room('retention'),
    prompts: room('prompts'),
    leases: isShared ? room('leases') : null,
  };
}

/** The other end: `call` is one of those above. */
export async function askRoom(
  rooms: Rooms,
  name: RoomName,
  call: string,
  parameters: readonly unknown[],
): Promise<unknown> {
  const room = rooms[name] as unknown as Readonly<Record<string, (...values: readonly unknown[]) => unknown>>;
  return room[call]?.(...parameters);
}
