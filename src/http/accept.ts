/** Which of several forms a client asks for. */

/** The form of the media type with the highest quality that there is; `otherwise` where nothing is said that we know. */
export function chooseByAccept<T>(
  accept: string | undefined,
  forms: Readonly<Record<string, T>>,
  otherwise: T,
): T {
  let best = otherwise;
  let bestQuality = 0;
  for (const part of (accept ?? '').slice(0, 1_000).split(',')) {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const form = Object.hasOwn(forms, type) ? forms[type] : undefined;
    const quality = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    if (form !== undefined && quality > bestQuality) {
      best = form;
      bestQuality = quality;
    }
  }
  return best;
}
