// Promises: D9 (docs/reliability.md).
import t from 'tap';
import { checkToken, type Token } from '../../src/auth/tokens.ts';
import { AppError } from '../../src/domain/errors.ts';

const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ';
const TOKENS: readonly Token[] = [
  { name: 'shipper', scopes: ['ingest'], token: `${SECRET}1` },
  { name: 'both', scopes: ['ingest', 'read'], token: `${SECRET}2` },
];

t.test('a token opens what its scopes say, and errors never tell it', async (t) => {
  const rows: [authorization: string | undefined, scope: 'ingest' | 'read', code: string][] = [
    [`Bearer ${SECRET}1`, 'ingest', 'none'],
    [`Bearer ${SECRET}1`, 'read', 'forbidden'],
    [`Bearer ${SECRET}2`, 'read', 'none'],
    [`bearer   ${SECRET}2`, 'ingest', 'none'],
    [undefined, 'ingest', 'token_required'],
    ['', 'ingest', 'token_required'],
    [`Bearer ${SECRET}`, 'ingest', 'token_required'],
    [`Bearer ${SECRET}1 `, 'ingest', 'token_required'],
    [`Basic ${SECRET}1`, 'ingest', 'token_required'],
    ['Bearer __proto__', 'ingest', 'token_required'],
  ];
  for (const [authorization, scope, expected] of rows) {
    let code = 'none';
    try {
      checkToken(TOKENS, authorization, scope);
    } catch (error) {
      code = error instanceof AppError ? error.code : String(error);
      t.notMatch(String(error), SECRET);
    }
    t.equal(code, expected, `${authorization} ${scope}`);
  }
});
