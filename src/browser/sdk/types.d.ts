import type { VoiceWorkflowError } from './network.js';

/** Where a voice workflow is on this page. */
export type State =
  | 'idle'
  | 'requesting_microphone'
  | 'starting'
  | 'connecting'
  | 'connected'
  | 'reconnecting'
  | 'ending'
  | 'ended';

/** How to start. */
export interface VoiceWorkflowOptions {
  /** Where the API is, without `/v1`. Default: the page's own origin. */
  endpoint?: string;
  /** The name of the definition; it decides everything else: model, voice, tools, limits. */
  definition: string;
  /** What fills the definition's placeholders. */
  inputs?: Record<string, unknown>;
  /** At most 16 pairs of texts of your own, which come back with the workflow. */
  metadata?: Record<string, string>;
  /** The user's token for the API, or a function that answers a valid one; it is asked before each request. */
  token: string | (() => string | Promise<string>);
  /** Listeners that are there from the beginning. */
  on?: { [Type in keyof VoiceWorkflowEvents]?: (detail: VoiceWorkflowEvents[Type]) => void };
  /** Wishes about the microphone. */
  microphone?: MediaTrackConstraints;
  /** An audio element to play the voice with. Default: one of its own. */
  player?: HTMLAudioElement;
}

/** The events, and what their listeners get. */
export interface VoiceWorkflowEvents {
  state: State;
  /** A tool call began, or has its outcome. */
  tool_call: ToolCall;
  /** A tool call waits for this user to agree: `approve(call_id)` or `deny(call_id)`. Of one that waits for an operator `tool_call` tells. */
  approval: ToolCall;
  transcript: Transcript;
  usage: Usage;
  /** One minute is left. */
  expiring: Workflow;
  /** It is over and all is released. The workflow as last seen; null if it never began. */
  ended: Workflow | null;
  error: VoiceWorkflowError;
}

/** A workflow as the API shows it. */
export interface Workflow {
  id: string;
  object: 'workflow';
  definition: string;
  definition_version: string;
  status: 'ready' | 'connecting' | 'active' | 'ending' | 'ended';
  end_reason: EndReason | null;
  hangup: 'confirmed' | 'already_gone' | 'unverified' | 'not_needed' | null;
  control: 'none' | 'full' | 'degraded';
  created_at: string;
  expires_at: string;
  ended_at: string | null;
  connection: { mode: 'client_secret' | 'brokered' | 'sealed'; transport: 'webrtc'; url: string; call_id: string | null };
  policy: Policy;
  usage: Usage;
  metadata: Record<string, string>;
}

/** Why a workflow ended. */
export type EndReason =
  | 'completed'
  | 'user_ended'
  | 'never_connected'
  | 'max_duration'
  | 'idle'
  | 'heartbeat_lost'
  | 'call_ended'
  | 'revoked'
  | 'superseded'
  | 'budget_exhausted'
  | 'policy_violation'
  | 'control_lost'
  | 'failed';

/** The part of the policy that a browser may see; the server acts by its own copy. */
export interface Policy {
  model: string;
  voice: string | null;
  output_modalities: string[];
  tools: { name: string; description: string; requires_approval: boolean }[];
  max_duration_seconds: number;
  idle_timeout_seconds: number;
  max_tool_calls: number;
  max_cost_usd: number;
  heartbeat_seconds: number;
}

/** What a workflow has used so far. */
export interface Usage {
  responses: number;
  input_tokens: number;
  output_tokens: number;
  audio_input_tokens: number;
  audio_output_tokens: number;
  cost_usd: number;
  tool_calls: number;
  estimated: boolean;
  /** In `usage` events: the part of the budget that is used up, 1 is all of it; null without a cap. */
  budget_used?: number | null;
  /** In `usage` events: whether the budget is nearly used up. */
  budget_warning?: boolean;
}

/** One tool call, which the server runs. */
export interface ToolCall {
  object: 'tool_call';
  workflow_id: string;
  call_id: string;
  name: string;
  arguments_hash: string;
  status: 'running' | 'pending_approval' | 'completed' | 'failed' | 'denied' | 'timed_out' | 'unknown';
  output: string | null;
  error: string | null;
  created_at: string;
  completed_at: string | null;
  source: 'sideband' | 'relay';
  /** Until when somebody may agree. */
  approve_by?: string | null;
  /** Who must agree. */
  approver?: 'user' | 'operator';
  /** The arguments as the model wrote them, where this page can know them: in `sealed` mode while the call waits for its user's approval. */
  arguments?: string;
}

/** A piece of what is said. */
export interface Transcript {
  role: 'user' | 'assistant';
  item_id: string;
  /** All of it so far. */
  text: string;
  /** Whether nothing will be added. */
  final: boolean;
}

/** What is known about an error. */
export interface ErrorDetails {
  status?: number;
  detail?: string;
  trace_id?: string;
  retryAfter?: number;
  cause?: unknown;
}
