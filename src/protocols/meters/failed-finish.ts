// Words with which a server ends an answer that failed on its way: OpenRouter's, Z.ai's, vLLM's and SGLang's.

const FAILED = new Set(['error', 'network_error', 'abort', 'aborted']);

export function isFailedFinish(finish: string): boolean {
  return FAILED.has(finish.toLowerCase());
}
