/** Text to copy: commands, YAML, log lines. */
import { h, on } from './element.ts';

/** A button that copies `text`, and says that it did. */
export function copyButton(text: string, what = 'Copy'): HTMLButtonElement {
  const label = h('span', { 'aria-live': 'polite' }, what);
  const button = h('button', { type: 'button', class: 'button small copy' }, label);
  return on(button, 'click', () => {
    void copyText(text, button).then((isDone) => {
      label.textContent = isDone ? 'Copied' : 'Select and copy';
      setTimeout(() => {
        label.textContent = what;
      }, 2_000);
    });
  });
}

/** A block of text with its button. */
export function codeBlock(text: string, label: string): HTMLElement {
  const pre = h('pre', { tabindex: 0, role: 'region', 'aria-label': label }, h('code', {}, text));
  return h('div', { class: 'code' }, pre, copyButton(text));
}

/** Outside of a secure context there is no clipboard: then the block beside the button is selected. */
async function copyText(text: string, button: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const block = button.parentElement?.querySelector('code');
    if (block != null) getSelection()?.selectAllChildren(block);
    return false;
  }
}
