// An agent's loop: the Vercel AI SDK calls a tool, and goes on with what it gave.

import { createAnthropic } from '@ai-sdk/anthropic';
import { generateText, jsonSchema, stepCountIs, tool } from 'ai';

const anthropic = createAnthropic({ baseURL: `${process.env.ANTHROPIC_BASE_URL}/v1` });
const result = await generateText({
  model: anthropic('claude-haiku-4-5'),
  prompt: 'Use get_weather for Paris',
  stopWhen: stepCountIs(4),
  tools: {
    get_weather: tool({
      description: 'The weather of a place',
      inputSchema: jsonSchema<{ place: string }>({
        type: 'object',
        properties: { place: { type: 'string' } },
      }),
      execute: async () => `${process.argv[2] ?? 21} degrees`,
    }),
  },
});
console.log(JSON.stringify({ steps: result.steps.length, text: result.text }));
