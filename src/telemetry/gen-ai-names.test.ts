import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerOf } from './gen-ai-names.ts';

test('who answered is told by the host, in whatever region', () => {
  for (const [upstream, provider] of [
    ['https://api.anthropic.com', 'anthropic'],
    ['https://eu.api.openai.com', 'openai'],
    ['https://acme.openai.azure.com', 'azure.ai.openai'],
    ['https://bedrock-runtime.eu-west-1.amazonaws.com', 'aws.bedrock'],
    ['https://aiplatform.googleapis.com', 'gcp.vertex_ai'],
    ['https://us-east5-aiplatform.googleapis.com', 'gcp.vertex_ai'],
    ['https://aiplatform.eu.rep.googleapis.com', 'gcp.vertex_ai'],
    ['https://generativelanguage.googleapis.com', 'gcp.gemini'],
    ['https://notapi.openai.com', 'anthropic'],
    ['no address', 'anthropic'],
  ] as const)
    assert.equal(providerOf(upstream, 'anthropic'), provider, upstream);
});
