-- name: connection
SELECT name AS value FROM connection ORDER BY name;

-- name: code
SELECT DISTINCT code AS value FROM hold ORDER BY code;

-- name: owner
SELECT DISTINCT owner AS value FROM hold ORDER BY owner;

-- name: need
SELECT DISTINCT need AS value FROM hold WHERE need IS NOT NULL ORDER BY need;

-- name: kind
SELECT DISTINCT kind AS value FROM message ORDER BY kind;

-- name: subject
SELECT DISTINCT subject AS value FROM audit ORDER BY subject;
