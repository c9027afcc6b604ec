"""What a test asks the double to fail with: a file of one JSON object, {"words", "code", "times"}."""

import json
import threading

from seerdb.server import BackendError

TEXTS = {54: 'resource busy and acquire with NOWAIT specified or timeout expired', 60: 'deadlock detected while waiting for resource'}
LOCK = threading.Lock()


class Cut(BaseException):
    """The connection breaks: seerdb answers every other exception."""


def meet(path, sql):
    """Raises where the file says so, and counts down. A code of 0 cuts the connection without a word."""
    with LOCK:
        try:
            with open(path) as file:
                asked = json.load(file)
        except (FileNotFoundError, ValueError):
            return
        if asked['times'] <= 0 or asked['words'] not in sql:
            return
        asked['times'] -= 1
        with open(path, 'w') as file:
            json.dump(asked, file)
    if asked['code'] == 0:
        raise Cut
    raise BackendError(TEXTS.get(asked['code'], 'as the test asked'), ora_code=asked['code'])
