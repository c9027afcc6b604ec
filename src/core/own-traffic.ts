// Under which names TokenWatch's own questions pass its proxy: replays, suites and their judges.

export const REPLAY_APP = 'tokenwatch-replay';
export const REPLAY_TAG = 'replay';
/** What a replay in the server takes at most: it is planned, held and compared beside the traffic. */
export const REPLAY_PROMPTS_MAX = 1000;
