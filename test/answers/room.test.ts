/** A second model is made only where there is memory for it. */
import t from 'tap';
import { hasRoomForTwin } from '../../src/answers/room.ts';

t.test('half of what is free, and half as much again as the first one has', async (t) => {
  t.ok(hasRoomForTwin(1e9, 3.1e9));
  t.notOk(hasRoomForTwin(1e9, 2.9e9));
  t.ok(hasRoomForTwin(1e6), 'of this machine');
});
