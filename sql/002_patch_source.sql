-- What the patch source's index says. Its patchsets are named by product and
-- order, as in patchset; whether one is here as well, that table tells.

CREATE TABLE upstream (
    product  TEXT NOT NULL CHECK (product IN ('kernel', 'user', 'qemu', 'db')),
    ord      INTEGER NOT NULL,               -- as in patchset
    name     TEXT NOT NULL,
    appeared INTEGER NOT NULL,               -- first seen in an index
    released INTEGER NOT NULL,               -- seconds; 0: unknown
    distros  TEXT NOT NULL DEFAULT '',       -- comma-separated
    channels INTEGER NOT NULL,               -- 1 default, 2 test, 4 unstable
    status   TEXT NOT NULL
             CHECK (status IN ('available', 'disabled', 'blocked', 'gone')),
    wanted   INTEGER NOT NULL CHECK (wanted IN (0, 1)),  -- not filtered
    path     TEXT NOT NULL,                  -- below the source's URL
    size     INTEGER NOT NULL,
    sha256   BLOB NOT NULL,
    changelog TEXT NOT NULL DEFAULT '',
    seen     INTEGER NOT NULL,               -- number of the poll
    PRIMARY KEY (product, ord)
) STRICT, WITHOUT ROWID;

-- What the daemon does and when. Local to a node: never replicated.
CREATE TABLE job (
    name     TEXT PRIMARY KEY,
    period   INTEGER NOT NULL,                -- seconds; 0: never by itself
    jitter   INTEGER NOT NULL,                -- seconds added by chance
    started  INTEGER NOT NULL DEFAULT 0,      -- microseconds; 0: never
    ended    INTEGER NOT NULL DEFAULT 0,      -- of the run before, meanwhile
    failures INTEGER NOT NULL DEFAULT 0,      -- in a row
    result   TEXT NOT NULL DEFAULT '',        -- of the last run, for people
    due      INTEGER NOT NULL                 -- 0: running, or never
) STRICT, WITHOUT ROWID;
