/**
 * The same work in ClickHouse: `chdb.mjs FILE FOLDER RECIPE PACKAGES`. Prints `{ accepted, pairs }`.
 * Recipes: `split` cuts at every space and counts from both ends, so that it does not mind quotes; `separated` lets its
 * reader of separated values split, which does; `groups` takes each line apart by one regular expression.
 * All store by the client's address, which costs it nothing. Nothing is forced to the disk, as is its default.
 * Plain JavaScript, as all that is measured. PACKAGES is the folder that has `node_modules` with `chdb`.
 */
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const WORD = '([^ ]*)';
const QUOTED = '"([^"]*)"';
const LINE = `^${WORD} ${WORD} ${WORD} ${QUOTED} ${WORD} ${WORD} ${QUOTED} ${QUOTED} ${WORD} ${WORD} ${WORD} ${WORD} ${QUOTED} ${QUOTED} ${QUOTED} ${QUOTED} ${QUOTED} ${WORD} ${WORD} ${WORD} ${WORD} ${WORD} ${WORD}$`;
const NAME = 'LowCardinality(String)';

const [file = '', folder = '', recipe = 'split', packages = ''] = process.argv.slice(2);
const { Session } = createRequire(join(packages, 'package.json'))('chdb');
rmSync(folder, { recursive: true, force: true });
const session = new Session(folder);
session.query('CREATE DATABASE bench ENGINE = Atomic');
session.query(`
  CREATE TABLE bench.lines (
    pod ${NAME}, container ${NAME}, start_time DateTime64(3, 'UTC'), request ${NAME}, response_code UInt16,
    response_flags ${NAME}, mixer ${NAME}, upstream_transport_failure_reason ${NAME}, bytes_received UInt64,
    bytes_sent UInt64, duration UInt32, upstream_service_time ${NAME}, x_forwarded_for ${NAME}, user_agent ${NAME},
    request_id ${NAME}, authority ${NAME}, upstream_host ${NAME}, upstream_cluster ${NAME},
    upstream_local_ip ${NAME}, upstream_local_port UInt16, downstream_local_address ${NAME},
    downstream_remote_ip ${NAME}, downstream_remote_port UInt16, requested_server_name ${NAME}, route_name ${NAME}
  ) ENGINE = MergeTree ORDER BY (upstream_local_ip, upstream_local_port)`);
session.query(`INSERT INTO bench.lines ${{ split, separated, groups }[recipe]()}`);
const accepted = count('SELECT count() FROM bench.lines');
const pairs = count(`
  SELECT count() FROM (
    SELECT upstream_local_ip AS ip, upstream_local_port AS port, ${unquoted('upstream_host')} AS host, start_time, duration
    FROM bench.lines WHERE NOT startsWith(upstream_cluster, 'inbound|') AND upstream_local_ip != '-'
  ) AS o JOIN (
    SELECT downstream_remote_ip AS ip, downstream_remote_port AS port, downstream_local_address AS host, start_time, duration
    FROM bench.lines WHERE startsWith(upstream_cluster, 'inbound|')
  ) AS i ON o.ip = i.ip AND o.port = i.port AND o.host = i.host
  WHERE i.start_time <= o.start_time + toIntervalMillisecond(o.duration + 1000)
    AND o.start_time <= i.start_time + toIntervalMillisecond(i.duration + 1000)`);
process.stdout.write(`${JSON.stringify({ accepted, pairs })}\n`);

/** Of 25 words; a reason with spaces has more, and what follows it is counted from the end. */
function split() {
  const reason = `if(length(f) = 25, f[10], arrayStringConcat(arraySlice(f, 10, length(f) - 24), ' '))`;
  return `
    SELECT f[1], f[2], ${time('f[3]')}, concat(f[4], ' ', f[5], ' ', f[6]), toUInt16(f[7]), f[8], f[9], ${reason},
      toUInt64(f[-15]), toUInt64(f[-14]), toUInt32(f[-13]), f[-12], f[-11], f[-10], f[-9], f[-8], f[-7], f[-6],
      ${address('f[-5]')}, f[-4], ${address('f[-3]')}, f[-2], f[-1]
    FROM (SELECT splitByChar(' ', line) AS f FROM file('${file}', 'LineAsString', 'line String'))`;
}

function separated() {
  const columns = Array.from({ length: 23 }, (_, index) => `c${index + 1} String`).join(', ');
  return `
    SELECT ${typed((index) => `c${index}`)} FROM file('${file}', 'CustomSeparated', '${columns}')
    SETTINGS format_custom_field_delimiter = ' ', format_custom_escaping_rule = 'CSV', format_csv_delimiter = ' ',
      input_format_csv_trim_whitespaces = 0, input_format_custom_detect_header = 0, format_csv_allow_single_quotes = 0`;
}

function groups() {
  return `
    SELECT ${typed((index) => `f[${index}]`)}
    FROM (SELECT extractGroups(line, '${LINE}') AS f FROM file('${file}', 'LineAsString', 'line String'))`;
}

/** The 23 quoted or plain words of a line, as the table wants them. */
function typed(word) {
  const texts = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => word(from + index));
  return [
    ...[word(1), word(2), time(word(3)), word(4), `toUInt16(${word(5)})`, ...texts(6, 8)],
    ...[`toUInt64(${word(9)})`, `toUInt64(${word(10)})`, `toUInt32(${word(11)})`, ...texts(12, 18)],
    ...[address(word(19)), word(20), address(word(21)), word(22), word(23)],
  ].join(', ');
}

function time(word) {
  return `toDateTime64(substring(${word}, 2, 23), 3, 'UTC')`;
}

function address(word) {
  return `splitByChar(':', ${word})[1], toUInt16OrZero(splitByChar(':', ${word})[2])`;
}

function unquoted(column) {
  return recipe === 'split' ? `substring(${column}, 2, length(${column}) - 2)` : column;
}

function count(sql) {
  return Number(session.query(sql));
}
