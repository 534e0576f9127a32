/**
 * Elements, made one by one. Text becomes text nodes and nothing else: there is no way here to make markup out of a
 * string, and what does not show or reorders other text is shown as `\uXXXX`.
 */
import { escapeLines } from '../../output/terminal.ts';

export type Child = Node | string | number | null | false | readonly Child[];

/** Attributes by their names; null and false leave one out, true is an empty one. `class` takes several with blanks. */
export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

const SVG = 'http://www.w3.org/2000/svg';

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Adds children at the end. */
export function append(parent: Node, ...children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === false) continue;
    if (child instanceof Node) parent.appendChild(child);
    else if (typeof child === 'object') append(parent, ...child);
    else parent.appendChild(document.createTextNode(escapeLines(String(child))));
  }
}

/** Puts children in the place of those that an element has. */
export function replace(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren();
  append(parent, ...children);
}

/** The element, with a listener that ends with it. */
export function on<E extends Element, K extends keyof HTMLElementEventMap>(
  element: E,
  type: K,
  listener: (event: HTMLElementEventMap[K]) => void,
): E {
  element.addEventListener(type, listener as EventListener);
  return element;
}

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? '' : checked(name, String(value)));
  }
  append(element, ...children);
  return element;
}

/** Links lead to places of this page or this server, and listeners are functions: anything else is a mistake of ours. */
function checked(name: string, value: string): string {
  const isLink = name === 'href' || name === 'src';
  if (name.startsWith('on') || name === 'style' || (isLink && !/^(?:#|\/(?!\/))/.test(value))) {
    throw new Error(`BUG: attribute ${name} cannot be ${JSON.stringify(value)}`);
  }
  return isLink ? value : escapeLines(value);
}
