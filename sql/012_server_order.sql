-- Lists of a million servers that begin with all of them, that are sorted by
-- host name, or that a tag selects: each reads some megabytes at most.
--
-- Sets of servers are bytes, too, as in sql/005. The first byte of a record is
-- above 64 and the others are not, so that instr() finds none across two.

-- 1 for each local id that there is, 4000 servers.
CREATE TABLE server_there (
    block INTEGER PRIMARY KEY,
    data  BLOB NOT NULL
) STRICT;

-- Servers that have a host name, in its order: a row has those whose keys are
-- not below first, and below that of the next row, in any order, at most 185.
-- A key is the name as in server_name and the id, which is a record of 5
-- bytes. There is always a row whose first is empty.
CREATE TABLE server_order (
    first BLOB PRIMARY KEY,
    ids   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Servers that have a tag from one side (value '': none), by 400 local ids,
-- records of 2 bytes for each.
CREATE TABLE tag_servers (
    origin TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    block  INTEGER NOT NULL,
    ids    BLOB NOT NULL,
    PRIMARY KEY (origin, name, value, block)
) STRICT, WITHOUT ROWID;

-- 0 to 185: the records that a row of server_order may have.
CREATE TABLE server_slot (
    i INTEGER PRIMARY KEY
) STRICT;

INSERT INTO server_slot
    WITH RECURSIVE slot (i) AS (
        VALUES (0) UNION ALL SELECT i + 1 FROM slot WHERE i < 185)
    SELECT i FROM slot;

CREATE TRIGGER server_there_added AFTER INSERT ON server BEGIN
    INSERT INTO server_there VALUES (new.id / 4000, zeroblob(4000))
        ON CONFLICT DO NOTHING;
    UPDATE server_there
       SET data = CAST(substr(data, 1, new.id % 4000) || char(1)
           || substr(data, new.id % 4000 + 2) AS BLOB)
     WHERE block = new.id / 4000;
END;

CREATE TRIGGER server_there_gone AFTER DELETE ON server BEGIN
    UPDATE server_there
       SET data = CAST(substr(data, 1, old.id % 4000) || zeroblob(1)
           || substr(data, old.id % 4000 + 2) AS BLOB)
     WHERE block = old.id / 4000;
    DELETE FROM server_there
     WHERE block = old.id / 4000 AND data = zeroblob(4000);
END;

-- The keys of those that have names.
CREATE VIEW server_order_key AS
    SELECT server,
           CAST(substr(CAST(lower(hostname) || zeroblob(48) AS BLOB), 1, 48)
                || char(65 + (server >> 24 & 31), 1 + (server >> 18 & 63),
                        1 + (server >> 12 & 63), 1 + (server >> 6 & 63),
                        1 + (server & 63)) AS BLOB) AS key
      FROM facts WHERE hostname <> '';

-- What the rows of server_order have, with their keys of now.
CREATE VIEW server_order_entry AS
    SELECT o.first, substr(o.ids, n.i * 5 + 1, 5) AS id, k.key
      FROM server_order o
     CROSS JOIN server_slot n ON n.i < length(o.ids) / 5
     CROSS JOIN server_order_key k ON k.server =
           (unicode(CAST(substr(o.ids, n.i * 5 + 1, 1) AS TEXT)) - 65) * 16777216
         + (unicode(CAST(substr(o.ids, n.i * 5 + 2, 1) AS TEXT)) - 1) * 262144
         + (unicode(CAST(substr(o.ids, n.i * 5 + 3, 1) AS TEXT)) - 1) * 4096
         + (unicode(CAST(substr(o.ids, n.i * 5 + 4, 1) AS TEXT)) - 1) * 64
         + unicode(CAST(substr(o.ids, n.i * 5 + 5, 1) AS TEXT)) - 1;

-- Keys are put in and taken out by inserting into these.
CREATE VIEW server_named AS SELECT x'' AS key WHERE 0;
CREATE VIEW server_unnamed AS SELECT x'' AS key WHERE 0;

CREATE TRIGGER server_order_in INSTEAD OF INSERT ON server_named BEGIN
    UPDATE server_order SET ids = CAST(ids || substr(new.key, 49) AS BLOB)
     WHERE first = (SELECT max(first) FROM server_order
                     WHERE first <= new.key);
END;

CREATE TRIGGER server_order_out INSTEAD OF INSERT ON server_unnamed BEGIN
    UPDATE server_order
       SET ids = CAST(substr(ids, 1, instr(ids, substr(new.key, 49)) - 1)
           || substr(ids, instr(ids, substr(new.key, 49)) + 5) AS BLOB)
     WHERE first = (SELECT max(first) FROM server_order
                     WHERE first <= new.key)
       AND instr(ids, substr(new.key, 49)) > 0;
    DELETE FROM server_order
     WHERE first = (SELECT max(first) FROM server_order
                     WHERE first <= new.key)
       AND first <> x'' AND ids = x'';
END;

-- A row that has become too long is halved. When the last one to come is the
-- greatest, it moves alone: names are often given in ascending order, and
-- halves would stay halves.
CREATE TRIGGER server_order_full AFTER UPDATE OF ids ON server_order
WHEN length(new.ids) > 925 AND length(new.ids) > length(old.ids) BEGIN
    INSERT INTO server_order
        SELECT min(key), CAST(group_concat(id, '') AS BLOB)
          FROM (SELECT id, key FROM server_order_entry
                 WHERE first = new.first ORDER BY key
                 LIMIT -1 OFFSET iif(
                       (SELECT id FROM server_order_entry
                         WHERE first = new.first
                         ORDER BY key DESC LIMIT 1) = substr(new.ids, -5),
                       185, 93));
    UPDATE server_order
       SET ids = (SELECT CAST(group_concat(id, '') AS BLOB)
                    FROM server_order_entry
                   WHERE first = new.first
                     AND key < (SELECT min(first) FROM server_order
                                 WHERE first > new.first))
     WHERE first = new.first;
END;

CREATE TRIGGER facts_order_added AFTER INSERT ON facts
WHEN new.hostname <> '' BEGIN
    INSERT INTO server_named SELECT key FROM server_order_key
     WHERE server = new.server;
END;

CREATE TRIGGER facts_order_renamed AFTER UPDATE OF hostname ON facts
WHEN new.hostname IS NOT old.hostname BEGIN
    INSERT INTO server_unnamed
        SELECT CAST(substr(CAST(lower(old.hostname) || zeroblob(48) AS BLOB),
                           1, 48)
                    || char(65 + (old.server >> 24 & 31),
                            1 + (old.server >> 18 & 63),
                            1 + (old.server >> 12 & 63),
                            1 + (old.server >> 6 & 63),
                            1 + (old.server & 63)) AS BLOB)
         WHERE old.hostname <> '';
    INSERT INTO server_named SELECT key FROM server_order_key
     WHERE server = new.server;
END;

CREATE TRIGGER facts_order_gone AFTER DELETE ON facts
WHEN old.hostname <> '' BEGIN
    INSERT INTO server_unnamed
        SELECT CAST(substr(CAST(lower(old.hostname) || zeroblob(48) AS BLOB),
                           1, 48)
                    || char(65 + (old.server >> 24 & 31),
                            1 + (old.server >> 18 & 63),
                            1 + (old.server >> 12 & 63),
                            1 + (old.server >> 6 & 63),
                            1 + (old.server & 63)) AS BLOB);
END;

CREATE TRIGGER tag_servers_added AFTER INSERT ON tag BEGIN
    INSERT INTO tag_servers
        VALUES (new.origin, new.name, coalesce(new.value, ''),
                new.server / 400,
                CAST(char(65 + new.server % 400 / 32, 1 + new.server % 400 % 32)
                     AS BLOB))
        ON CONFLICT DO UPDATE SET ids = CAST(ids || excluded.ids AS BLOB);
END;

CREATE TRIGGER tag_servers_revalued AFTER UPDATE OF value ON tag
WHEN new.value IS NOT old.value BEGIN
    UPDATE tag_servers
       SET ids = CAST(replace(CAST(ids AS TEXT), char(
               65 + old.server % 400 / 32, 1 + old.server % 400 % 32), '')
               AS BLOB)
     WHERE origin = old.origin AND name = old.name
       AND value = coalesce(old.value, '') AND block = old.server / 400;
    DELETE FROM tag_servers
     WHERE origin = old.origin AND name = old.name
       AND value = coalesce(old.value, '') AND block = old.server / 400
       AND ids = x'';
    INSERT INTO tag_servers
        VALUES (new.origin, new.name, coalesce(new.value, ''),
                new.server / 400,
                CAST(char(65 + new.server % 400 / 32, 1 + new.server % 400 % 32)
                     AS BLOB))
        ON CONFLICT DO UPDATE SET ids = CAST(ids || excluded.ids AS BLOB);
END;

CREATE TRIGGER tag_servers_removed AFTER DELETE ON tag BEGIN
    UPDATE tag_servers
       SET ids = CAST(replace(CAST(ids AS TEXT), char(
               65 + old.server % 400 / 32, 1 + old.server % 400 % 32), '')
               AS BLOB)
     WHERE origin = old.origin AND name = old.name
       AND value = coalesce(old.value, '') AND block = old.server / 400;
    DELETE FROM tag_servers
     WHERE origin = old.origin AND name = old.name
       AND value = coalesce(old.value, '') AND block = old.server / 400
       AND ids = x'';
END;

-- What there is already.
INSERT INTO server_there
    WITH RECURSIVE slot (i) AS (
        VALUES (0) UNION ALL SELECT i + 1 FROM slot WHERE i < 3999)
    SELECT b.block, (SELECT CAST(group_concat(r.record, '') AS BLOB) FROM (
        SELECT iif(EXISTS (SELECT 1 FROM server
                            WHERE id = b.block * 4000 + slot.i),
                   char(1), zeroblob(1)) AS record
          FROM slot ORDER BY slot.i) r)
      FROM (SELECT DISTINCT id / 4000 AS block FROM server) b;

INSERT INTO server_order VALUES (x'', x'');
INSERT INTO server_order
    SELECT iif(part = 0, x'', min(key)),
           CAST(group_concat(substr(key, 49), '') AS BLOB)
      FROM (SELECT key, (row_number() OVER (ORDER BY key) - 1) / 140 AS part
              FROM server_order_key)
     GROUP BY part
    ON CONFLICT DO UPDATE SET ids = excluded.ids;

INSERT INTO tag_servers
    SELECT origin, name, coalesce(value, ''), server / 400,
           CAST(group_concat(char(65 + server % 400 / 32,
                                  1 + server % 400 % 32), '') AS BLOB)
      FROM tag GROUP BY 1, 2, 3, 4;
