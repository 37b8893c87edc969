// For Vitest.
import { test as base } from 'vitest';
import core from './index.cjs';

export const { emulator } = core;

function titleOf(task) {
  const names = [task.name];
  for (let suite = task.suite; suite?.name; suite = suite.suite) names.unshift(suite.name);
  return names.join(' ');
}

export const test = base.extend({
  scenario: 'default',
  box: async ({ scenario, task }, use) => {
    const { box, close } = await core.openForTest({
      file: task.file.filepath,
      title: titleOf(task),
      attempt: (task.result?.retryCount ?? 0) * 1000 + (task.result?.repeatCount ?? 0),
      scenario,
    });
    await use(box);
    const errors = task.result?.errors ?? [];
    const failed = task.result?.state === 'fail' || errors.length > 0;
    if (failed && errors.length > 0) core.told(errors.at(-1), await box.report());
    await close(failed);
  },
});
