import { spawnSync } from 'node:child_process';
import t from 'tap';
import { describeCommands, formatCompletion } from '../../src/cli/completion.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { createIo } from '../helpers/io.ts';

const program = () =>
  buildProgram({ io: createIo(), version: '0.0.0', color: () => false, say: () => {}, setExit: () => {} });

/** What bash offers for a command line that is being typed. */
function complete(script: string, words: string[]): string[] {
  const list = words.map((word) => `'${word}'`).join(' ');
  const test = `${script}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _meshwake; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return spawnSync('bash', ['--norc', '-c', test], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((word) => word !== '');
}

t.test('bash offers commands, resources, flags', async (t) => {
  const script = formatCompletion('bash', describeCommands(program()));
  const rows: [words: string[], some: string[]][] = [
    [
      ['meshwake', ''],
      ['analyze', 'ingest', 'serve', 'get', 'explain', 'formats', 'db', 'completion'],
    ],
    [['meshwake', 'g'], ['get']],
    [['meshwake', 'get', 'in'], ['incidents']],
    [
      ['meshwake', 'get', 'co'],
      ['connections', 'coverage'],
    ],
    [['meshwake', 'get', 'pairs', '--upstream'], ['--upstream-cluster']],
    [['meshwake', 'db', 'mi'], ['migrate']],
    [
      ['meshwake', 'get', 'pairs', '--db', 'x.db', '--po'],
      ['--port', '--pod'],
    ],
    [['meshwake', 'completion', 'f'], ['fish']],
  ];
  for (const [words, some] of rows) {
    const offered = complete(script, words);
    for (const word of some)
      t.ok(offered.includes(word), `${words.join(' ')}: ${word} in ${offered.join(' ')}`);
  }
});

t.test('zsh uses the same script, fish has a line for each word', async (t) => {
  const commands = describeCommands(program());
  t.match(formatCompletion('zsh', commands), /^#compdef meshwake\n/);
  const fish = formatCompletion('fish', commands);
  t.match(fish, `complete -c meshwake -n '__fish_use_subcommand' -a analyze\n`);
  t.match(
    fish,
    `complete -c meshwake -n '__fish_seen_subcommand_from db; and __fish_seen_subcommand_from prune' -l before\n`,
  );
});
