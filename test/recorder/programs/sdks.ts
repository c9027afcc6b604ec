// A program as people write them: the official SDKs, whole and streamed, with addresses and keys from the environment.

import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

const question = process.argv[2] ?? 'Tell me about parsers';
const said: string[] = [];

const openai = new OpenAI({ maxRetries: 1 });
const chat = await openai.chat.completions.create({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: question }],
});
said.push(chat.choices[0]?.message.content ?? '');
const stream = await openai.chat.completions.create({
  model: 'gpt-4o-mini',
  stream: true,
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: said[0] ?? '' },
    { role: 'user', content: 'Mail it to jane@corp.example' },
  ],
});
let text = '';
for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
said.push(text);
const response = await openai.responses.create({ model: 'gpt-5-mini', input: 'And now?' });
said.push(response.output_text);
said.push(String((await openai.models.list()).data.length));

const anthropic = new Anthropic({ maxRetries: 1 });
const message = await anthropic.messages
  .stream({ model: 'claude-haiku-4-5', max_tokens: 100, messages: [{ role: 'user', content: text }] })
  .finalText();
said.push(message);
console.log(JSON.stringify(said));
