/** Every bound of the program, with its unit and what happens past it. */

/** Bytes in one line; a longer one is rejected as `line_too_long` and the following line is read normally. */
export const LINE_BYTES_MAX = 262_144;
/** Characters of a rejected line that are kept and shown; the rest is cut. */
export const REJECT_TEXT_MAX = 4_096;
/** Rejected lines shown in a tally or an answer; all are counted. */
export const REJECTS_SHOWN_MAX = 20;
/** Lines in one store transaction when input comes fast; of these, lines like no other, which take more memory. */
export const BATCH_LINES_MAX = 65_536;
export const BATCH_ALONE_MAX = 16_384;
/** Batches of one input that are on their way to the store at once; reading waits past it. */
export const BATCHES_IN_FLIGHT_MAX = 3;
/** Milliseconds that an accepted line may wait for its transaction when input comes slowly. */
export const BATCH_AGE_MS_MAX = 250;
/** Bytes of a decompressed request body that is not streamed; larger ones are refused with 413. */
export const BODY_BYTES_MAX = 20 * 1024 * 1024;
/** Values in a request body that is one JSON document; more are refused with 413. */
export const BODY_VALUES_MAX = 2_000_000;
/** Records in a request body that is not streamed; more are refused with 413. */
export const BODY_RECORDS_MAX = 262_144;
/** Bytes of all request bodies that are held at once; a further one is refused with 429 and is to be sent again. */
export const HELD_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of a decompressed `_bulk` body; more are refused with 413, as Elasticsearch does by default. */
export const BULK_BYTES_MAX = 100 * 1024 * 1024;
/** Operations in one `_bulk` body; more are refused with 413. */
export const BULK_ITEMS_MAX = 100_000;
/** Streams of Envoy's access log service at once; further ones are refused, and Envoy comes again. */
export const ALS_STREAMS_MAX = 4_096;
/** Bytes in one message of such a stream (Envoy sends 16 KiB at once); a stream with a longer one is ended. */
export const ALS_MESSAGE_BYTES_MAX = 4 * 1024 * 1024;
/** Characters of the labels of a Loki stream; longer ones are refused with 400. */
export const LABELS_LENGTH_MAX = 65_536;
/** Items on one page of a list. */
export const PAGE_ITEMS_DEFAULT = 100;
export const PAGE_ITEMS_MAX = 10_000;
/** Points in one answer of time series; more are refused with 400. */
export const POINTS_MAX = 500_000;
/** Edges of a topology, unless a smaller number is asked for; those with fewer connections are left out and counted. */
export const EDGES_DEFAULT = 1_000;
/** As that, for Grafana's node graph: its panel becomes unreadable before. */
export const GRAPH_EDGES_DEFAULT = 300;
/** Sample lines and evidence texts in one incident. */
export const SAMPLE_LINES_MAX = 10;
/** Lines that one request may look through for a filter that the store cannot apply; the page then ends early. */
export const SCAN_LINES_MAX = 100_000;
/** Lines that the routing model reads one by one to order alternating states; past it hours are told apart only. */
export const EXACT_LINES_MAX = 200_000;
/** Lines that coverage reads one by one to tell late ones from missing ones; past it, hours are judged by their end. */
export const COVERAGE_LINES_MAX = 50_000;
/** Names listed in one cell of coverage, and commands that it proposes; past it, the rest is not listed. */
export const COVERAGE_NAMES_MAX = 20;
/** Sources and destinations listed in one incident; further ones are counted in its evidence. */
export const INCIDENT_MEMBERS_MAX = 200;
/** Waiting pieces of split lines in one stream; the oldest is rejected past it. */
export const PARTIAL_STREAMS_MAX = 1_024;
/** Nesting of a JSON line; deeper ones are rejected as `invalid_json`. */
export const JSON_DEPTH_MAX = 64;
/** Attributes kept beside the known fields of one line; further ones are dropped. */
export const ATTRIBUTES_MAX = 64;
/** Start times accepted: 2000-01-01 to 2100-01-01, ms since the epoch; others are rejected as `out_of_range`. */
export const START_TIME_MIN = 946_684_800_000;
export const START_TIME_MAX = 4_102_444_800_000;
/** Largest count kept exactly (JavaScript and SQLite agree up to here); larger ones are rejected as `bad_number`. */
export const COUNT_MAX = Number.MAX_SAFE_INTEGER;
/** Pods and containers that one parser keeps apart by object; past it, it begins anew and makes new objects. */
export const IDENTITIES_MAX = 262_144;
/** Ingest requests that are read and stored at once; further ones wait, and are refused with 429 when that takes longer than the second, ms. */
export const INGEST_REQUESTS_MAX = 16;
export const INGEST_WAIT_MS_MAX = 1_000;
/** Milliseconds that a batch waits for another program that writes to the database; then it is refused with 503. */
export const LOCK_WAIT_MS_MAX = 15_000;
/** Bytes to leave free on the disk; below it lines are refused with 503, until there is space again. */
export const DISK_FLOOR_BYTES = 64 * 1024 * 1024;
/** How long lines are kept with --retention, ms: less would forget them before anybody has looked, more is a slip. */
export const RETENTION_MS_MIN = 3_600_000;
export const RETENTION_MS_MAX = 100 * 365 * 86_400_000;
/** Milliseconds that requests under way get to end after the signal to stop; then the process ends with an error. */
export const DRAIN_MS_MAX = 10_000;
/** As that, after the disk has failed: nothing that is under way can succeed any more. */
export const FAILED_DRAIN_MS_MAX = 3_000;
/** Connections to the HTTP port at once; further ones are closed. */
export const CONNECTIONS_MAX = 1_024;
/** Bytes of a request's line and headers; more are refused with 431. */
export const HEADER_BYTES_MAX = 16 * 1024;
/** Requests on one connection; then it is closed. */
export const REQUESTS_PER_CONNECTION_MAX = 10_000;
/** Milliseconds that a connection may be idle between two requests, and within one. */
export const IDLE_MS_MAX = 72_000;
export const SILENT_MS_MAX = 120_000;
/** Bytes that a sender has to send for each second beyond the pauses it may make; slower ones are refused with 408. */
export const BODY_BYTES_PER_SECOND_MIN = 1_024;
/** Milliseconds that the clock may jump between two looks for lines that are too old; past it none are forgotten this time. */
export const CLOCK_JUMP_MS_MAX = 600_000;
/** Lines in the evidence of one incident, and bytes of their text; past either, lines far from the onset are left out and that is told. */
export const EVIDENCE_LINES_MAX = 20_000;
export const EVIDENCE_BYTES_MAX = 16 * 1024 * 1024;
/** Documents of evidence that are put together at once; further requests are refused with 429. */
export const EVIDENCE_AT_ONCE_MAX = 2;
/** Bytes of a document of evidence that is read back; a larger one is refused. */
export const EVIDENCE_FILE_BYTES_MAX = 128 * 1024 * 1024;
/** Steps of the timeline in a document of evidence. */
export const TIMELINE_STEPS_MAX = 120;
/** Readers of events at once; further ones are refused with 429. */
export const SUBSCRIBERS_MAX = 64;
/** Bytes that wait for one reader of events; one that falls behind by more is cut off. */
export const EVENT_BUFFER_BYTES_MAX = 1024 * 1024;
/** Events that are kept for readers who come back with `Last-Event-ID`; past it they are told to read the lists again. */
export const EVENTS_KEPT_MAX = 1_000;
/** Incidents, and shifts, that are told at once; how many more there were is told as well. */
export const EVENTS_PER_LOOK_MAX = 200;
/** Milliseconds between two looks for what is new, and between two comments that keep a connection open. */
export const EVENT_LOOK_MS = 500;
export const EVENT_HEARTBEAT_MS = 15_000;
/** Milliseconds that looking goes on without readers. */
export const EVENT_LINGER_MS = 300_000;
/** Milliseconds between two events that tell that one incident has grown. */
export const INCIDENT_EVENT_MS_MIN = 5_000;
/** Connections that are told to one reader at once, and start times and seconds of lines that are looked at; the rest is counted. */
export const CONNECTION_EVENTS_PER_LOOK_MAX = 100;
export const ARRIVALS_MAX = 2_000;
export const TAIL_SECONDS_MAX = 20;
/** Items in each list of a report, and names in each row; the largest are shown and all are counted. */
export const REPORT_ITEMS_MAX = 20;
export const REPORT_NAMES_MAX = 5;
/** Bytes of the configuration file; a larger one is refused. */
export const CONFIG_BYTES_MAX = 1024 * 1024;
/** How long the reports of a schedule are kept unless it says otherwise, ms, and how many of them at most. */
export const REPORT_KEEP_MS_DEFAULT = 90 * 86_400_000;
export const REPORTS_KEPT_MAX = 10_000;
/** Reports that were asked for and are kept; older ones go first. */
export const ASKED_REPORTS_MAX = 100;
/** Reports that are made at once because they were asked for; further requests are refused with 429. */
export const REPORTS_AT_ONCE_MAX = 1;
/** Missed times of a schedule that are counted one by one. */
export const MISSED_COUNTED_MAX = 1_000;
/** Tries of one delivery, about a day of them; then it has failed. */
export const DELIVERY_TRIES_MAX = 36;
/** Milliseconds between the first try and the second, then twice as long each time, up to the second number. */
export const RETRY_MS_FIRST = 2_000;
export const RETRY_MS_MAX = 3_600_000;
/** Milliseconds that a target may ask to wait with `Retry-After`; longer is taken for this. */
export const RETRY_AFTER_MS_MAX = 86_400_000;
/** Milliseconds that one try may take, and bytes that are read of the answer. */
export const DELIVERY_MS_MAX = 30_000;
export const ANSWER_BYTES_MAX = 65_536;
/** Characters of an error of a delivery that are kept. */
export const DELIVERY_ERROR_MAX = 500;
/** Open incidents that are told as alerts at once; the worst first. */
export const ALERTS_MAX = 500;
/** Characters of one annotation of an alert. */
export const ANNOTATION_MAX = 2_000;
/** Milliseconds that a report that is being made, or on its way, gets to end after the signal to stop; it is made again. */
export const OFFICE_MS_MAX = 3_000;
