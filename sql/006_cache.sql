-- Cache mode: patchsets that are known by their metadata alone, and what each
-- file of theirs must be when it is fetched from the patch source.

ALTER TABLE patchset ADD COLUMN remote INTEGER NOT NULL DEFAULT 0
      CHECK (remote IN (0, 1));

-- Where the index says that the metadata is; an empty path: it has none.
ALTER TABLE upstream ADD COLUMN levels_path TEXT NOT NULL DEFAULT '';
ALTER TABLE upstream ADD COLUMN levels_size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE upstream ADD COLUMN levels_sha256 BLOB;

-- Goes with the rows of level and object_file. No reference to patchset: it
-- would need an index as large as the table.
CREATE TABLE remote_file (
    object_id   INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    level       INTEGER NOT NULL,            -- 0: outside of the levels
    path        TEXT NOT NULL,               -- below the level
    patchset_id INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    sha256      BLOB NOT NULL,
    PRIMARY KEY (object_id, level, path, patchset_id)
) STRICT, WITHOUT ROWID;
