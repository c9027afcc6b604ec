// A thread that tells what it was given, and where its compiled code is kept.

import { getCompileCacheDir } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';

parentPort?.postMessage({ kept: getCompileCacheDir(), workerData });
