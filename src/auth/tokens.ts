/** Who asks, by the token that they send. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError, quoted } from '../domain/errors.ts';

export type Scope = 'ingest' | 'read';

export interface Token {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly token: string;
}

/**
 * Checks the value of an `Authorization` header; undefined when there is none.
 * Errors: `token_required`, `forbidden`; never with the token.
 */
export function checkToken(tokens: readonly Token[], authorization: string | undefined, scope: Scope): void {
  const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (given === undefined) throw new AppError('token_required', 'cannot answer without a token');
  const token = findToken(tokens, given);
  if (token === null) throw new AppError('token_required', 'cannot answer: the token is not known');
  if (!token.scopes.includes(scope)) {
    throw new AppError(
      'forbidden',
      `cannot answer with token ${quoted(token.name)}: it lacks the scope "${scope}"`,
    );
  }
}

/** Takes the same time whichever token it is, and whether it is one: digests are compared, and all of them. */
function findToken(tokens: readonly Token[], given: string): Token | null {
  const digest = sha256(given);
  let found: Token | null = null;
  for (const token of tokens) {
    if (timingSafeEqual(sha256(token.token), digest)) found = token;
  }
  return found;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
