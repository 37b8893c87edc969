export * from './index.cjs';
export { emulator as default } from './index.cjs';
