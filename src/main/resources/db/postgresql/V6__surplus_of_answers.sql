-- What counts against a scope's share are its answers; the index says so, newest first.
DROP INDEX keyed_request_scope;
CREATE INDEX keyed_request_scope ON keyed_request (scope, state, created_at DESC, request_key);
