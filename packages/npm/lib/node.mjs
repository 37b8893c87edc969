import core from './node.cjs';

export const { emulator, test } = core;
