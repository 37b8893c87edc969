import type { TestContext, TestOptions as RunnerOptions } from 'node:test';
import type { Boxed, TestFunction } from './test-function.cjs';

type Test = TestFunction<Boxed & { t: TestContext }, RunnerOptions, Promise<void>>;

export { emulator } from './index.cjs';
export const test: Test & { only: Test; skip: Test; todo: Test };
