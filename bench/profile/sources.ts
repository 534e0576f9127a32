/** Says where in the sources the functions of a built program are, by the maps that the build leaves beside its files. */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CallFrame, CpuProfile } from './cpu-profile.ts';

/** The same profile with the addresses of sources, where there are maps. */
export function bySource(profile: CpuProfile): CpuProfile {
  const maps = new Map<string, SourceMap | null>();
  const mapOf = (url: string): SourceMap | null => {
    const known = maps.get(url);
    if (known !== undefined) return known;
    const map = readMap(url);
    maps.set(url, map);
    return map;
  };
  const nodes = profile.nodes.map((node) => ({ ...node, callFrame: sourceOf(node.callFrame, mapOf) }));
  return { ...profile, nodes };
}

function sourceOf(frame: CallFrame, mapOf: (url: string) => SourceMap | null): CallFrame {
  const found = mapOf(frame.url)?.findEntry(frame.lineNumber, frame.columnNumber);
  if (found === undefined || !('originalSource' in found)) return frame;
  return { ...frame, url: new URL(found.originalSource, frame.url).href };
}

function readMap(url: string): SourceMap | null {
  if (!url.startsWith('file:')) return null;
  const path = `${fileURLToPath(url)}.map`;
  return existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : null;
}
