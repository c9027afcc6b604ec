// What an outcome says of a request.

/** It has its answer, from the upstream or from the cache. What is stored may tell an outcome as any text. */
export const isSuccess = (outcome: string): boolean => outcome === 'completed' || outcome === 'cached';
