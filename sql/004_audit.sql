-- Who changed what, and who logged in or tried to. Rows are only added, and
-- deleted when they are old. Listed newest first by time and id: every index
-- ends with the id by itself. Local to a node.

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    time   INTEGER NOT NULL,                 -- microseconds
    actor  TEXT NOT NULL,
    via    TEXT NOT NULL,
    ip     BLOB,                             -- 4 or 16 bytes
    action TEXT NOT NULL,                    -- entity.verb
    object TEXT NOT NULL DEFAULT '',         -- its name on the wire
    result TEXT NOT NULL DEFAULT 'ok',       -- or an error's code
    detail TEXT NOT NULL DEFAULT '',         -- JSON object
    entity TEXT NOT NULL
           GENERATED ALWAYS AS (substr(action, 1, instr(action, '.'))) VIRTUAL
) STRICT;
CREATE INDEX audit_time ON audit (time);
CREATE INDEX audit_actor ON audit (actor, time);
CREATE INDEX audit_action ON audit (action, time);
CREATE INDEX audit_entity ON audit (entity, time);
CREATE INDEX audit_object ON audit (object, time) WHERE object <> '';
CREATE INDEX audit_failed ON audit (time) WHERE result <> 'ok';
