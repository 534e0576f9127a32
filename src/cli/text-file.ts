/** Small files, and what is wrong with files of any size before they are read. */
import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { AppError, quotedPath } from '../domain/errors.ts';

/** The text of a small file, such as a format or tokens. Errors: as {@link checkFile}. */
export async function readText(name: string): Promise<string> {
  await checkFile(name);
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    throw openError(name, error);
  }
}

/** Errors: `file_missing`, `file_is_directory`, `file_unreadable`. */
export async function checkFile(name: string): Promise<void> {
  let directory: boolean;
  try {
    directory = (await stat(name)).isDirectory();
    await access(name, constants.R_OK);
  } catch (error) {
    throw openError(name, error);
  }
  if (directory)
    throw new AppError('file_is_directory', `cannot read ${quotedPath(name)}: it is a directory`);
}

/** What cannot be read, and why. */
export function openError(name: string, error: unknown): AppError {
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  const what = inputName(name);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError('file_missing', `cannot read ${what}: no such file`, { cause: error });
  }
  const cause = code === 'EACCES' ? 'permission denied' : (code ?? 'it cannot be read');
  return new AppError('file_unreadable', `cannot read ${what}: ${cause}`, { cause: error });
}

/** An input as a message names it. */
export function inputName(name: string): string {
  return name === '-' ? 'standard input' : quotedPath(name);
}
