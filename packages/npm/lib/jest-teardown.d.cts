declare const run: () => Promise<void>;
export = run;
