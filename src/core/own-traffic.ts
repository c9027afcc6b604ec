// Under which names TokenWatch's own questions pass its proxy: replays, suites and their judges.

export const REPLAY_APP = 'tokenwatch-replay';
export const REPLAY_TAG = 'replay';
