/** A secret is shown in no way. (D13) */
import { inspect } from 'node:util';
import t from 'tap';
import { Secret } from '../../src/domain/secret.ts';

t.test('a secret shows itself to nobody but who asks for it', async (t) => {
  const secret = new Secret('s3cret');
  t.equal(secret.reveal(), 's3cret');
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }),
    inspect(secret, { showHidden: true }),
  ];
  for (const text of shown) t.notMatch(text, 's3cret');
  t.strictSame(Object.keys(secret), []);
});
