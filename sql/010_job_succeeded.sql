-- When a job went well for the last time: of its other columns only the last
-- run, good or bad, can be told. 0: never since this column is there.
ALTER TABLE job ADD COLUMN succeeded INTEGER NOT NULL DEFAULT 0;
UPDATE job SET succeeded = ended WHERE failures = 0 AND ended > 0;
