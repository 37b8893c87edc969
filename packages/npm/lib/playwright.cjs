// For Playwright Test.
'use strict';
const { test: base, expect } = require('@playwright/test');
const { emulator, openForTest, told } = require('./index.cjs');

const test = base.extend({
  scenario: ['default', { option: true }],
  box: async ({ scenario }, use, testInfo) => {
    const { box, close } = await openForTest({
      file: testInfo.file,
      title: [testInfo.project.name, ...testInfo.titlePath.slice(1)].join(' '),
      attempt: testInfo.retry * 1000 + testInfo.repeatEachIndex,
      scenario,
    });
    await use(box);
    const failed = testInfo.status !== testInfo.expectedStatus;
    if (failed) {
      const text = await box.report();
      if (testInfo.errors.length > 0) told(testInfo.errors[0], text);
      else await testInfo.attach('what the emulator saw', { body: text, contentType: 'text/plain' });
    }
    await close(failed);
  },
});

module.exports = { emulator, expect, test };
