// Loaded before each test file: property tests draw the same at every run, so that a change fails them and chance does
// not. TOKENWATCH_TEST_SEED=random draws anew, and a number draws what a failure has told.

import fc from 'fast-check';

const { TOKENWATCH_TEST_SEED: seed = '1' } = process.env;
if (seed !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
