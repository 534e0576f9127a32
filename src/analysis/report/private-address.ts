/** Addresses that are nobody's in the internet. */

/** Ranges that are nobody's in the internet: pods, machines beside the cluster, either. Source: RFC 1918, 6598, 4193, 3927. */
export function isPrivate(ip: string): boolean {
  return (
    /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
      ip,
    ) || /^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/.test(ip)
  );
}
