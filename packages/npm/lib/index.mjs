import core from './index.cjs';

export const { binary, emulator, EmulatorError, Sandbox, VerifyError } = core;
export default core.emulator;
