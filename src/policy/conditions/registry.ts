// Every condition, one line each.

import type { ConditionKind } from '../condition.ts';
import { budgetLeft } from './budget-left.ts';
import { costToday } from './cost-today.ts';
import { header } from './header.ts';
import { model } from './model.ts';
import { regex } from './regex.ts';
import { sourceApp } from './source-app.ts';
import { stream } from './stream.ts';
import { tag } from './tag.ts';
import { time } from './time.ts';
import { tokenCount } from './token-count.ts';
import { tools } from './tools.ts';

export const CONDITIONS: Readonly<Record<string, ConditionKind>> = {
  source_app: sourceApp,
  tag,
  model,
  regex,
  token_count: tokenCount,
  time,
  cost_today: costToday,
  budget_left: budgetLeft,
  stream,
  tools,
  header,
};
