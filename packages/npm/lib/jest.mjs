import core from './jest.cjs';

export const { emulator, test } = core;
