/** The first place in [from, to) that passes, where all behind one that passes do as well; `to` where none does. */
export function firstWhere(from: number, to: number, passes: (place: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
