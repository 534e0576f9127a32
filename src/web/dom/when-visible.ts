/** Work that has time until the page can be seen. */

/** Answers how to ask for the work: it is done at once, or, in a tab that is hidden, when that is looked at again. */
export function whenVisible(work: () => void, signal: AbortSignal): () => void {
  let isOwed = false;
  const ask = (): void => {
    isOwed = document.visibilityState !== 'visible';
    if (!isOwed) work();
  };
  document.addEventListener('visibilitychange', () => (isOwed ? ask() : undefined), { signal });
  return ask;
}
