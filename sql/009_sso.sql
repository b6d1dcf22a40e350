-- Single sign-on. Who a user is at the OpenID provider is what the provider
-- says never changes: the subject, at that issuer.
CREATE TABLE sso_identity (
    user_id INTEGER PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
    issuer  TEXT NOT NULL,
    subject TEXT NOT NULL,
    UNIQUE (issuer, subject)
) STRICT;

-- Logins that came back from the provider: none may come back twice. A row is
-- needed as long as the login could still be taken for a new one.
CREATE TABLE sso_used (
    hash    BLOB PRIMARY KEY,             -- SHA-256 of the browser's secret
    expires INTEGER NOT NULL              -- microseconds
) STRICT, WITHOUT ROWID;
CREATE INDEX sso_used_expires ON sso_used (expires);

-- What some providers want to see again when a session ends.
CREATE TABLE sso_session (
    session_id INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
    id_token   TEXT NOT NULL
) STRICT;
