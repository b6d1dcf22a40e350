-- Who is logged in, the use of API tokens, and the throttle of logins. All of
-- it is of this node alone and never replicated: that is why a token's last
-- use and a user's last login are no columns of rows that are.

-- A number is never used twice: a list of sessions may be old when one of it
-- is ended.
CREATE TABLE session (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB NOT NULL UNIQUE,      -- SHA-256 of the cookie's value
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    created    INTEGER NOT NULL,
    seen       INTEGER NOT NULL,          -- last request, about
    ip         BLOB,                      -- 4 or 16 bytes
    user_agent TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX session_user ON session (user_id, id);

CREATE TABLE user_login (
    user_id INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
    time    INTEGER NOT NULL
) STRICT;

-- The end of a token, by which its owner knows it again.
ALTER TABLE token ADD COLUMN tail TEXT NOT NULL DEFAULT '';

CREATE TABLE token_use (
    token_id TEXT PRIMARY KEY REFERENCES token (id) ON DELETE CASCADE,
    time     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Bad credentials by who sent them and whom they named.
CREATE TABLE throttle (
    kind     TEXT NOT NULL CHECK (kind IN ('address', 'account', 'token')),
    name     TEXT NOT NULL,               -- address or network, or user name
    failures INTEGER NOT NULL,
    last     INTEGER NOT NULL,            -- microseconds
    until    INTEGER NOT NULL,            -- nobody is heard before
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX throttle_last ON throttle (kind, last);

-- From where somebody has logged in: what others do to his account does not
-- slow him down there.
CREATE TABLE user_address (
    user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name    TEXT NOT NULL,                -- as in throttle
    time    INTEGER NOT NULL,
    PRIMARY KEY (user_id, name)
) STRICT, WITHOUT ROWID;
