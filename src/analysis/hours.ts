/** A stretch of whole hours. */

/** Hours since the epoch, from the first up to the second, which is not in it. */
export interface Hours {
  readonly from: number;
  readonly to: number;
}
