import { h } from '../dom/element.ts';
import { nothing } from '../dom/panel.ts';
import { linkTo } from '../shell/location.ts';
import type { View } from '../shell/view.ts';

/** What is shown where a link leads nowhere. */
export const missingView: View = ({ title }) => {
  title('Not found');
  return [
    h('h1', {}, 'There is nothing at this address'),
    nothing(
      h('p', {}, 'The link may be of another version. ', h('a', { href: linkTo([]) }, 'What is wrong now')),
    ),
  ];
};
