-- What somebody wants enabled in a feed and must be downloaded first
-- (NEW-PS-7). The daemon does it; the row is gone when it is done. Local to
-- a node: never replicated.

CREATE TABLE waiting (
    product TEXT NOT NULL CHECK (product IN ('kernel', 'user', 'qemu', 'db')),
    ord     INTEGER NOT NULL,                -- as in upstream
    feed_id INTEGER NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    action  TEXT NOT NULL CHECK (action IN ('enable', 'enable-upto')),
    since   INTEGER NOT NULL,
    trouble TEXT NOT NULL DEFAULT '',        -- why the last try failed
    PRIMARY KEY (product, ord, feed_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_feed ON waiting (feed_id);
