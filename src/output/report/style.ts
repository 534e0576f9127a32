/** How a report looks in a browser, in a mail and on paper. Text on its ground has a contrast of 4.5 or more. */
import { html } from '../html.ts';

export const REPORT_STYLE = html`
:root { color-scheme: light dark; --ink: #14202b; --paper: #fff; --soft: #f3f5f7; --rule: #d5dde4; --quiet: #52616f; --bar: #7f9bb0; --good: #1c6b3c;
  --critical: #b3201a; --high: #a8460b; --medium: #755600; --info: #2b5d8a; --critical-soft: #fdeceb; --high-soft: #fdf0e6; --medium-soft: #fbf4dd; --info-soft: #e8f1f9; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1319; --soft: #18222c; --rule: #2b3846; --quiet: #9aa9b7; --bar: #59748a; --good: #6fd695;
  --critical: #ff8a80; --high: #ffab70; --medium: #e8c35a; --info: #8cc4f5; --critical-soft: #3a1a1a; --high-soft: #35230f; --medium-soft: #2f290f; --info-soft: #14283a; } }
* { box-sizing: border-box; }
body { margin: 2rem auto; max-width: 66rem; padding: 0 1.25rem; color: var(--ink); background: var(--paper); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; } h1 { margin: 0 0 .75rem; font-size: 1.9rem; } h2 { margin: 2.75rem 0 .75rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); font-size: 1.35rem; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1.1rem; } h4 { margin: 1rem 0 .35rem; font-size: 1rem; } h1 + p { font-size: 1.15rem; }
p { max-width: 48rem; } .brand { display: flex; align-items: center; gap: .5rem; margin: 0 0 1.5rem; color: var(--quiet); font-weight: 600; }
code, pre { font: .875rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; } code { overflow-wrap: anywhere; }
pre { padding: .75rem 1rem; overflow-x: auto; background: var(--soft); border-radius: .375rem; } pre code { overflow-wrap: normal; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; } dt { color: var(--quiet); } dd { margin: 0; min-width: 0; }
li { margin: .2rem 0; max-width: 60rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; } th { color: var(--quiet); font-size: .75rem; font-weight: 600; letter-spacing: .03em; }
td code { font-size: .8125rem; overflow-wrap: break-word; } h4 code { font-size: .95rem; } td .severity { vertical-align: 0; } td svg { vertical-align: middle; }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .75rem; margin: 1.5rem 0; }
.tile { padding: .75rem 1rem; background: var(--soft); border-radius: .5rem; border-left: 4px solid var(--rule); } .tile b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; } .tile span, .tile small { display: block; color: var(--quiet); font-size: .8125rem; }
.tile.critical { border-color: var(--critical); background: var(--critical-soft); } .tile.high { border-color: var(--high); background: var(--high-soft); } .tile.medium { border-color: var(--medium); background: var(--medium-soft); } .tile.info { border-color: var(--info); background: var(--info-soft); }
.severity { display: inline-block; padding: .1rem .5rem; border-radius: .25rem; font-size: .7rem; font-weight: 700; letter-spacing: .04em; text-transform: uppercase; vertical-align: .15em; }
.severity.critical { color: var(--critical); background: var(--critical-soft); } .severity.high { color: var(--high); background: var(--high-soft); } .severity.medium { color: var(--medium); background: var(--medium-soft); } .severity.info { color: var(--info); background: var(--info-soft); }
.timeline { display: grid; grid-template-columns: minmax(12rem, 2fr) 3fr; gap: .4rem 1rem; align-items: center; margin: 1rem 0; font-size: .875rem; } .timeline .ends { display: flex; justify-content: space-between; color: var(--quiet); font-size: .75rem; }
svg .usual { fill: var(--bar); } svg .odd { fill: var(--critical); } svg .none { fill: var(--rule); } svg .level { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 3 2; }
svg .rest { fill: var(--rule); } svg .part { fill: var(--good); } svg .critical { fill: var(--critical); } svg .high { fill: var(--high); } svg .medium { fill: var(--medium); } svg .info { fill: var(--info); }
@media (max-width: 40rem) { dl, .timeline { grid-template-columns: 1fr; } .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); } table { min-width: 42rem; } dd { margin-bottom: .5rem; } h1 { font-size: 1.5rem; } }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --soft: #f3f5f7; --rule: #c4cdd5; --quiet: #3f4c58; --bar: #7f9bb0; --good: #1c6b3c; --critical: #b3201a; --high: #a8460b; --medium: #755600; --info: #2b5d8a; --critical-soft: #fdeceb; --high-soft: #fdf0e6; --medium-soft: #fbf4dd; --info-soft: #e8f1f9; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } body { margin: 0; max-width: none; font-size: 10pt; } pre, code { white-space: pre-wrap; overflow-wrap: anywhere; } .scroll { overflow: visible; } h2, h3, h4 { break-after: avoid; } tr, pre, .tile, svg { break-inside: avoid; } }
`;
