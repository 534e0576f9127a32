import { Command } from 'commander';
import type { ServeFlags } from '../actions/serve.ts';
import { settingOption } from '../flags.ts';
import { describe, type Session } from '../session.ts';

const HELP = {
  summary: 'Take lines and answer questions over HTTP',
  examples: [
    ['meshwake serve', 'on 127.0.0.1:8710, for this machine'],
    [
      'meshwake serve --listen 0.0.0.0:8710 --token-file tokens',
      'for others, with lines `NAME SCOPE[,SCOPE] TOKEN` in the file',
    ],
    ['meshwake serve --config meshwake.yaml', 'with reports on a schedule: see docs/reports.md'],
    ['meshwake serve --als 127.0.0.1:8711', "and take what proxies send by Envoy's access log service"],
    ['stern . -A -c istio-proxy | meshwake ingest --server http://127.0.0.1:8710', 'what to fill it with'],
  ],
  exits: [],
} as const;

export function serveCommand(session: Session): Command {
  const command = new Command('serve')
    .addOption(settingOption('listen'))
    .addOption(settingOption('als'))
    .addOption(settingOption('db'))
    .addOption(settingOption('retention'))
    .addOption(settingOption('disk_floor'))
    .addOption(settingOption('config'))
    .addOption(settingOption('token_file'));
  return describe(command, HELP).action(async (flags: ServeFlags) => {
    const { serve } = await import('../actions/serve.ts');
    await serve(flags, session);
  });
}
