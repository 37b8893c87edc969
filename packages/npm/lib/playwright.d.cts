import type {
  PlaywrightTestArgs,
  PlaywrightTestOptions,
  PlaywrightWorkerArgs,
  PlaywrightWorkerOptions,
  TestType,
} from '@playwright/test';
import type { Sandbox, Scenario } from './index.cjs';

export interface EmulatorOptions {
  /** The scenario of each test's sandbox: `use: { scenario: 'nsfw' }` or `test.use(...)`. */
  scenario: Scenario;
}

export { emulator } from './index.cjs';
export { expect } from '@playwright/test';
export const test: TestType<
  PlaywrightTestArgs & PlaywrightTestOptions & EmulatorOptions & { box: Sandbox },
  PlaywrightWorkerArgs & PlaywrightWorkerOptions
>;
