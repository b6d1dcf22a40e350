-- Lists of servers at a million of them: what filters, sorts and statistics
-- look at, in blocks. A block is one blob of one page, with a record of fixed
-- length for each of so many consecutive local ids; all zero: no such server.
-- A column of a million servers is read in some milliseconds so, and any
-- combination of filters costs no more than each of them alone.
--
-- Triggers keep the blocks, whoever writes. Numbers are written in digits of
-- 7 bits, most significant first, because char() makes such bytes and SQLite
-- knows no other way to make binary ones.

-- Key (local id), platform, kernel (both codes of server_term), patch level:
-- 4 digits each, 250 servers.
CREATE TABLE server_what (
    block INTEGER PRIMARY KEY,
    data  BLOB NOT NULL
) STRICT;

-- Last check-in (seconds, 0: never), uptime + 1 (seconds, 0: unknown):
-- 5 digits each, 400 servers. The one block that each check-in rewrites.
CREATE TABLE server_when (
    block INTEGER PRIMARY KEY,
    data  BLOB NOT NULL
) STRICT;

-- Registered, updated (seconds, 0: never): 5 digits each, 400 servers.
CREATE TABLE server_dates (
    block INTEGER PRIMARY KEY,
    data  BLOB NOT NULL
) STRICT;

-- Length of the address, 16 bytes of it; 235 servers.
CREATE TABLE server_addr (
    block INTEGER PRIMARY KEY,
    data  BLOB NOT NULL
) STRICT;

-- First 17 bytes of the server id in lower case; 235 servers.
CREATE TABLE server_label (
    block INTEGER PRIMARY KEY,
    data  BLOB NOT NULL
) STRICT;

-- First 48 bytes of the host name in lower case; 83 servers.
CREATE TABLE server_name (
    block INTEGER PRIMARY KEY,
    data  BLOB NOT NULL
) STRICT;

-- What platforms (kind 1) and kernels (kind 2) there are, each with the
-- number of its servers. The fields of text are separated by char(31):
-- distro, its version, machine, virt; kernel hash, release, effective kernel.
CREATE TABLE server_term (
    id   INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    text TEXT NOT NULL,
    refs INTEGER NOT NULL,
    UNIQUE (kind, text)
) STRICT;

-- The tags that there are: how many servers have a tag of this name, from
-- either side; made: somebody wants it listed without servers, too.
CREATE TABLE tag_name (
    name    TEXT PRIMARY KEY,
    servers INTEGER NOT NULL DEFAULT 0,
    made    INTEGER NOT NULL DEFAULT 0 CHECK (made IN (0, 1))
) STRICT, WITHOUT ROWID;

-- And their values ('': none).
CREATE TABLE tag_value (
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    origin  TEXT NOT NULL,
    servers INTEGER NOT NULL,
    PRIMARY KEY (name, value, origin)
) STRICT, WITHOUT ROWID;

CREATE INDEX tag_by_name ON tag (origin, name, value);

-- What there is already.
INSERT INTO server_term (kind, text, refs)
    SELECT 1, coalesce(distro, '') || char(31) || coalesce(distro_version, '')
              || char(31) || coalesce(machine, '') || char(31)
              || coalesce(virt, '') AS text, count(*)
      FROM facts GROUP BY text HAVING text <> char(31, 31, 31);
INSERT INTO server_term (kind, text, refs)
    SELECT 2, lower(hex(coalesce(kernel_id, x''))) || char(31)
              || coalesce(release, '') || char(31) || coalesce(euname, '')
              AS text, count(*)
      FROM facts GROUP BY text HAVING text <> char(31, 31);

INSERT INTO server_what
    WITH RECURSIVE slot (i) AS (
        VALUES (0) UNION ALL SELECT i + 1 FROM slot WHERE i < 249)
    SELECT b.block, (SELECT CAST(group_concat(r.record, '') AS BLOB) FROM (
        SELECT coalesce((
            SELECT char(s.key_id >> 21 & 127, s.key_id >> 14 & 127,
                        s.key_id >> 7 & 127, s.key_id & 127,
                        p.id >> 21 & 127, p.id >> 14 & 127,
                        p.id >> 7 & 127, p.id & 127,
                        k.id >> 21 & 127, k.id >> 14 & 127,
                        k.id >> 7 & 127, k.id & 127,
                        l.level >> 21 & 127, l.level >> 14 & 127,
                        l.level >> 7 & 127, l.level & 127)
              FROM server s
              LEFT JOIN facts f ON f.server = s.id
              LEFT JOIN server_term p ON p.kind = 1
               AND p.text = coalesce(f.distro, '') || char(31)
                            || coalesce(f.distro_version, '') || char(31)
                            || coalesce(f.machine, '') || char(31)
                            || coalesce(f.virt, '')
              LEFT JOIN server_term k ON k.kind = 2
               AND k.text = lower(hex(coalesce(f.kernel_id, x'')))
                            || char(31) || coalesce(f.release, '')
                            || char(31) || coalesce(f.euname, '')
              LEFT JOIN (SELECT server, min(max(level, 0), 268435455) AS level
                           FROM checkin) l ON l.server = s.id
             WHERE s.id = b.block * 250 + slot.i), zeroblob(16)) AS record
          FROM slot ORDER BY slot.i) r)
      FROM (SELECT DISTINCT id / 250 AS block FROM server) b;

INSERT INTO server_when
    WITH RECURSIVE slot (i) AS (
        VALUES (0) UNION ALL SELECT i + 1 FROM slot WHERE i < 399)
    SELECT b.block, (SELECT CAST(group_concat(r.record, '') AS BLOB) FROM (
        SELECT coalesce((
            SELECT char(c.t >> 28 & 127, c.t >> 21 & 127, c.t >> 14 & 127,
                        c.t >> 7 & 127, c.t & 127, c.u >> 28 & 127,
                        c.u >> 21 & 127, c.u >> 14 & 127, c.u >> 7 & 127,
                        c.u & 127)
              FROM (SELECT server, min(max(time, 0), 34359738367) AS t,
                           min(max(uptime + 1, 0), 34359738367) AS u
                      FROM checkin) c
             WHERE c.server = b.block * 400 + slot.i), zeroblob(10)) AS record
          FROM slot ORDER BY slot.i) r)
      FROM (SELECT DISTINCT id / 400 AS block FROM server) b;

INSERT INTO server_dates
    WITH RECURSIVE slot (i) AS (
        VALUES (0) UNION ALL SELECT i + 1 FROM slot WHERE i < 399)
    SELECT b.block, (SELECT CAST(group_concat(r.record, '') AS BLOB) FROM (
        SELECT coalesce((
            SELECT char(d.r >> 28 & 127, d.r >> 21 & 127, d.r >> 14 & 127,
                        d.r >> 7 & 127, d.r & 127, d.u >> 28 & 127,
                        d.u >> 21 & 127, d.u >> 14 & 127, d.u >> 7 & 127,
                        d.u & 127)
              FROM (SELECT s.id,
                           min(max(s.registered / 1000000, 0), 34359738367) AS r,
                           min(max(f.updated / 1000000, 0), 34359738367) AS u
                      FROM server s LEFT JOIN facts f ON f.server = s.id) d
             WHERE d.id = b.block * 400 + slot.i), zeroblob(10)) AS record
          FROM slot ORDER BY slot.i) r)
      FROM (SELECT DISTINCT id / 400 AS block FROM server) b;

INSERT INTO server_addr
    WITH RECURSIVE slot (i) AS (
        VALUES (0) UNION ALL SELECT i + 1 FROM slot WHERE i < 234)
    SELECT b.block, (SELECT CAST(group_concat(r.record, '') AS BLOB) FROM (
        SELECT coalesce((
            SELECT substr(CAST(char(length(c.ip)) || c.ip || zeroblob(16)
                               AS BLOB), 1, 17)
              FROM checkin c
             WHERE c.server = b.block * 235 + slot.i), zeroblob(17)) AS record
          FROM slot ORDER BY slot.i) r)
      FROM (SELECT DISTINCT id / 235 AS block FROM server) b;

INSERT INTO server_label
    WITH RECURSIVE slot (i) AS (
        VALUES (0) UNION ALL SELECT i + 1 FROM slot WHERE i < 234)
    SELECT b.block, (SELECT CAST(group_concat(r.record, '') AS BLOB) FROM (
        SELECT coalesce((
            SELECT substr(CAST(lower(s.server_id) || zeroblob(17) AS BLOB),
                          1, 17)
              FROM server s
             WHERE s.id = b.block * 235 + slot.i), zeroblob(17)) AS record
          FROM slot ORDER BY slot.i) r)
      FROM (SELECT DISTINCT id / 235 AS block FROM server) b;

INSERT INTO server_name
    WITH RECURSIVE slot (i) AS (
        VALUES (0) UNION ALL SELECT i + 1 FROM slot WHERE i < 82)
    SELECT b.block, (SELECT CAST(group_concat(r.record, '') AS BLOB) FROM (
        SELECT coalesce((
            SELECT substr(CAST(lower(f.hostname) || zeroblob(48) AS BLOB),
                          1, 48)
              FROM facts f
             WHERE f.server = b.block * 83 + slot.i), zeroblob(48)) AS record
          FROM slot ORDER BY slot.i) r)
      FROM (SELECT DISTINCT id / 83 AS block FROM server) b;

INSERT INTO tag_name (name, servers)
    SELECT name, count(DISTINCT server) FROM tag GROUP BY name;
INSERT INTO tag_value
    SELECT name, coalesce(value, ''), origin, count(*) FROM tag
     GROUP BY name, coalesce(value, ''), origin;

-- From here on, triggers. A server's place in the blocks exists from its
-- registration until nothing is left of a block.
CREATE TRIGGER server_listed AFTER INSERT ON server BEGIN
    INSERT INTO server_what VALUES (new.id / 250, zeroblob(4000))
        ON CONFLICT DO NOTHING;
    INSERT INTO server_when VALUES (new.id / 400, zeroblob(4000))
        ON CONFLICT DO NOTHING;
    INSERT INTO server_dates VALUES (new.id / 400, zeroblob(4000))
        ON CONFLICT DO NOTHING;
    INSERT INTO server_addr VALUES (new.id / 235, zeroblob(3995))
        ON CONFLICT DO NOTHING;
    INSERT INTO server_label VALUES (new.id / 235, zeroblob(3995))
        ON CONFLICT DO NOTHING;
    INSERT INTO server_name VALUES (new.id / 83, zeroblob(3984))
        ON CONFLICT DO NOTHING;
    UPDATE server_what
       SET data = CAST(substr(data, 1, new.id % 250 * 16)
           || char(new.key_id >> 21 & 127, new.key_id >> 14 & 127,
                   new.key_id >> 7 & 127, new.key_id & 127)
           || substr(data, new.id % 250 * 16 + 5) AS BLOB)
     WHERE block = new.id / 250;
    UPDATE server_dates
       SET data = CAST(substr(data, 1, new.id % 400 * 10)
           || (SELECT char(r >> 28 & 127, r >> 21 & 127, r >> 14 & 127,
                           r >> 7 & 127, r & 127)
                 FROM (SELECT min(max(new.registered / 1000000, 0),
                                  34359738367) AS r))
           || substr(data, new.id % 400 * 10 + 6) AS BLOB)
     WHERE block = new.id / 400;
    UPDATE server_label
       SET data = CAST(substr(data, 1, new.id % 235 * 17)
           || substr(CAST(lower(new.server_id) || zeroblob(17) AS BLOB), 1, 17)
           || substr(data, new.id % 235 * 17 + 18) AS BLOB)
     WHERE block = new.id / 235;
END;

CREATE TRIGGER server_unlisted AFTER DELETE ON server BEGIN
    UPDATE server_what
       SET data = CAST(substr(data, 1, old.id % 250 * 16) || zeroblob(16)
           || substr(data, old.id % 250 * 16 + 17) AS BLOB)
     WHERE block = old.id / 250;
    UPDATE server_when
       SET data = CAST(substr(data, 1, old.id % 400 * 10) || zeroblob(10)
           || substr(data, old.id % 400 * 10 + 11) AS BLOB)
     WHERE block = old.id / 400;
    UPDATE server_dates
       SET data = CAST(substr(data, 1, old.id % 400 * 10) || zeroblob(10)
           || substr(data, old.id % 400 * 10 + 11) AS BLOB)
     WHERE block = old.id / 400;
    UPDATE server_addr
       SET data = CAST(substr(data, 1, old.id % 235 * 17) || zeroblob(17)
           || substr(data, old.id % 235 * 17 + 18) AS BLOB)
     WHERE block = old.id / 235;
    UPDATE server_label
       SET data = CAST(substr(data, 1, old.id % 235 * 17) || zeroblob(17)
           || substr(data, old.id % 235 * 17 + 18) AS BLOB)
     WHERE block = old.id / 235;
    UPDATE server_name
       SET data = CAST(substr(data, 1, old.id % 83 * 48) || zeroblob(48)
           || substr(data, old.id % 83 * 48 + 49) AS BLOB)
     WHERE block = old.id / 83;
    DELETE FROM server_what
     WHERE block = old.id / 250 AND data = zeroblob(4000);
    DELETE FROM server_when
     WHERE block = old.id / 400
       AND (SELECT data FROM server_dates WHERE block = old.id / 400)
           = zeroblob(4000);
    DELETE FROM server_dates
     WHERE block = old.id / 400 AND data = zeroblob(4000);
    DELETE FROM server_addr
     WHERE block = old.id / 235
       AND (SELECT data FROM server_label WHERE block = old.id / 235)
           = zeroblob(3995);
    DELETE FROM server_label
     WHERE block = old.id / 235 AND data = zeroblob(3995);
    DELETE FROM server_name
     WHERE block = old.id / 83
       AND NOT EXISTS (SELECT 1 FROM server
                        WHERE id BETWEEN old.id / 83 * 83
                                     AND old.id / 83 * 83 + 82);
END;

CREATE TRIGGER server_rekeyed AFTER UPDATE OF key_id ON server
WHEN new.key_id <> old.key_id BEGIN
    UPDATE server_what
       SET data = CAST(substr(data, 1, new.id % 250 * 16)
           || char(new.key_id >> 21 & 127, new.key_id >> 14 & 127,
                   new.key_id >> 7 & 127, new.key_id & 127)
           || substr(data, new.id % 250 * 16 + 5) AS BLOB)
     WHERE block = new.id / 250;
END;

CREATE TRIGGER checkin_when AFTER UPDATE OF time, uptime ON checkin
WHEN new.time <> old.time OR new.uptime <> old.uptime BEGIN
    UPDATE server_when
       SET data = CAST(substr(data, 1, new.server % 400 * 10)
           || (SELECT char(t >> 28 & 127, t >> 21 & 127, t >> 14 & 127,
                           t >> 7 & 127, t & 127, u >> 28 & 127,
                           u >> 21 & 127, u >> 14 & 127, u >> 7 & 127, u & 127)
                 FROM (SELECT min(max(new.time, 0), 34359738367) AS t,
                              min(max(new.uptime + 1, 0), 34359738367) AS u))
           || substr(data, new.server % 400 * 10 + 11) AS BLOB)
     WHERE block = new.server / 400;
END;

CREATE TRIGGER checkin_addr AFTER UPDATE OF ip ON checkin
WHEN new.ip IS NOT old.ip BEGIN
    UPDATE server_addr
       SET data = CAST(substr(data, 1, new.server % 235 * 17)
           || coalesce(substr(CAST(char(length(new.ip)) || new.ip
                                   || zeroblob(16) AS BLOB), 1, 17),
                       zeroblob(17))
           || substr(data, new.server % 235 * 17 + 18) AS BLOB)
     WHERE block = new.server / 235;
END;

CREATE TRIGGER checkin_level AFTER UPDATE OF level ON checkin
WHEN new.level <> old.level BEGIN
    UPDATE server_what
       SET data = CAST(substr(data, 1, new.server % 250 * 16 + 12)
           || (SELECT char(l >> 21 & 127, l >> 14 & 127, l >> 7 & 127, l & 127)
                 FROM (SELECT min(max(new.level, 0), 268435455) AS l))
           || substr(data, new.server % 250 * 16 + 17) AS BLOB)
     WHERE block = new.server / 250;
END;

-- A server's term of one kind changes; texts without anything in them are
-- no terms and have the code 0.
CREATE VIEW server_restated AS
    SELECT 0 AS server, 0 AS kind, '' AS was, '' AS is_now WHERE 0;

CREATE TRIGGER server_restate INSTEAD OF INSERT ON server_restated BEGIN
    UPDATE server_term SET refs = refs - 1
     WHERE kind = new.kind AND text = new.was;
    INSERT INTO server_term (kind, text, refs)
        SELECT new.kind, new.is_now, 1
         WHERE replace(new.is_now, char(31), '') <> ''
        ON CONFLICT DO UPDATE SET refs = refs + 1;
    DELETE FROM server_term
     WHERE kind = new.kind AND text = new.was AND refs <= 0;
    UPDATE server_what
       SET data = CAST(substr(data, 1, new.server % 250 * 16 + 4 * new.kind)
           || coalesce((SELECT char(id >> 21 & 127, id >> 14 & 127,
                                    id >> 7 & 127, id & 127)
                          FROM server_term
                         WHERE kind = new.kind AND text = new.is_now),
                       zeroblob(4))
           || substr(data, new.server % 250 * 16 + 4 * new.kind + 5) AS BLOB)
     WHERE block = new.server / 250;
END;

CREATE TRIGGER facts_platform
AFTER UPDATE OF distro, distro_version, machine, virt ON facts
WHEN new.distro IS NOT old.distro
     OR new.distro_version IS NOT old.distro_version
     OR new.machine IS NOT old.machine OR new.virt IS NOT old.virt BEGIN
    INSERT INTO server_restated VALUES (new.server, 1,
        coalesce(old.distro, '') || char(31)
        || coalesce(old.distro_version, '') || char(31)
        || coalesce(old.machine, '') || char(31) || coalesce(old.virt, ''),
        coalesce(new.distro, '') || char(31)
        || coalesce(new.distro_version, '') || char(31)
        || coalesce(new.machine, '') || char(31) || coalesce(new.virt, ''));
END;

CREATE TRIGGER facts_kernel
AFTER UPDATE OF kernel_id, release, euname ON facts
WHEN new.kernel_id IS NOT old.kernel_id OR new.release IS NOT old.release
     OR new.euname IS NOT old.euname BEGIN
    INSERT INTO server_restated VALUES (new.server, 2,
        lower(hex(coalesce(old.kernel_id, x''))) || char(31)
        || coalesce(old.release, '') || char(31) || coalesce(old.euname, ''),
        lower(hex(coalesce(new.kernel_id, x''))) || char(31)
        || coalesce(new.release, '') || char(31) || coalesce(new.euname, ''));
END;

CREATE TRIGGER facts_gone AFTER DELETE ON facts BEGIN
    INSERT INTO server_restated VALUES (old.server, 1,
        coalesce(old.distro, '') || char(31)
        || coalesce(old.distro_version, '') || char(31)
        || coalesce(old.machine, '') || char(31) || coalesce(old.virt, ''),
        '');
    INSERT INTO server_restated VALUES (old.server, 2,
        lower(hex(coalesce(old.kernel_id, x''))) || char(31)
        || coalesce(old.release, '') || char(31) || coalesce(old.euname, ''),
        '');
END;

CREATE TRIGGER facts_name AFTER UPDATE OF hostname ON facts
WHEN new.hostname IS NOT old.hostname BEGIN
    UPDATE server_name
       SET data = CAST(substr(data, 1, new.server % 83 * 48)
           || substr(CAST(lower(coalesce(new.hostname, '')) || zeroblob(48)
                          AS BLOB), 1, 48)
           || substr(data, new.server % 83 * 48 + 49) AS BLOB)
     WHERE block = new.server / 83;
END;

CREATE TRIGGER facts_updated AFTER UPDATE OF updated ON facts
WHEN new.updated <> old.updated BEGIN
    UPDATE server_dates
       SET data = CAST(substr(data, 1, new.server % 400 * 10 + 5)
           || (SELECT char(u >> 28 & 127, u >> 21 & 127, u >> 14 & 127,
                           u >> 7 & 127, u & 127)
                 FROM (SELECT min(max(new.updated / 1000000, 0),
                                  34359738367) AS u))
           || substr(data, new.server % 400 * 10 + 11) AS BLOB)
     WHERE block = new.server / 400;
END;

CREATE TRIGGER tag_added AFTER INSERT ON tag BEGIN
    INSERT INTO tag_value VALUES (new.name, coalesce(new.value, ''),
                                  new.origin, 1)
        ON CONFLICT DO UPDATE SET servers = servers + 1;
    INSERT INTO tag_name (name, servers)
        VALUES (new.name, NOT EXISTS (
            SELECT 1 FROM tag WHERE server = new.server
               AND origin <> new.origin AND name = new.name))
        ON CONFLICT DO UPDATE SET servers = servers + excluded.servers;
END;

CREATE TRIGGER tag_revalued AFTER UPDATE OF value ON tag
WHEN new.value IS NOT old.value BEGIN
    UPDATE tag_value SET servers = servers - 1
     WHERE name = old.name AND value = coalesce(old.value, '')
       AND origin = old.origin;
    INSERT INTO tag_value VALUES (new.name, coalesce(new.value, ''),
                                  new.origin, 1)
        ON CONFLICT DO UPDATE SET servers = servers + 1;
    DELETE FROM tag_value
     WHERE name = old.name AND value = coalesce(old.value, '')
       AND origin = old.origin AND servers <= 0;
END;

CREATE TRIGGER tag_removed AFTER DELETE ON tag BEGIN
    UPDATE tag_value SET servers = servers - 1
     WHERE name = old.name AND value = coalesce(old.value, '')
       AND origin = old.origin;
    DELETE FROM tag_value
     WHERE name = old.name AND value = coalesce(old.value, '')
       AND origin = old.origin AND servers <= 0;
    UPDATE tag_name SET servers = servers - NOT EXISTS (
            SELECT 1 FROM tag WHERE server = old.server
               AND origin <> old.origin AND name = old.name)
     WHERE name = old.name;
    DELETE FROM tag_name WHERE name = old.name AND servers <= 0 AND made = 0;
END;
