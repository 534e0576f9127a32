/** Columns of the table `shape`: ids of texts, in the order in which they are held in memory. */
export const COLUMNS = [
  'pod_id',
  'namespace_id',
  'container_id',
  'node_id',
  'format_id',
  'envelope_id',
  'upstream_cluster_id',
  'upstream_host_id',
  'upstream_local_host_id',
  'downstream_local_address_id',
  'downstream_remote_host_id',
  'requested_server_name_id',
  'response_flags_id',
  'detail_id',
] as const;
export type Columns = Readonly<Record<(typeof COLUMNS)[number], number | null>>;

/** A row of the table. */
export type StoredShape = Columns & { readonly id: number };

/** Place of each column. */
export const COLUMN = Object.fromEntries(COLUMNS.map((column, index) => [column, index])) as Readonly<
  Record<(typeof COLUMNS)[number], number>
>;
