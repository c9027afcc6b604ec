import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foundCommands } from './found-commands.ts';

const COMMANDS = [
  { name: 'Go to Overview' },
  { name: 'Go to Stored prompts', hint: 'System' },
  { name: 'Show refused requests', hint: 'Overview' },
  { name: 'Replay prompts', hint: 'Experiments' },
];
const found = (text: string): readonly string[] => foundCommands(COMMANDS, text).map(({ name }) => name);

test('a command whose name begins with what is typed stands first', () => {
  assert.deepEqual(found('re'), ['Replay prompts', 'Show refused requests', 'Go to Stored prompts']);
  assert.deepEqual(found('PROMPTS re'), ['Replay prompts', 'Go to Stored prompts']);
  assert.deepEqual(found('over'), ['Go to Overview', 'Show refused requests']);
});

test('without a word all stand in their order, and with one that nothing has, none', () => {
  assert.deepEqual(
    found(' '),
    COMMANDS.map(({ name }) => name),
  );
  assert.deepEqual(found('re nothing'), []);
});
