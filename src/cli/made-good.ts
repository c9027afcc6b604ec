// What budgets had spent that no record tells, in words.

import { exactUsd } from '../core/money.ts';

export const madeGoodLines = (
  madeGood: readonly { readonly budget: string; readonly nanoUsd: number }[],
): readonly string[] =>
  madeGood.map(
    ({ budget, nanoUsd }) =>
      `Budget "${budget}": $${exactUsd(nanoUsd)} had been counted that no record tells; it stays spent.`,
  );
