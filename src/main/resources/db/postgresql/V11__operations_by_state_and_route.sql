-- Lists, counts and ages are asked by state and route: a route with a million that have succeeded is
-- not read for the few that wait, nor a million that wait for the few of a route.
DROP INDEX operation_by_route;
CREATE INDEX operation_by_state_and_route ON operation (state, route, created_at, id);
