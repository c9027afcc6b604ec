// What several answers to one what-if say together: each looked at older requests than the one before.

import type { WhatIfAnswer } from '../../../src/dashboard/contract.ts';

type Sum = WhatIfAnswer['total'];

export function together(newer: WhatIfAnswer, older: WhatIfAnswer): WhatIfAnswer {
  const rows = new Map(newer.rows.map((row) => [`${row.from} ${row.to}`, row]));
  for (const row of older.rows) {
    const known = rows.get(`${row.from} ${row.to}`);
    rows.set(`${row.from} ${row.to}`, known === undefined ? row : { ...row, ...added(known, row) });
  }
  const [left, more] = [newer.leftOut, older.leftOut];
  return {
    ...older,
    looked: newer.looked + older.looked,
    rows: [...rows.values()].sort((a, b) => b.nowNanoUsd - a.nowNanoUsd),
    total: added(newer.total, older.total),
    leftOut: {
      unknownNow: left.unknownNow + more.unknownNow,
      unknownThen: left.unknownThen + more.unknownThen,
      free: left.free + more.free,
    },
    otherWork: otherWork(newer.otherWork, older.otherWork),
  };
}

function otherWork(newer: WhatIfAnswer['otherWork'], older: WhatIfAnswer['otherWork']) {
  const sums = new Map(newer.map((sum) => [sum.kind, sum]));
  for (const { kind, requests, nowNanoUsd } of older) {
    const known = sums.get(kind) ?? { kind, requests: 0, nowNanoUsd: 0 };
    sums.set(kind, {
      kind,
      requests: known.requests + requests,
      nowNanoUsd: known.nowNanoUsd + nowNanoUsd,
    });
  }
  return [...sums.values()].sort((a, b) => b.nowNanoUsd - a.nowNanoUsd);
}

function added(one: Sum, other: Sum): Sum {
  return {
    requests: one.requests + other.requests,
    nowNanoUsd: one.nowNanoUsd + other.nowNanoUsd,
    thenNanoUsd: one.thenNanoUsd + other.thenNanoUsd,
    leastNanoUsd: one.leastNanoUsd + other.leastNanoUsd,
    mostNanoUsd: one.mostNanoUsd + other.mostNanoUsd,
  };
}
