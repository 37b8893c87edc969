/** The providers the emulator stands in for. */
export type Provider = 'bfl' | 'fal' | 'wavespeed' | 'apiframe' | 'vtrix';

/** A length of time with its unit: "250ms", "3s", "10m", "2h", "7d". */
export type Duration = string;

/** An instant, as in "2026-01-01T00:00:00.000Z". */
export type Instant = string;

/** A text of a scenario, the name of a built-in one, a file, or its keys as an object. */
export type Scenario = string | Record<string, unknown>;

/** A condition of a rule's `when`; see the scenario format. */
export interface When {
  provider?: Provider | Provider[];
  on?: string | string[];
  endpoint?: string | string[];
  prompt?: unknown;
  body?: Record<string, unknown>;
  header?: Record<string, unknown>;
  query?: Record<string, unknown>;
  path?: unknown;
  [condition: string]: unknown;
}

export type Times = number | { at_least?: number; at_most?: number };

export interface VerifyOptions {
  /** How many must have come; at least one when left out. */
  times?: Times;
  /** Waits so long, by the wall, for it to hold. */
  within?: Duration;
  /** These came one after another, whatever came between; then `when` is undefined. */
  order?: When[];
  spacing?: { at_least?: Duration; at_most?: Duration };
  /** Only what came after that request, or that instant. */
  since?: string;
}

export interface VerifyResult {
  ok: boolean;
  count: number;
  requests: string[];
  problems: string[];
  closest: (RequestLine & { failed: string })[];
  forgotten: number;
  waited_ms: number;
}

export interface RequestLine {
  /** Opens the journal: `box.explain(id)`. */
  id: string;
  at: Instant;
  provider: string;
  on: string;
  method: string;
  target: string;
  status: number;
  endpoint: string;
  task: string;
  wire: string;
  refusal: string;
}

export interface RequestFilter {
  provider?: Provider;
  on?: string;
  status?: number;
  task?: string;
  since?: string;
  limit?: number;
}

export interface Task {
  id: string;
  provider: Provider;
  endpoint: string;
  state: string;
  end: string | null;
  progress: number;
  accepted: Instant;
  starts: Instant;
  ends: Instant | null;
  links_expire: Instant | null;
  prompt: string;
  seed: number;
  width: number;
  height: number;
  pictures: number;
  cost: number;
  input: Record<string, unknown>;
  [more: string]: unknown;
}

export interface Webhook {
  id: string;
  task: string;
  provider: Provider;
  url: string;
  state: 'pending' | 'delivered' | 'failed' | 'refused';
  attempts: Record<string, unknown>[];
  curl: string;
  [more: string]: unknown;
}

/** One thing the client did that would cost it something with the real provider. */
export interface Finding {
  code: string;
  severity: 'error' | 'warning' | 'note';
  provider: Provider;
  task: string;
  requests: string[];
  what: string;
  why: string;
  remedy: string;
  [more: string]: unknown;
}

/** What happened while a clock was moved, and what is still to come. */
export interface Clock {
  now: Instant;
  speed: number;
  fired?: { at: Instant; kind: 'task' | 'webhook' | 'reply' | 'link'; id: string }[];
  pending?: { at: Instant; kind: string; id: string }[];
  [more: string]: unknown;
}

/** What moves or sets a sandbox's clock. */
export interface ClockMove {
  advance?: Duration;
  to?: 'next';
  set?: Instant;
  freeze?: boolean;
  speed?: number;
  skip?: boolean;
}

export interface Expectations {
  met: boolean;
  scenario: string;
  expectations: { when: When; times: Times; count: number; met: boolean; place: string }[];
}

/** A world of its own: clock, scenario, tasks, journal. Named by an API key that nobody else has. */
export interface Sandbox {
  /** The API key to give the client. */
  readonly key: string;
  /** The emulator's address. */
  readonly url: string;
  /** The address of this sandbox in the control API. */
  readonly control: string;
  /** What leads SDKs here: keys and addresses, as `provider-emulator env` prints them. */
  readonly env: Record<string, string>;
  /** Base addresses by provider. */
  readonly urls: Record<Provider | 'falProxy', string>;

  /** Moves the clock; what was due on the way has happened when the promise is fulfilled. */
  advance(duration: Duration): Promise<Clock>;
  /** Moves the clock to the next thing that happens. */
  toNext(): Promise<Clock>;
  /** Stops the clock; `freeze(false)` lets it run with the wall. */
  freeze(frozen?: boolean): Promise<Clock>;
  /** The clock as it stands, or moved. */
  clock(move?: ClockMove): Promise<Clock>;
  /** Puts the sandbox back to the start: whole, or the parts that are named. */
  reset(
    ...what: ('tasks' | 'journal' | 'counters' | 'clock' | 'scenario' | 'credits')[]
  ): Promise<Record<string, unknown>>;
  /** The scenario, or another one instead. */
  scenario(scenario?: Scenario): Promise<{ name: string; about: string; file: string; text: string }>;
  /** Rejects with a VerifyError, which tells what came closest, unless such requests came. */
  verify(when: When | undefined, options?: VerifyOptions): Promise<VerifyResult>;
  /** How the scenario's `expect:` stands. */
  expect(): Promise<Expectations>;
  tasks(): Promise<Task[]>;
  task(id: string): Promise<Task>;
  /** What came, oldest first. */
  requests(filter?: RequestFilter): Promise<RequestLine[]>;
  /** One exchange as it went over the wire, and why it was answered so. */
  request(id: string): Promise<RequestLine & Record<string, unknown>>;
  /** The same as text. `id` is that of the header `x-emulator-request`. */
  explain(id: string): Promise<string>;
  webhooks(): Promise<Webhook[]>;
  findings(): Promise<Finding[]>;
  /** What the sandbox saw, as a failure report has it. */
  report(): Promise<string>;
  /** Lets the sandbox go; `keep` leaves it in the emulator, to be looked at. */
  release(options?: { keep?: boolean; by?: string }): Promise<void>;
}

export const Sandbox: { prototype: Sandbox };

export interface SandboxOptions {
  /** Letters, digits and . _ - ; a fresh one when left out. */
  key?: string;
  scenario?: Scenario;
  clock?: ClockMove;
}

export interface StartOptions {
  /** Further flags of `provider-emulator serve`. */
  args?: string[];
  env?: Record<string, string | undefined>;
}

export interface Emulator {
  /**
   * Joins the emulator of EMULATOR_CONTROL_URL, or starts one for this run; once, whoever calls.
   * `sandbox` does so by itself.
   */
  start(options?: StartOptions): Promise<{ url: string; control: string; pid: number | undefined }>;
  sandbox(options?: SandboxOptions): Promise<Sandbox>;
  /** Ends the emulator now, where it was started for this run. It ends with the run anyway. */
  stop(): Promise<void>;
}

export const emulator: Emulator;

/** What the emulator refused, or that there is none. */
export class EmulatorError extends Error {
  /** The emulator's own code, or "gone", "not_started", "over", "bad_key". */
  readonly code: string | undefined;
  readonly status: number | undefined;
  /** The problems of a scenario. */
  readonly errors: { line: number; column: number; message: string }[];
}

export class VerifyError extends Error {
  readonly result: VerifyResult;
}

/** The path of the emulator's binary. */
export function binary(env?: Record<string, string | undefined>, platform?: string): string;
