-- The first schema. Rules (design.md section 5):
--  * What replicates is named by what it is on the wire, in a UNIQUE column;
--    tables join by local integer ids, which never leave the node.
--  * Times are UTC integers: microseconds, but checkin.time in seconds.
--  * What is counted often is kept counted, by the triggers at the end.

CREATE TABLE feed (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    auto_update  INTEGER NOT NULL DEFAULT 0 CHECK (auto_update IN (0, 1)),
    deploy_after INTEGER NOT NULL DEFAULT 0,       -- hours
    channel      TEXT NOT NULL DEFAULT 'default'
                 CHECK (channel IN ('default', 'test', 'unstable')),
    created      INTEGER NOT NULL
) STRICT;

INSERT INTO feed (id, name, created) VALUES (1, 'main', 0);

CREATE TABLE key (
    id           INTEGER PRIMARY KEY,
    key          TEXT NOT NULL UNIQUE,
    feed_id      INTEGER NOT NULL REFERENCES feed (id),
    note         TEXT,
    server_limit INTEGER NOT NULL DEFAULT 0 CHECK (server_limit >= 0),
    products     INTEGER,                 -- mask; NULL: the default products
    unit         TEXT,                    -- business unit, for later
    created      INTEGER NOT NULL
) STRICT;
CREATE INDEX key_feed ON key (feed_id);

-- Kept count; apart from key because key rows replicate and counts do not.
CREATE TABLE key_count (
    key_id  INTEGER PRIMARY KEY REFERENCES key (id) ON DELETE CASCADE,
    servers INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE user (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    password TEXT,                        -- crypt(5) hash; only origin local
    readonly INTEGER NOT NULL DEFAULT 0 CHECK (readonly IN (0, 1)),
    note     TEXT,
    origin   TEXT NOT NULL DEFAULT 'local'
             CHECK (origin IN ('local', 'ldap', 'sso')),
    unit     TEXT,
    created  INTEGER NOT NULL
) STRICT;

-- API tokens (NEW-SEC-2); id is 128 random bits in hex, as on the wire.
CREATE TABLE token (
    id      TEXT PRIMARY KEY,
    hash    BLOB NOT NULL UNIQUE,         -- SHA-256 of the token
    user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    unit    TEXT,
    created INTEGER NOT NULL,
    expires INTEGER                       -- NULL: never
) STRICT, WITHOUT ROWID;
CREATE INDEX token_user ON token (user_id);

CREATE TABLE server (
    id         INTEGER PRIMARY KEY,
    server_id  TEXT NOT NULL UNIQUE,
    key_id     INTEGER NOT NULL REFERENCES key (id) ON DELETE CASCADE,
    registered INTEGER NOT NULL
) STRICT;
CREATE INDEX server_key ON server (key_id);

-- The narrow row that every check-in rewrites: tens of bytes.
CREATE TABLE checkin (
    server     INTEGER PRIMARY KEY REFERENCES server (id) ON DELETE CASCADE,
    time       INTEGER NOT NULL DEFAULT 0,   -- seconds; 0: never
    uptime     INTEGER NOT NULL DEFAULT -1,  -- seconds; -1: unknown
    ip         BLOB,                         -- 4 or 16 bytes
    level      INTEGER NOT NULL DEFAULT 0,
    facts_hash INTEGER NOT NULL DEFAULT 0,   -- of the last report of facts
    seq        INTEGER NOT NULL DEFAULT 0    -- for replication; 0 until then
) STRICT;

-- What the agent reports; written only when its hash differs.
CREATE TABLE facts (
    server         INTEGER PRIMARY KEY REFERENCES server (id) ON DELETE CASCADE,
    hostname       TEXT,
    kernel_id      BLOB,                     -- 20 bytes
    euname         TEXT,
    release        TEXT,
    version        TEXT,
    machine        TEXT,
    processor      TEXT,
    virt           TEXT,
    distro         TEXT,
    distro_version TEXT,
    kcare_version  TEXT,
    patch_type     TEXT,
    extra          TEXT,                     -- JSON of unknown names
    updated        INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE tag (
    server INTEGER NOT NULL REFERENCES server (id) ON DELETE CASCADE,
    origin TEXT NOT NULL CHECK (origin IN ('agent', 'portal')),
    name   TEXT NOT NULL,
    value  TEXT,                             -- NULL: a tag without value
    PRIMARY KEY (server, origin, name)
) STRICT, WITHOUT ROWID;

-- How many servers of a key run which level of which kernel.
CREATE TABLE usage (
    key_id    INTEGER NOT NULL REFERENCES key (id) ON DELETE CASCADE,
    kernel_id BLOB NOT NULL,
    level     INTEGER NOT NULL,
    servers   INTEGER NOT NULL,
    PRIMARY KEY (key_id, kernel_id, level)
) STRICT, WITHOUT ROWID;

CREATE TABLE patchset (
    id        INTEGER PRIMARY KEY,
    product   TEXT NOT NULL CHECK (product IN ('kernel', 'user', 'qemu', 'db')),
    name      TEXT NOT NULL,
    ord       INTEGER NOT NULL,              -- yyyymmdd * 1,000,000 + number
    appeared  INTEGER NOT NULL,              -- first seen here
    published INTEGER NOT NULL DEFAULT 0 CHECK (published IN (0, 1)),
    archive   TEXT,                          -- file name in arch/
    sha256    BLOB,                          -- of that archive
    distros   TEXT NOT NULL DEFAULT '',      -- comma-separated
    objects   INTEGER NOT NULL DEFAULT 0,
    cves      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (product, name),
    UNIQUE (product, ord)
) STRICT;

-- A row exists for enabled (1) and disabled (0); none means undeployed.
CREATE TABLE patchset_feed (
    feed_id     INTEGER NOT NULL REFERENCES feed (id) ON DELETE CASCADE,
    patchset_id INTEGER NOT NULL REFERENCES patchset (id) ON DELETE CASCADE,
    enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    changed     INTEGER NOT NULL,
    PRIMARY KEY (feed_id, patchset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX patchset_feed_patchset ON patchset_feed (patchset_id);

-- Kernel hashes and build IDs.
CREATE TABLE object (
    id        INTEGER PRIMARY KEY,
    userspace INTEGER NOT NULL CHECK (userspace IN (0, 1)),
    name      BLOB NOT NULL,                 -- 20 bytes
    UNIQUE (userspace, name)
) STRICT;

-- Which patchset published which level of an object, newest first.
CREATE TABLE level (
    object_id   INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    ord         INTEGER NOT NULL,
    patchset_id INTEGER NOT NULL REFERENCES patchset (id) ON DELETE CASCADE,
    level       INTEGER NOT NULL,
    PRIMARY KEY (object_id, ord DESC, level DESC, patchset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX level_patchset ON level (patchset_id, object_id);

-- Files of an object outside of its levels, and who brought them.
CREATE TABLE object_file (
    patchset_id INTEGER NOT NULL REFERENCES patchset (id) ON DELETE CASCADE,
    object_id   INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    path        TEXT NOT NULL,               -- below the object
    PRIMARY KEY (patchset_id, object_id, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_file_object ON object_file (object_id, path);

-- From kpatch.info: what a level makes of a kernel.
CREATE TABLE level_info (
    object_id INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    level     INTEGER NOT NULL,
    uname     TEXT,                          -- effective kernel
    distro    TEXT,                          -- "OS:"
    PRIMARY KEY (object_id, level)
) STRICT, WITHOUT ROWID;

CREATE TABLE cve (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE                -- CVE-2021-12345
) STRICT;

-- An object is free of a CVE from this level on (patches accumulate).
CREATE TABLE object_cve (
    object_id INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
    cve_id    INTEGER NOT NULL REFERENCES cve (id),
    level     INTEGER NOT NULL,
    PRIMARY KEY (object_id, cve_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT
) STRICT, WITHOUT ROWID;

CREATE TRIGGER key_added AFTER INSERT ON key BEGIN
    INSERT INTO key_count (key_id) VALUES (new.id);
END;

CREATE TRIGGER server_added AFTER INSERT ON server BEGIN
    UPDATE key_count SET servers = servers + 1 WHERE key_id = new.key_id;
    INSERT INTO checkin (server) VALUES (new.id);
    INSERT INTO facts (server) VALUES (new.id);
END;

-- The usage counter of a server, when it has reported a kernel.
CREATE TRIGGER server_removed BEFORE DELETE ON server BEGIN
    UPDATE key_count SET servers = servers - 1 WHERE key_id = old.key_id;
    UPDATE usage SET servers = servers - 1
     WHERE key_id = old.key_id
       AND kernel_id = (SELECT kernel_id FROM facts WHERE server = old.id)
       AND level = (SELECT level FROM checkin WHERE server = old.id);
END;

CREATE TRIGGER usage_empty AFTER UPDATE OF servers ON usage
WHEN new.servers <= 0 BEGIN
    DELETE FROM usage
     WHERE key_id = new.key_id AND kernel_id = new.kernel_id
       AND level = new.level;
END;

CREATE TRIGGER server_moved AFTER UPDATE OF key_id ON server
WHEN new.key_id <> old.key_id BEGIN
    UPDATE key_count SET servers = servers - 1 WHERE key_id = old.key_id;
    UPDATE key_count SET servers = servers + 1 WHERE key_id = new.key_id;
    UPDATE usage SET servers = servers - 1
     WHERE key_id = old.key_id
       AND kernel_id = (SELECT kernel_id FROM facts WHERE server = old.id)
       AND level = (SELECT level FROM checkin WHERE server = old.id);
    INSERT INTO usage (key_id, kernel_id, level, servers)
        SELECT new.key_id, f.kernel_id, c.level, 1
          FROM facts f JOIN checkin c ON c.server = f.server
         WHERE f.server = new.id AND f.kernel_id IS NOT NULL
        ON CONFLICT DO UPDATE SET servers = servers + 1;
END;
