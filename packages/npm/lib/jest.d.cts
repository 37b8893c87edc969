import type { Boxed, TestFunction } from './test-function.cjs';

type Test = TestFunction<Boxed>;

export { emulator } from './index.cjs';
export const test: Test & { only: Test; skip: Test; failing: Test; todo(name: string): void };
