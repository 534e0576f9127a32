/** The page of the benchmarks: each part of it is written by the command that measures it, and leaves the others alone. */

/** In the order of the page. */
export const SECTIONS = [
  'Ingest, and the same work elsewhere',
  'Where the time goes',
  'Endpoints',
  'Reports',
  'The web page',
  'How long a sender waits',
  'A long stream',
  'On top of much history',
  'Old lines dropped while new ones come',
] as const;
export type Section = (typeof SECTIONS)[number];

const HEAD = `# Benchmarks

Each part is written by the command that it names. Wall times depend on what else a machine does, and ratios of runs in
turn much less so: compare these. [benchmarks-follow.md](benchmarks-follow.md) has what a further batch costs to judge.
`;

/** The page with this part new, and all others as they were. `page` is empty at first. */
export function replaceSection(page: string, section: Section, body: string): string {
  const parts = new Map<Section, string>(
    SECTIONS.flatMap((name) => {
      const old = sectionOf(page, name);
      return old === null ? [] : [[name, old]];
    }),
  );
  parts.set(section, body.trim());
  const texts = SECTIONS.flatMap((name) => {
    const text = parts.get(name);
    return text === undefined ? [] : [`## ${name}\n\n${text}\n`];
  });
  return [HEAD, ...texts].join('\n');
}

function sectionOf(page: string, name: Section): string | null {
  const begins = page.indexOf(`\n## ${name}\n`);
  if (begins < 0) return null;
  const from = begins + `\n## ${name}\n`.length;
  const ends = page.indexOf('\n## ', from);
  return page.slice(from, ends < 0 ? page.length : ends).trim();
}
