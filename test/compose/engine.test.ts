import t from 'tap';
import { tuneEngine } from '../../src/compose/engine.ts';

t.test('only the engine that is known is told, and it takes what it is told', async (t) => {
  const told: string[] = [];
  const tell = (flag: string): void => void told.push(flag);
  tuneEngine('11.3.244.8-node.33', tell);
  t.same(told, [
    '--max-inlined-bytecode-size-cumulative=150',
    '--interrupt-budget=270000',
    '--heap-growing-percent=300',
  ]);
  tuneEngine('13.6.233.10-node.28', tell);
  tuneEngine('1.13.0', tell);
  t.equal(told.length, 3);
  t.doesNotThrow(() => tuneEngine());
});
