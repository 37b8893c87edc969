import core from './playwright.cjs';

export const { emulator, expect, test } = core;
