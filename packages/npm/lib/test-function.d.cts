import type { ClockMove, Sandbox, Scenario } from './index.cjs';

export interface TestOptions {
  scenario?: Scenario;
  clock?: ClockMove;
  timeout?: number;
}

export interface TestFunction<Given, More = {}, Result = void> {
  (name: string, fn: (given: Given) => unknown, timeout?: number): Result;
  (name: string, options: TestOptions & More, fn: (given: Given) => unknown, timeout?: number): Result;
}

export interface Boxed {
  /** A sandbox of this test's own. */
  box: Sandbox;
}
