// A model's name as the tables of this room know it, whatever gateway or cloud spelled it.

import { readModelName } from '../../core/model-name.ts';

/**
 * In lower case, without the seller and the date, with dashes for dots: `anthropic/claude-opus-4.5` is
 * `claude-opus-4-5`, `claude-4-sonnet` is `claude-sonnet-4`. What others put before a name stays.
 */
export function plainModel(model: string): string {
  const barest = readModelName(model).spellings.at(-1) ?? model;
  return barest.replace(/^ft:/, '');
}
