import t from 'tap';
import { compileLater } from '../../src/compose/compile-later.ts';

t.test('only the engine that is known is told, and it takes what it is told', async (t) => {
  const told: string[] = [];
  const tell = (flag: string): void => void told.push(flag);
  compileLater('11.3.244.8-node.33', tell);
  t.same(told, ['--interrupt-budget=400000']);
  compileLater('13.6.233.10-node.28', tell);
  compileLater('1.13.0', tell);
  t.equal(told.length, 1);
  t.doesNotThrow(() => compileLater());
});
