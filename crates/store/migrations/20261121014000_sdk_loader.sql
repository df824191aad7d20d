-- What the loader script of a key loads: JSON, in which what is absent is off or the newest.
ALTER TABLE project_keys ADD COLUMN sdk_loader TEXT NOT NULL DEFAULT '{}';
