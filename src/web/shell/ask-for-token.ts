/** Asks for a token where the server wants one. */
import { hasToken, keepToken } from '../api/token.ts';
import { h, on, replace } from '../dom/element.ts';

/** Shows the form in the place of the view, once; `done` shows the view again. */
export function askForToken(main: HTMLElement, done: () => void): void {
  if (main.querySelector('.token-form') !== null) return;
  const input = h('input', {
    type: 'password',
    id: 'token',
    autocomplete: 'off',
    required: true,
    'aria-describedby': 'token-help',
  });
  const refused = hasToken()
    ? h('p', { class: 'failure', role: 'alert' }, 'The server refused the last one.')
    : null;
  keepToken(null);
  const form = h(
    'form',
    { class: 'panel token-form' },
    h('h1', {}, 'This server asks for a token'),
    refused,
    h('label', { for: 'token' }, 'Token with the scope read'),
    input,
    h(
      'p',
      { id: 'token-help', class: 'muted' },
      'One of those in the file that the server was given as --token-file. It is kept for this tab alone.',
    ),
    h('button', { type: 'submit', class: 'button primary' }, 'Continue'),
  );
  on(form, 'submit', (event) => {
    event.preventDefault();
    const token = input.value.trim();
    if (token === '') return;
    keepToken(token);
    done();
  });
  replace(main, form);
  input.focus();
}
