/**
 * The same work in DuckDB: `duckdb.mjs FILE DATABASE RECIPE PACKAGES`. Prints `{ accepted, pairs }`.
 * Recipes: `csv` lets its CSV reader split at spaces, which minds quotes, and keeps no order; `csv-sorted` stores the
 * rows by address; `regexp` takes each line apart by one regular expression.
 * Plain JavaScript, as all that is measured. PACKAGES is the folder that has `node_modules` with `@duckdb/node-api`.
 */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const TEXTS = {
  request: 'VARCHAR',
  response_code: 'USMALLINT',
  response_flags: 'VARCHAR',
  mixer: 'VARCHAR',
  upstream_transport_failure_reason: 'VARCHAR',
  bytes_received: 'UBIGINT',
  bytes_sent: 'UBIGINT',
  duration: 'UINTEGER',
  upstream_service_time: 'VARCHAR',
  x_forwarded_for: 'VARCHAR',
  user_agent: 'VARCHAR',
  request_id: 'VARCHAR',
  authority: 'VARCHAR',
  upstream_host: 'VARCHAR',
  upstream_cluster: 'VARCHAR',
  upstream_local_address: 'VARCHAR',
  downstream_local_address: 'VARCHAR',
  downstream_remote_address: 'VARCHAR',
  requested_server_name: 'VARCHAR',
  route_name: 'VARCHAR',
};
const COLUMNS = { pod: 'VARCHAR', container: 'VARCHAR', start_time: 'TIMESTAMP', ...TEXTS };
const WORD = '(\\S+)';
const QUOTED = '"([^"]*)"';
const LINE = `^${WORD} ${WORD} \\[(\\S+)\\] ${QUOTED} ${WORD} ${WORD} ${QUOTED} ${QUOTED} ${WORD} ${WORD} ${WORD} ${WORD} ${QUOTED} ${QUOTED} ${QUOTED} ${QUOTED} ${QUOTED} ${WORD} ${WORD} ${WORD} ${WORD} ${WORD} ${WORD}$`;

const [file = '', path = '', recipe = 'csv', packages = ''] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(join(packages, 'package.json'))('@duckdb/node-api');
for (const suffix of ['', '.wal']) rmSync(path + suffix, { force: true });
const instance = await DuckDBInstance.create(path);
const connection = await instance.connect();
await connection.run('SET preserve_insertion_order = false');
await connection.run(`CREATE TABLE lines AS ${recipe === 'regexp' ? byRegexp() : byCsvReader()}`);
const accepted = await count('SELECT count(*) FROM lines');
const pairs = await count(`
  SELECT count(*) FROM lines AS o JOIN lines AS i
    ON o.upstream_local_address = i.downstream_remote_address AND o.upstream_host = i.downstream_local_address
  WHERE NOT starts_with(o.upstream_cluster, 'inbound|') AND o.upstream_local_address <> '-'
    AND i.start_time <= o.start_time + to_milliseconds(o.duration + 1000)
    AND o.start_time <= i.start_time + to_milliseconds(i.duration + 1000)`);
await connection.run('CHECKPOINT');
connection.closeSync();
instance.closeSync();
process.stdout.write(`${JSON.stringify({ accepted, pairs })}\n`);

function byCsvReader() {
  const columns = Object.entries(COLUMNS).map(([name, type]) => `'${name}': '${type}'`);
  const source = `read_csv('${file}', delim = ' ', quote = '"', escape = '"', header = false, auto_detect = false,
    timestampformat = '[%Y-%m-%dT%H:%M:%S.%gZ]', columns = {${columns.join(', ')}})`;
  const order = recipe === 'csv-sorted' ? 'ORDER BY upstream_local_address, downstream_remote_address' : '';
  return `SELECT * FROM ${source} ${order}`;
}

function byRegexp() {
  const names = Object.keys(COLUMNS);
  const values = Object.entries(COLUMNS).map(([name, type]) => `CAST(f.${name} AS ${type}) AS ${name}`);
  // No line has this character, so that the reader takes each as one column.
  const source = `read_csv('${file}', delim = '\x01', quote = '', escape = '', header = false, auto_detect = false, columns = {'line': 'VARCHAR'})`;
  const list = names.map((name) => `'${name}'`).join(', ');
  return `SELECT ${values.join(', ')} FROM (SELECT regexp_extract(line, '${LINE}', [${list}]) AS f FROM ${source})`;
}

async function count(sql) {
  const reader = await connection.runAndReadAll(sql);
  return Number(reader.getRows()[0][0]);
}
