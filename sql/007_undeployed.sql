-- What somebody took out of a feed, by product and order as upstream names
-- it, so that no update puts it back: it may come here again, or for the
-- first time. A state in the feed ends it.

CREATE TABLE undeployed (
    feed_id INTEGER NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    product TEXT NOT NULL CHECK (product IN ('kernel', 'user', 'qemu', 'db')),
    ord     INTEGER NOT NULL,                -- as in patchset
    PRIMARY KEY (feed_id, product, ord)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER patchset_deployed AFTER INSERT ON patchset_feed BEGIN
    DELETE FROM undeployed
     WHERE feed_id = new.feed_id
       AND (product, ord) = (SELECT product, ord FROM patchset
                              WHERE id = new.patchset_id);
END;
