-- H2 commits with each statement: IF NOT EXISTS, so that a start that died in the middle is
-- finished by the next one.
-- Lists, counts and ages are asked by state and route: a route with a million that have succeeded is
-- not read for the few that wait, nor a million that wait for the few of a route.
DROP INDEX IF EXISTS operation_by_route;
CREATE INDEX IF NOT EXISTS operation_by_state_and_route ON operation (state, route, created_at, id);
