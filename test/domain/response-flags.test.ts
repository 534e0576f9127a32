import t from 'tap';
import {
  flagMeaning,
  isFailure,
  parseResponseFlags,
  RESPONSE_FLAGS,
} from '../../src/domain/response-flags.ts';

t.test('reads short and long names in the order of the log', async (t) => {
  const rows: [text: string, flags: string[]][] = [
    ['-', []],
    ['', []],
    ['UF', ['UF']],
    ['UF,URX', ['UF', 'URX']],
    ['URX,UF', ['URX', 'UF']],
    ['UpstreamConnectionFailure,UpstreamRetryLimitExceeded', ['UF', 'URX']],
    ['UF,NoRouteFound', ['UF', 'NR']],
    ['MY_FLAG_2', ['MY_FLAG_2']],
  ];
  for (const [text, flags] of rows) t.same(parseResponseFlags(text), flags, JSON.stringify(text));
});

t.test('refuses what is no list of flags', async (t) => {
  for (const text of [
    'uf',
    'UF,',
    ',UF',
    'UF,,NR',
    'UF, NR',
    'UF NR',
    '-,UF',
    'U-F',
    'Unknown',
    'A'.repeat(33),
  ])
    t.equal(parseResponseFlags(text), null, JSON.stringify(text));
});

t.test('flags cannot be changed by whoever was given them', async (t) => {
  for (const text of ['-', 'UF,URX']) {
    const flags = parseResponseFlags(text) as string[];
    t.throws(() => flags.push('NR'), TypeError);
    t.equal(parseResponseFlags(text)?.includes('NR'), false);
  }
});

t.test('no two flags share a name, and each says what it means', async (t) => {
  const names = RESPONSE_FLAGS.flatMap(({ short, long }) => [short, long]);
  t.equal(new Set(names).size, names.length);
  for (const { short, long, meaning } of RESPONSE_FLAGS) {
    t.same(parseResponseFlags(long), [short], long);
    t.equal(flagMeaning(short), meaning);
    t.not(meaning, '');
  }
  t.equal(flagMeaning('MY_FLAG'), null);
});

t.test('the flags that TCP connections can carry are marked so', async (t) => {
  const tcp = RESPONSE_FLAGS.filter((flag) => flag.tcp).map((flag) => flag.short);
  for (const short of ['UH', 'UF', 'UO', 'NR', 'URX', 'NC', 'DT']) t.ok(tcp.includes(short), short);
  for (const short of ['DC', 'UC', 'UT', 'LR', 'SI']) t.notOk(tcp.includes(short), short);
});

t.test('some flags say that no upstream connection was made', async (t) => {
  for (const flags of [['UF'], ['UF', 'URX'], ['URX', 'UF'], ['UH'], ['UO'], ['NC'], ['NR']])
    t.equal(isFailure(flags), true, flags.join());
  for (const flags of [[], ['URX'], ['DC'], ['DT'], ['MY_FLAG']])
    t.equal(isFailure(flags), false, flags.join());
});
