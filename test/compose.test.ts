/** Checks what the container files promise: an ordinary user, nothing writable but the data, pinned images. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';

interface Service {
  readonly image: string;
  readonly user: string;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly secrets: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

const compose = parse(read('docker-compose.yml'));
const service: Service = compose.services.meshwake;
const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ').split('\n');
const entrypoint: string[] = JSON.parse(lastArgument('ENTRYPOINT'));

t.test('the compose service', async (t) => {
  t.equal(service.user, '65532:65532', 'runs as an ordinary user');
  t.equal(service.read_only, true, 'cannot write to its own files');
  t.strictSame(service.cap_drop, ['ALL'], 'has no capabilities');
  t.strictSame(service.ports, ['127.0.0.1:8710:8710'], 'is open to this machine only');
});

t.test('every service', async (t) => {
  for (const [name, { ports = [], volumes, cap_drop }] of Object.entries<Partial<Service>>(
    compose.services,
  )) {
    t.strictSame(cap_drop, ['ALL'], `${name} has no capabilities`);
    for (const port of ports) t.match(port, /^127\.0\.0\.1:/, `${name} is open to this machine only`);
    for (const [source = '', , mode] of (volumes ?? []).map((volume) => volume.split(':'))) {
      if (source.startsWith('./')) {
        t.ok(existsSync(new URL(`../${source}`, import.meta.url)), source);
        t.equal(mode, 'ro', `${source} is not written`);
      } else t.ok(Object.keys(compose.volumes).includes(source), `${source} is declared`);
    }
  }
});

t.test('the database is in a named volume', async (t) => {
  const [volume, mount] = service.volumes[0]?.split(':') ?? [];
  t.ok(Object.keys(compose.volumes).includes(volume ?? ''), 'the volume is declared');
  t.equal(entrypoint[entrypoint.indexOf('--db') + 1], `${mount}/meshwake.db`);
});

t.test('the tokens are a secret, where the command looks for them', async (t) => {
  const [secret] = service.secrets;
  t.ok(Object.keys(compose.secrets).includes(secret ?? ''), 'the secret is declared');
  t.equal(entrypoint[entrypoint.indexOf('--token-file') + 1], `/run/secrets/${secret}`);
});

t.test('both health checks ask for readiness without a shell', async (t) => {
  const image: string[] = JSON.parse(lastArgument('HEALTHCHECK').replace(/^.*?CMD /, ''));
  t.strictSame(service.healthcheck.test, ['CMD', ...image], 'and are the same');
  t.match(image.join(' '), /^\/nodejs\/bin\/node -e .*\/readyz/);
});

t.test('no image floats', async (t) => {
  const services: readonly Service[] = Object.values(compose.services);
  const images = [
    ...services.map(({ image }) => image),
    ...dockerfile.filter((line) => line.startsWith('FROM ')).map(imageOf),
  ];
  t.equal(images.length, 5);
  for (const image of images) t.match(image, /:(?!latest)[\w.-]+$/, image);
});

t.test('both stages have the same Node.js and the same Debian', async (t) => {
  const [build, final] = dockerfile.filter((line) => line.startsWith('FROM ')).map(imageOf);
  t.equal(build, 'node:24-bookworm');
  t.match(final, /nodejs24-debian12:nonroot$/);
});

t.test('the image', async (t) => {
  t.equal(lastArgument('USER'), '65532:65532', 'runs as an ordinary user');
  t.equal(lastArgument('VOLUME'), '/data');
  t.strictSame(entrypoint.slice(0, 5), [
    '/nodejs/bin/node',
    '/app/dist/cli/main.js',
    'serve',
    '--listen',
    '0.0.0.0:8710',
  ]);
});

t.test('what the build must not see is kept out of it', async (t) => {
  const ignored = read('.dockerignore').split('\n');
  for (const name of ['node_modules', 'dist', '.git', 'secrets']) t.ok(ignored.includes(name), name);
});

/** Returns what follows the last instruction of this name. */
function lastArgument(instruction: string): string {
  const line = dockerfile.findLast((line) => line.startsWith(`${instruction} `)) ?? '';
  return line.slice(instruction.length + 1).trim();
}

function imageOf(line: string): string {
  return line.split(' ')[1] ?? '';
}

function read(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
}
