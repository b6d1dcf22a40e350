-- Metadata of patchsets that are here with their archives, made for portals in
-- cache mode that have this one as their patch source: the file is
-- meta/NAME.jsonl in PATCHES_DIR. Local to a node.
CREATE TABLE offer (
    patchset_id INTEGER PRIMARY KEY REFERENCES patchset (id) ON DELETE CASCADE,
    size        INTEGER NOT NULL,
    sha256      BLOB NOT NULL
) STRICT;
