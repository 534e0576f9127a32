/** Colours for a terminal; {@link NO_PAINT} for everything else. The only escape sequences in any output. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

const same = (text: string): string => text;

export const NO_PAINT: Paint = { bold: same, dim: same, red: same, yellow: same, cyan: same };
