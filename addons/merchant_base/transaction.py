"""Short work in a transaction of its own, whatever becomes of the one around it."""

import time

from psycopg2 import errors as pg

# Somebody else was at the same rows: the whole transaction has to be repeated, nothing in it is to blame.
CONCURRENCY = (pg.SerializationFailure, pg.DeadlockDetected, pg.LockNotAvailable)
TRIES = 5


def committed(env, work):
    """What ``work(cr)`` returns, committed; begun anew when somebody else changed the same rows.

    :raises psycopg2.Error: others were faster each time, or the statement is wrong
    """
    for attempt in range(1, TRIES + 1):
        try:
            with env.registry.cursor() as cr:
                return work(cr)
        except CONCURRENCY:
            if attempt == TRIES:
                raise
            time.sleep(0.05 * 2**attempt)
    raise AssertionError("the last attempt returns or raises")
