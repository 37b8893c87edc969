import type { TestAPI } from 'vitest';
import type { Sandbox, Scenario } from './index.cjs';

export { emulator } from './index.cjs';

/** Vitest's `test` with a sandbox for each test, and its scenario. */
export const test: TestAPI<{ scenario: Scenario; box: Sandbox }>;
